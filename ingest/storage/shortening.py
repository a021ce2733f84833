"""Whole vectors of a library in whose graph they lie shortened.

Chroma keeps its graph in memory, and a vector of 256 numbers is most of a paper in it. Where the embedder was trained
so that its leading numbers do alone (:class:`ingest.vectors.Nested`), a folder's collection holds no more than these
(:mod:`ingest.storage.layout`): more papers are found by them than are wanted, and the whole vectors, which lie on disk
with the signals, say which are the nearest. Where the signals lack a paper it is embedded anew: slow, but the same. A
library on a server is not shortened, since another machine has no signals of it; a copied one stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ingest.rows import row_id
from ingest.storage.shelf import held
from ingest.storage.signals import SignalStore
from ingest.storage.store import Table
from ingest.storage.writing import embedded
from ingest.vectors import Embedder, Vectors


class VectorSource:
    """The whole vectors of one collection's papers. Thread-safe."""

    def __init__(self, table: Table, signals: SignalStore, embedder: Embedder) -> None:
        self.shortened = table.layout.searched is not None
        self._table = table
        self._signals = signals
        self._embedder = embedder

    def of(self, paper_ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of all chunks of each paper, in order: shape (chunks, dimension)."""
        known = self._signals.vectors(paper_ids)
        if missing := [paper_id for paper_id in dict.fromkeys(paper_ids) if paper_id not in known]:
            known |= self._made(missing) if self.shortened else self._stored(missing)
        return {paper_id: known[paper_id] for paper_id in paper_ids if paper_id in known}

    def rows(self, chunks: Sequence[tuple[str, int]]) -> tuple[list[int], Vectors]:
        """The numbers of those of ``chunks`` that are there, and their vectors, shape (there, dimension).

        A chunk is a paper's id and an ordinal.
        """
        places, flat = self._signals.stacked(list(dict.fromkeys(paper_id for paper_id, _ in chunks)))
        if any(paper_id not in places for paper_id, _ in chunks):
            whole = self.of([paper_id for paper_id, _ in chunks])
            there = [number for number, (key, ordinal) in enumerate(chunks) if ordinal < len(whole.get(key, ()))]
            vectors = [whole[chunks[number][0]][chunks[number][1]] for number in there]
            return there, np.stack(vectors) if vectors else flat[:0]
        there = [number for number, (paper_id, ordinal) in enumerate(chunks) if ordinal < len(places[paper_id])]
        return there, flat[[places[chunks[number][0]][chunks[number][1]] for number in there]]

    def _stored(self, paper_ids: Sequence[str]) -> dict[str, Vectors]:
        entries = held(self._table, list(paper_ids))
        ids = {paper_id: [row_id(paper_id, n) for n in range(len(entry.spans))] for paper_id, entry in entries.items()}
        found = self._table.vectors([identifier for some in ids.values() for identifier in some])
        return {
            paper_id: np.stack([found[identifier] for identifier in some])
            for paper_id, some in ids.items()
            if all(identifier in found for identifier in some)
        }

    def _made(self, paper_ids: Sequence[str]) -> dict[str, Vectors]:
        entries = list(held(self._table, list(paper_ids)).values())
        ends = np.cumsum([0, *(len(entry.spans) for entry in entries)]).tolist()
        vectors = embedded(self._embedder, entries)
        return {entry.paper.id: vectors[start:end] for entry, (start, end) in zip(entries, pairwise(ends), strict=True)}
