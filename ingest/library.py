"""The library: opens, checks and searches Chroma and the lexical index as one, in a folder or on a server.

Chroma is the truth; the lexical index is derived from it and answers what Chroma is slow at: which papers pass a
filter. Knows nothing of questions or of how the two sides are weighed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from numpy.typing import NDArray

from ingest.chunking import ChunkerSettings
from ingest.errors import LibraryDamaged, LibraryError, LibraryMissing
from ingest.lexical.index import DEFAULT_FIELDS
from ingest.papers import Chunk, Filters, Hit, Paper
from ingest.rows import Entry
from ingest.storage.copying import copy
from ingest.storage.manifest import Manifest, require
from ingest.storage.memory import pages_let_go
from ingest.storage.place import place
from ingest.storage.repair import check, repair
from ingest.storage.shelf import Shelf, held
from ingest.storage.signals import Signals
from ingest.storage.state import State, created, loaded
from ingest.storage.writing import Writer, token_counts
from ingest.vectors import Embedder, EmbedderIdentity, Tokenizing, Vectors

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

__all__ = ["Entry", "Library", "Signals", "check", "copy", "repair"]

Result = TypeVar("Result")


#: Filters that let every paper pass.
EVERYTHING = Filters()
#: Papers kept in memory, about 4 kB each: a question reads some fifty.
CACHED_PAPERS = 5_000
#: Seconds between two looks at whether a server's library has changed.
LOOK_EVERY = 2.0


class Library:
    """An open library; a context manager. Reads may come from many threads at once.

    >>> with Library.open("library", embedder) as library:                      # doctest: +SKIP
    ...     hits = library.lexical("knowledge distillation", 10)
    ...     library.get([hit.paper_id for hit in hits])
    """

    def __init__(self, shelf: Shelf, embedder: Embedder, state: State) -> None:
        self.embedder = embedder
        self._shelf = shelf
        self._state = state
        self._cache: dict[str, Entry] = {}
        self._guard = threading.RLock()
        self._looked = time.monotonic()
        self._closed = False

    @classmethod
    def open(cls, location: str | Path, embedder: Embedder, *, create: bool = False) -> Self:
        """The library in a folder, or on a Chroma server at ``http(s)://host:port``; made, if ``create``.

        What a writer that died left half done is finished first. Raises LibraryMissing, LibraryMismatch (another
        embedder or format), LibraryDamaged, LibraryBusy, LibraryUnreachable.
        """
        shelf = Shelf(place(location))
        try:
            try:
                manifest = shelf.manifest()
            except LibraryMissing:
                if not create:
                    raise
                manifest = created(shelf, embedder)
            require(manifest, embedder.identity, shelf.location)
            return cls(shelf, embedder, loaded(shelf, manifest, embedder))
        except BaseException:
            shelf.close()
            raise

    @property
    def location(self) -> str:
        """The folder or URL."""
        return self._shelf.location

    @property
    def generation(self) -> int:
        """Counts the ingests that changed anything; a changed number means that answers may change."""
        return self._current().manifest.generation

    @property
    def identity(self) -> EmbedderIdentity:
        """The embedder that the library was made with."""
        return self._state.manifest.embedder

    @property
    def chunker(self) -> ChunkerSettings:
        """How the library cuts its abstracts."""
        return self._state.manifest.chunker

    # What there is

    def count(self) -> int:
        """How many papers."""
        return self._current().index.count()

    @property
    def n_documents(self) -> int:
        """How many chunks."""
        return self._current().index.n_documents

    def document_frequency(self, term: str) -> int:
        """How many chunks hold ``term``, stemmed; the rarest of its words, where there are several."""
        return self._current().index.document_frequency(term)

    def terms(self, prefix: str) -> list[tuple[str, int]]:
        """The stems that begin with ``prefix``, each with the number of chunks that hold it, commonest first."""
        return self._current().index.terms(prefix)

    def familiar(self, word: str) -> bool:
        """Whether the embedder, if it has a vector a token, knows the word whole: it is hardly a misspelling then."""
        return isinstance(self.embedder, Tokenizing) and len(self.embedder.token_ids([word])[0]) == 1

    def organizations(self) -> list[str]:
        """All organisations, by name."""
        return self._current().index.organizations()

    def pages(self) -> list[str]:
        """The file names of all pages, by name."""
        return self._current().index.pages()

    def dates(self) -> tuple[date | None, date | None]:
        """The earliest and the latest date of listing; None where no paper has one."""
        return self._current().index.dates()

    def papers(self, filters: Filters = EVERYTHING) -> Iterator[Paper]:
        """All papers that pass ``filters``, by title; a thousand are in memory at a time."""
        state, cache = self._current(), self._cache
        for ids in state.index.by_title(filters):
            entries = {paper_id: entry for paper_id in ids if (entry := cache.get(paper_id))}
            entries |= held(state.table, [paper_id for paper_id in ids if paper_id not in entries])
            yield from (entries[paper_id].paper for paper_id in ids if paper_id in entries)

    def to_frame(self, filters: Filters = EVERYTHING) -> DataFrame:
        """All papers that pass ``filters`` as a pandas DataFrame, see :func:`ingest.frames.to_frame`."""
        from ingest.frames import to_frame

        return to_frame(self.papers(filters))

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Those of the papers that the library holds, with what each page said of them and where their chunks lie."""
        self._current()
        cache = self._cache
        known = {paper_id: cache[paper_id] for paper_id in ids if paper_id in cache}
        if missing := [paper_id for paper_id in dict.fromkeys(ids) if paper_id not in known]:
            fetched = self._read(lambda state: held(state.table, missing))
            if len(cache) + len(fetched) > CACHED_PAPERS:
                cache.clear()
            cache.update(fetched)
            known.update(fetched)
        return {paper_id: known[paper_id] for paper_id in ids if paper_id in known}

    def get(self, ids: Sequence[str]) -> dict[str, Paper]:
        """Those of the papers that the library holds."""
        return {paper_id: entry.paper for paper_id, entry in self.entries(ids).items()}

    def chunk(self, paper_id: str, ordinal: int) -> Chunk:
        """One chunk. Raises KeyError for a paper that the library does not hold."""
        return self.entries([paper_id])[paper_id].chunk(ordinal)

    def chunks_of(self, paper: Paper) -> tuple[Chunk, ...]:
        """All chunks of a paper. Raises KeyError for a paper that the library does not hold."""
        return self.entries([paper.id])[paper.id].chunks()

    def vectors(self, paper_ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of all chunks of each paper, in order: shape (chunks, dimension)."""
        return self._read(lambda state: state.vectors.of(paper_ids))

    def signals(self, paper_ids: Sequence[str]) -> dict[str, Signals]:
        """What a search judges each of the papers by, in the order asked; those without vectors are left out."""
        known = self._current().signals.get(paper_ids, tokens=isinstance(self.embedder, Tokenizing))
        if missing := [paper_id for paper_id in paper_ids if paper_id not in known]:
            vectors = self.vectors(missing)
            entries = self.entries(list(vectors))
            tokens = token_counts(self.embedder, list(entries.values())) or [None] * len(entries)
            for (key, entry), own in zip(entries.items(), tokens, strict=True):
                known[key] = Signals(entry.paper.title, entry.paper.abstract, vectors[key], own)
        return {paper_id: known[paper_id] for paper_id in paper_ids if paper_id in known}

    # Search

    def dense(self, vector: NDArray[np.float32], limit: int, filters: Filters = EVERYTHING) -> list[Hit]:
        """The chunks whose vectors have the highest cosine similarity to ``vector``, best first.

        A vector that is zero or not finite finds nothing.
        """
        return self._read(lambda state: state.dense.nearest(vector, limit, filters))

    def lexical(
        self,
        query: str,
        limit: int,
        filters: Filters = EVERYTHING,
        *,
        fields: Mapping[str, float] = DEFAULT_FIELDS,
        fuzzy: bool = False,
    ) -> list[Hit]:
        """The chunks that fit ``query`` best by BM25, best first; any text is a query.

        ``fields`` weighs ``title``, ``text``, ``body`` (both as one) and ``names`` (of methods, as they are written);
        ``fuzzy`` also finds what an unknown word of the query nearly says.
        """
        state = self._current()
        found = state.index.search(query, limit, filters, fields=fields, fuzzy=fuzzy)
        state.mapped.look()
        return found

    # Writing and closing

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The one writer of this library. Raises LibraryBusy, which says who else is writing."""
        with self._shelf.writer_lock() as lock, pages_let_go(self._shelf.home):
            with self._guard:
                manifest = self._shelf.manifest()
                require(manifest, self.embedder.identity, self.location)
                manifest = self._shelf.recover(manifest)
                table = self._shelf.table(manifest)
                index = self._shelf.catch_up(manifest, table)
                state = self._state = State.of(self._shelf, manifest, table, index, self.embedder)
            writer = Writer(self._shelf, lock, state.manifest, state.table, state.index)
            try:
                yield writer
            finally:
                # What was written before an error is whole papers: it stays, and is made visible.
                try:
                    self._adopt(writer.finish())
                finally:
                    state.index.close()

    def close(self) -> None:
        """Let go of everything. Closing twice is allowed."""
        with self._guard:
            self._closed = True
            self._state.index.close()
            self._state.signals.close()
            self._shelf.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _adopt(self, manifest: Manifest) -> None:
        with self._guard:
            self._state = State.of(self._shelf, manifest, self._state.table, self._state.index, self.embedder)
            self._cache = {}

    def _current(self) -> State:
        """What reads go by, after a look at whether another process has changed the library."""
        if self._closed:
            raise LibraryError(f"The library {self.location} has been closed; open it again.")
        if self._shelf.place.folder is None:
            if time.monotonic() - self._looked < LOOK_EVERY:
                return self._state
            self._looked = time.monotonic()
        manifest = self._shelf.manifest()
        state = self._state
        if (manifest.generation, manifest.collection) == (state.manifest.generation, state.manifest.collection):
            return state
        with self._guard:
            if manifest.collection != self._state.manifest.collection:
                require(manifest, self.embedder.identity, self.location)
                self._state = loaded(self._shelf, manifest, self.embedder)
            elif manifest.generation > self._state.manifest.generation:
                index = self._shelf.open_index(manifest, self._state.table)
                self._state = State.of(self._shelf, manifest, self._state.table, index, self.embedder)
            self._cache = {}
            return self._state

    def _read(self, action: Callable[[State], Result]) -> Result:
        """``action`` on the library as it is, and once more where a rebuild has swapped it in the meantime."""
        state = self._current()
        try:
            return action(state)
        except LibraryDamaged:
            self._looked = 0.0
            if (swapped := self._current()).table is state.table:
                raise
            return action(swapped)
