"""The dense side: the chunks nearest to a vector, among all or among those that pass a filter.

Chroma's own filters take 247 ms at 100,000 rows where a date must lie in a range. So the lexical index, which knows
dates, organisations and pages, says how many chunks pass. Where few do, as in a small library without any filter, their
vectors are kept, and compared one by one with every question's; else Chroma searches everything for more than is
wanted, and what does not pass is dropped. Good for one generation of the library.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.lexical.index import LexicalIndex
from ingest.papers import Filters, Hit
from ingest.rows import day_number, split_row_id
from ingest.storage.shortening import VectorSource
from ingest.storage.signals import SignalStore
from ingest.storage.store import Table
from ingest.vectors import Vectors

#: Chunks of a library, and of those that pass a filter, up to which their vectors, 1 kB each, are kept and compared one
#: by one, in a tenth of the time of a search of the graph. The first question pays for their reading, 18 ms a thousand.
SMALL, NARROW = 12_000, 12_000
#: Filters whose vectors are kept.
KEPT = 4
#: Results that Chroma is asked for at most when a filter is applied afterwards.
MOST_FETCHED = 20_000
#: How many times as many are proposed by shortened vectors as are wanted, without a filter and with one, and how many
#: are taken to be wanted at least: of the ten nearest of 40,000, 0.98 are found so (tests/bench/SCALE.md).
WIDER, WIDER_SIFTED, FEWEST = 5, 2, 100
#: How many more results are asked for than the filter's share alone would call for.
MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class _Few:
    """Chunks that are to be compared one by one, with their vectors, shape (chunks, dimension)."""

    chunks: Sequence[tuple[str, int]]
    vectors: Vectors


class DenseSide:
    """Searches one collection. Thread-safe."""

    def __init__(self, table: Table, index: LexicalIndex, signals: SignalStore, vectors: VectorSource) -> None:
        self._table = table
        self._index = index
        self._signals = signals
        self._vectors = vectors
        self._kept: OrderedDict[Filters, _Few] = OrderedDict()
        self._guard = threading.Lock()

    def nearest(self, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[Hit]:
        """The chunks of highest cosine similarity, best first; none for a vector that is zero or not finite."""
        vector = np.asarray(vector, dtype=np.float32)
        total = self._index.n_documents
        if limit < 1 or not total or not np.isfinite(vector).all() or not vector.any():
            return []
        few = self._kept.get(filters)
        matching = len(few.chunks) if few else self._index.matching(filters) if filters else total
        if not matching:
            return []
        if matching <= (NARROW if filters else SMALL):
            return _compared(few or self._kept_few(filters, matching), vector, limit)
        if not self._vectors.shortened:
            return self._proposed(vector, limit, filters, matching)
        wider = max(limit, FEWEST) * (WIDER_SIFTED if filters else WIDER)
        proposed = [hit[:2] for hit in self._proposed(vector, wider, filters, matching)]
        return _compared(self._few(proposed), vector, limit)

    def _proposed(self, vector: Vectors, limit: int, filters: Filters, matching: int) -> list[Hit]:
        """The nearest by what the graph holds of the vectors."""
        total = self._index.n_documents
        if not filters:
            return _hits(self._table.nearest(vector, min(limit, total)))
        return self._sifted(vector, limit, filters, matching / total)

    def _few(self, chunks: Sequence[tuple[str, int]]) -> _Few:
        """Those of the chunks, each a paper's id and an ordinal, that are there."""
        there, vectors = self._vectors.rows(chunks)
        return _Few([chunks[number] for number in there], vectors)

    def _kept_few(self, filters: Filters, matching: int) -> _Few:
        """The chunks that pass, kept from now on."""
        few = self._few(sorted(self._index.rows(filters, matching)))
        with self._guard:
            self._kept[filters] = few
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return few

    def _sifted(self, vector: Vectors, limit: int, filters: Filters, share: float) -> list[Hit]:
        """As many of the nearest of all chunks as it takes for ``limit`` to pass; ``share`` of all do."""
        total = self._index.n_documents
        asked = int(MARGIN * limit / share) + 10
        while True:
            asked = min(asked, MOST_FETCHED, total)
            found = self._table.nearest(vector, asked)
            papers = [split_row_id(identifier)[0] for identifier, _ in found]
            passing = self._admitted(papers, filters)
            kept = [one for one, paper_id in zip(found, papers, strict=True) if paper_id in passing]
            if len(kept) >= limit or asked >= min(MOST_FETCHED, total):
                return _hits(kept[:limit])
            asked *= 3

    def _admitted(self, paper_ids: Sequence[str], filters: Filters) -> set[str]:
        """Those of the papers that pass; the signals tell of dates, and the lexical index of everything, but slowly."""
        if replace(filters, since=None, until=None):
            return self._index.admitted(paper_ids, filters)
        since, until = day_number(filters.since) or 0, day_number(filters.until) or 99_991_231
        days = self._signals.days(paper_ids)
        passing = {paper_id for paper_id, day in days.items() if day is not None and since <= day <= until}
        return passing | self._index.admitted([key for key in paper_ids if key not in days], filters)


def _compared(few: _Few, vector: Vectors, limit: int) -> list[Hit]:
    """The nearest of a few, best first. Stored vectors have length 1, or 0."""
    if not few.chunks:
        return []
    scores = few.vectors @ (vector / np.linalg.norm(vector))
    least = np.partition(scores, -limit)[-limit] if limit < len(scores) else scores.min()
    likely = np.flatnonzero(scores >= least)  # sorting thousands would take as long as comparing them
    best = likely[np.argsort(-scores[likely], kind="stable")[:limit]]
    found = zip(best.tolist(), scores[best].tolist(), strict=True)
    return [Hit(few.chunks[row][0], few.chunks[row][1], score) for row, score in found]


def _hits(found: Sequence[tuple[str, float]]) -> list[Hit]:
    return [Hit(*split_row_id(identifier), score) for identifier, score in found]
