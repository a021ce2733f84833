"""Chroma, embedded or on a server, behind one class: rows in and out, errors in words, retries where they help.

Knows ids, documents, metadata and vectors; what they mean is :mod:`ingest.rows`' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from ingest.errors import LibraryError, LibraryUnreachable
from ingest.rows import Row
from ingest.storage.connecting import connect
from ingest.storage.gate import Gate
from ingest.storage.layout import PLAIN, TEXT, Layout
from ingest.storage.place import Place
from ingest.storage.translation import translated
from ingest.vectors import Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

#: Rows from which on a long ingest has the graph written out only after so many more: Chroma writes the whole of it.
PACES = ((0, 1_000), (20_000, 5_000), (100_000, 20_000))

Result = TypeVar("Result")
Part = Literal["documents", "metadatas", "embeddings"]

#: Seconds before each new try of a request to a server; every request may be repeated without harm.
PAUSES = (0.2, 0.8)
#: Rows a request to a server: a body of 1,000 vectors of 256 dimensions takes about 5 MB.
SERVER_BATCH = 1_000
#: Rows read at a time in a walk over all of a folder's: before each page Chroma looks through every row's id, a
#: quarter of a second of them at 100,000.
PAGE = 10_000
#: Neighbours a node of the graph, and how widely it is searched on building and on asking (Malkov & Yashunin 2018).
#: Questions lie farther from abstracts than these from each other: of the ten nearest of 100,000 a search of 100 finds
#: 0.89, of 800 0.98, for 3 ms more (tests/bench/SCALE.md). What a library was made with it keeps.
HNSW: Any = {"space": "cosine", "max_neighbors": 16, "ef_construction": 100, "ef_search": 800}


class Store:
    """One client of Chroma. Use :meth:`call` for whatever may fail; close it when done."""

    def __init__(self, where: Place) -> None:
        self.place = where
        self._gate = Gate()
        self._client: ClientAPI | None = self.call(lambda: connect(where))
        limit = self.call(self.client.get_max_batch_size)
        self.batch_size = min(limit, SERVER_BATCH) if where.folder is None else limit
        self.page_size = SERVER_BATCH if where.folder is None else PAGE

    @property
    def client(self) -> ClientAPI:
        if self._client is None:
            raise LibraryError(f"The library {self.place.text} has been closed; open it again.")
        return self._client

    def call(self, action: Callable[[], Result]) -> Result:
        """``action``'s result, tried again where a server did not answer; its errors in this package's words."""
        for pause in (*PAUSES, None) if self.place.folder is None else (None,):
            try:
                with self._gate, translated(self.place.text):
                    return action()
            except LibraryUnreachable:
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("unreachable")

    def names(self) -> list[str]:
        """Names of all collections."""
        return [collection.name for collection in self.call(self.client.list_collections)]

    def create(self, name: str, layout: Layout = PLAIN, metadata: Mapping[str, Any] | None = None) -> Table:
        """A collection of that name, made if need be."""
        made = self.call(
            lambda: self.client.get_or_create_collection(
                name, embedding_function=None, metadata=dict(metadata or {}) or None, configuration={"hnsw": HNSW}
            )
        )
        return Table(self, made, layout)

    def create_new(self, name: str, metadata: Mapping[str, Any]) -> bool:
        """Make an empty collection of that name; False where one of that name is there already."""
        from chromadb.errors import ChromaError

        def make() -> bool:
            try:
                self.client.create_collection(name, embedding_function=None, metadata=dict(metadata))
            except (ChromaError, ValueError) as error:
                if "already exists" in str(error).lower():
                    return False
                raise
            return True

        return self.call(make)

    def open(self, name: str, layout: Layout = PLAIN) -> Table | None:
        """The collection of that name, or None."""
        from chromadb.errors import NotFoundError

        def get() -> Collection | None:
            try:
                return self.client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None

        found = self.call(get)
        return None if found is None else Table(self, found, layout)

    def drop(self, name: str) -> None:
        """Delete the collection of that name; one that is not there is no error."""
        from chromadb.errors import NotFoundError

        def delete() -> None:
            try:
                self.client.delete_collection(name)
            except NotFoundError:
                return

        self.call(delete)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()  # type: ignore[attr-defined]  # declared on Client, not on ClientAPI

    def reopen(self) -> None:
        """Let go of everything and open it again, which gives changed settings effect; other threads' calls wait."""
        with self._gate.shut():
            self.close()
            with translated(self.place.text):
                self._client = connect(self.place)


class Table:
    """One collection of rows, which are written as its layout says and read however they were written."""

    def __init__(self, store: Store, collection: Collection, layout: Layout) -> None:
        self.layout = layout
        self._store = store
        self._handle = (store.client, collection)

    @property
    def _collection(self) -> Collection:
        """The collection, got anew where the store has been opened again."""
        client, collection = self._handle
        if client is not self._store.client:
            collection = self._store.client.get_collection(collection.name, embedding_function=None)
            self._handle = (self._store.client, collection)
        return collection

    @property
    def name(self) -> str:
        return self._handle[1].name

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self._handle[1].metadata or {}

    def count(self) -> int:
        """How many rows there are."""
        return self._store.call(lambda: self._collection.count())

    def pace(self, rows: int) -> None:
        """Have the graph written out as seldom as suits a long ingest that has come to ``rows``; a folder's alone."""
        wanted = next(pace for least, pace in reversed(PACES) if rows >= least)
        if self._store.place.folder is not None and self._pace() < wanted:
            self._set_pace(wanted)

    def settle(self) -> None:
        """Back to the usual pace, and the graph written out.

        What is not in the files of the graph is put into it again by the first search of every process.
        """
        usual = PACES[0][1]
        if self._store.place.folder is None or self._pace() <= usual:
            return
        self._set_pace(usual)
        last = self._fetch(("metadatas",), limit=1)
        if last["ids"]:  # Chroma looks at the pace when something is written
            self.update([Row(last["ids"][0], "", dict(last["metadatas"][0]))])

    def _pace(self) -> int:
        """Rows after which the graph is written out."""
        settings = self._store.call(lambda: self._collection.configuration_json.get("hnsw")) or {}
        return int(settings.get("sync_threshold", PACES[0][1]))

    def _set_pace(self, rows: int) -> None:
        self._store.call(lambda: self._collection.modify(configuration={"hnsw": {"sync_threshold": rows}}))
        self._store.reopen()

    def describe(self, metadata: Mapping[str, Any]) -> None:
        """Replace the collection's own metadata."""
        self._store.call(lambda: self._collection.modify(metadata=dict(metadata)))

    def upsert(self, rows: Sequence[Row], vectors: Vectors) -> None:
        """Write rows with their vectors, over rows of the same ids. Each batch is written whole or not at all."""
        for part in self._batches(len(rows)):
            some = rows[part]
            self._store.call(
                lambda some=some, part=part: self._collection.upsert(
                    ids=[row.id for row in some],
                    embeddings=vectors[part, : self.layout.searched],
                    documents=[row.document for row in some] if self.layout.documents else None,
                    metadatas=[row.metadata if self.layout.documents else _with_text(row) for row in some],
                )
            )

    def update(self, rows: Sequence[Row]) -> None:
        """Write the rows' metadata; vectors and texts stay."""
        for part in self._batches(len(rows)):
            some = rows[part]
            self._store.call(
                lambda some=some: self._collection.update(
                    ids=[row.id for row in some], metadatas=[row.metadata for row in some]
                )
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete the rows of those ids; ids that are not there are no error."""
        for part in self._batches(len(ids)):
            self._store.call(lambda part=part: self._collection.delete(ids=list(ids[part])))

    def get(self, ids: Sequence[str]) -> Iterator[Row]:
        """The rows of those ids that are there, in no particular order."""
        for part in self._batches(len(ids)):
            found = self._fetch(("documents", "metadatas"), ids=list(ids[part]))
            yield from _rows(found)

    def vectors(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those ids that are there, as far as they are held here, each of shape (dimension,)."""
        held: dict[str, Vectors] = {}
        for part in self._batches(len(ids)):
            found = self._fetch(("embeddings",), ids=list(ids[part]))
            held.update(zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True))
        return held

    def scan(self, *, newer_than: int | None = None, size: int | None = None) -> Iterator[Row]:
        """All rows, or those of a generation above ``newer_than``; ``size`` are held in memory at a time."""
        # Every generation is above 0; a condition would have Chroma look at each row once more for each page.
        where = {"where": {"generation": {"$gt": newer_than}}} if newer_than else {}
        size = size or self._store.page_size
        offset = 0
        while True:
            found = self._fetch(("documents", "metadatas"), limit=size, offset=offset, **where)
            yield from _rows(found)
            if len(found["ids"]) < size:
                return
            offset += size

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Ids and cosine similarities of the rows nearest to ``vector``, best first."""
        found = self._store.call(
            lambda: self._collection.query(
                query_embeddings=np.asarray(vector, dtype=np.float32).reshape(1, -1)[:, : self.layout.searched],
                n_results=limit,
                include=["distances"],
            )
        )
        distances = found["distances"] or [[]]
        return [(row, 1.0 - float(distance)) for row, distance in zip(found["ids"][0], distances[0], strict=True)]

    def _fetch(self, parts: Sequence[Part], **which: Any) -> Any:
        return self._store.call(lambda: self._collection.get(include=list(parts), **which))

    def _batches(self, count: int) -> Iterator[slice]:
        size = self._store.batch_size
        return (slice(start, min(start + size, count)) for start in range(0, count, size))


def _with_text(row: Row) -> dict[str, Any]:
    return {**row.metadata, TEXT: row.document}


def _rows(found: Any) -> Iterator[Row]:
    for identifier, document, known in zip(found["ids"], found["documents"], found["metadatas"], strict=True):
        metadata = dict(known or {})
        text = metadata.pop(TEXT, "")
        yield Row(identifier, document or text, metadata)
