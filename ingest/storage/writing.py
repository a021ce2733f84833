"""What a writer does to a library: whole papers in batches, in an order that no crash turns into a loss.

The manifest says ``pending`` first; rows go to Chroma, new versions over old ones, and chunks that a shorter new
version no longer has are deleted after it; then the lexical index is committed; last the manifest counts the new
generation. Whoever opens the library next finishes what a writer that died has left undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ingest.errors import EmbedderError
from ingest.identity import CROWDED
from ingest.lexical.index import LexicalIndex
from ingest.lexical.indexing import Marks, marks
from ingest.rows import Entry, embedding_texts, row_id, rows, token_text
from ingest.storage.locks import Lock
from ingest.storage.manifest import Manifest
from ingest.storage.shelf import Shelf, drop_surplus, held
from ingest.storage.signals import packed
from ingest.storage.store import Table
from ingest.vectors import Counted, Embedder, Tokenizing, Vectors, counted

#: Papers written between two commits of the lexical index in a long ingest.
COMMIT_EVERY = 20_000


def embedded(embedder: Embedder, entries: Sequence[Entry]) -> Vectors:
    """Vectors of all chunks of ``entries``, in order. Raises EmbedderError for vectors that can't be stored."""
    texts = [text for entry in entries for text in embedding_texts(entry)]
    vectors = embedder.embed(texts)
    if vectors.shape != (len(texts), embedder.identity.dimension) or not np.isfinite(vectors).all():
        raise EmbedderError(f"The embedder {embedder.identity.name} gave vectors that can't be stored.")
    return vectors


def token_counts(embedder: Embedder, entries: Sequence[Entry]) -> list[Counted] | None:
    """The tokens of each paper of ``entries``; None for an embedder that has no vector a token."""
    if not isinstance(embedder, Tokenizing):
        return None
    return counted(embedder.token_ids([token_text(entry.paper.title, entry.paper.abstract) for entry in entries]))


def packed_tokens(embedder: Embedder, entries: Sequence[Entry]) -> list[bytes] | None:
    """:func:`token_counts` in the form in which they are kept, and in which another process hands them over quickly."""
    tokens = token_counts(embedder, entries)
    return None if tokens is None else list(map(packed, tokens))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Papers cut into chunks, and what is made of them before anything is written.

    ``vectors`` are those of all chunks, in order; ``tokens`` are :func:`packed_tokens`', ``marks`` the lexical index's.
    """

    entries: Sequence[Entry]
    vectors: Vectors
    tokens: Sequence[bytes] | None
    marks: Sequence[Marks]


def prepared(embedder: Embedder, entries: Sequence[Entry]) -> Prepared:
    """``entries``, which have been cut, with all that is made of them. Raises EmbedderError."""
    return Prepared(
        entries, embedded(embedder, entries), packed_tokens(embedder, entries), [marks(entry) for entry in entries]
    )


class Writer:
    """Writes to one library; made and closed by :meth:`ingest.library.Library.writing`."""

    def __init__(self, shelf: Shelf, lock: Lock, manifest: Manifest, table: Table, index: LexicalIndex) -> None:
        self._shelf = shelf
        self._lock = lock
        self._table = table
        self._index = index
        self._signals = shelf.signals(manifest)
        self._uncommitted = 0
        self._torn = False
        # The index answers for what is committed only; what was written since is found by its keys here.
        self._recent: dict[str, tuple[str, ...]] = {}
        self.manifest = manifest
        self.empty = index.n_documents == 0

    def held(self, paper_ids: Sequence[str]) -> dict[str, Entry]:
        """The papers of those ids that the library holds."""
        return {} if self.empty else held(self._table, list(paper_ids))

    def holders(self, keys: Collection[str], most: int) -> tuple[set[str], set[str]]:
        """:meth:`ingest.lexical.LexicalIndex.holders`, with the papers that this writer has written so far."""
        ids, crowded = (set(), set()) if self.empty else self._index.holders(keys, most)
        for key in keys:
            fresh = self._recent.get(key, ())
            if len(fresh) > most:
                crowded.add(key)
            else:
                ids.update(fresh)
        return ids, crowded

    def put(self, made: Prepared, replaced: Sequence[Entry] = ()) -> None:
        """Write whole papers; ``replaced`` are old versions of some.

        Raises the subclasses of LibraryError; papers of earlier calls stay written.
        """
        entries = made.entries
        generation = self._begin()
        self._torn = True
        longer = {old.paper.id: len(old.spans) for old in replaced}
        self._signals.forget([new.paper.id for new in entries if new.paper.id in longer])
        self._table.upsert([row for entry in entries for row in rows(entry, generation)], made.vectors)
        drop_surplus(self._table, [new for new in entries if longer.get(new.paper.id, 0) > len(new.spans)])
        self._signals.put(entries, made.vectors, made.tokens)
        self._indexed(entries, made.marks)

    def amend(self, entries: Sequence[Entry]) -> None:
        """Write new metadata of papers whose title, abstract and chunks are as they were."""
        if entries:
            generation = self._begin()
            self._torn = True
            self._table.update([row for entry in entries for row in rows(entry, generation)])
            self._signals.redate(entries)
            self._indexed(entries, [marks(entry) for entry in entries])

    def drop(self, entries: Sequence[Entry]) -> None:
        """Delete papers that have become part of others; call after those others have been written."""
        if entries:
            self._begin()
            self._torn = True
            self._signals.forget([entry.paper.id for entry in entries])
            self._table.delete([row_id(e.paper.id, ordinal) for e in entries for ordinal in range(len(e.spans))])
            self._index.remove(entry.paper.id for entry in entries)
            self._torn = False

    def finish(self) -> Manifest:
        """Make everything visible to all and count a new generation, if anything was written.

        After a call that failed half way the manifest stays pending, and whoever comes next finishes the job.
        """
        if self.manifest.pending is not None and not self._torn:
            self._index.commit(self.manifest.pending)
            self._table.settle()
            self.manifest = replace(self.manifest, generation=self.manifest.pending, pending=None)
            self._shelf.manifests.write(self.manifest)
        self._signals.close()
        return self.manifest

    def _begin(self) -> int:
        self._lock.renew()
        if self.manifest.pending is None:
            self.manifest = replace(self.manifest, pending=self.manifest.generation + 1)
            self._shelf.manifests.write(self.manifest)
        assert self.manifest.pending is not None
        return self.manifest.pending

    def _indexed(self, entries: Sequence[Entry], known: Sequence[Marks]) -> None:
        self._index.put(entries, known)
        self._torn = False
        self.empty = False
        self._uncommitted += len(entries)
        for entry, own in zip(entries, known, strict=True):
            self._remember(entry.paper.id, own.keys)
        if self._uncommitted >= COMMIT_EVERY:
            self._index.commit()
            self._uncommitted = 0
            self._recent.clear()
            self._table.pace(self._index.n_documents)

    def _remember(self, paper_id: str, keys: Iterable[str]) -> None:
        for key in keys:
            fresh = self._recent.get(key, ())
            if paper_id not in fresh and len(fresh) <= CROWDED:
                self._recent[key] = (*fresh, paper_id)
