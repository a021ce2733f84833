"""A library's parts at one place: Chroma, the manifest, the lexical index, the lock, and what keeps them in step.

In a folder::

    manifest.json  lock  chroma/  lexical/paper-assistant-1/

Of a library on a server only the lexical index is local: it lies in the user's cache folder under a name made of
the server's address, and catches up from the server when the library is opened or has changed.
"""

from __future__ import annotations

import logging
import re
import shlex
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ingest.errors import LibraryBusy, LibraryDamaged, LibraryMissing, LibraryUnfinished
from ingest.lexical.index import LexicalIndex
from ingest.rows import Entry, Row, entry, row_id, split_row_id
from ingest.storage.chromafiles import drop_stray_vectors, vector_bytes, vector_problems
from ingest.storage.locks import FileLock, Lease, Lock
from ingest.storage.manifest import PREFIX, FolderManifest, Manifest, ManifestStore, parse, serialise
from ingest.storage.place import Place, cache_folder
from ingest.storage.salvage import holds_rows
from ingest.storage.signals import SignalStore
from ingest.storage.store import Store, Table

logger = logging.getLogger(__name__)

#: Name of the collection whose metadata are a server library's manifest.
MANIFEST = f"{PREFIX}-manifest"
#: Entries handed to the lexical index between two commits of a long catch-up.
COMMIT_EVERY = 20_000
#: Seconds to wait for another process that is catching up the same index.
WAIT = 60.0
#: Seconds after each look at vector files that are not whole, and bytes of them that Chroma writes in one at least.
SETTLING, WRITTEN_A_SECOND = (0.05, 0.2, 0.5), 200e6


class ServerManifest:
    """The manifest in the metadata of an empty collection."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self) -> Manifest | None:
        table = self._store.open(MANIFEST)
        if table is None or "manifest" not in table.metadata:
            return None
        return parse(str(table.metadata["manifest"]), self._store.place.text)

    def write(self, manifest: Manifest) -> None:
        values = {"manifest": serialise(manifest)}
        table = self._store.open(MANIFEST) or self._store.create(MANIFEST, metadata=values)
        table.describe(values)


class Shelf:
    """The parts of one library. ``home`` is the folder for what is local."""

    def __init__(self, where: Place) -> None:
        """Connects to a server at once, opens a folder's Chroma only when it is needed."""
        self.place = where
        self.location = where.text
        self._store: Store | None = None
        self.home = where.folder or cache_folder(where)
        self.manifests: ManifestStore = FolderManifest(where.folder) if where.folder else ServerManifest(self.store)

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = Store(self.place)
        return self._store

    def close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def manifest(self) -> Manifest:
        """Raises LibraryMissing, LibraryUnfinished, LibraryDamaged or LibraryMismatch."""
        if (manifest := self.manifests.read()) is not None:
            if manifest.copying is not None:
                raise LibraryUnfinished(
                    f"The library {self.location} is only half a copy; finish it with: paper-assistant copy "
                    f"{shlex.quote(manifest.copying)} {shlex.quote(self.location)}"
                )
            return manifest
        if self.place.folder and holds_rows(self.place.folder / "chroma"):
            raise LibraryDamaged(
                f"The library {self.location} has lost its manifest; mend it with: paper-assistant doctor --repair"
            )
        raise LibraryMissing(f"There is no library at {self.location}; make one with: paper-assistant ingest PAGE…")

    def table(self, manifest: Manifest) -> Table:
        """The current collection. Raises LibraryDamaged where it is gone, or its files can't be opened safely."""
        self.check_vectors()
        if (table := self.store.open(manifest.collection, manifest.layout)) is None:
            raise LibraryDamaged(
                f"The library {self.location} has lost its collection {manifest.collection}; mend it with: "
                "paper-assistant doctor --repair, or ingest the pages again"
            )
        return table

    def writer_lock(self) -> Lock:
        """What a writer must hold; it guards what is local too."""
        if self.place.folder:
            return FileLock(self.home, self.location)
        # A reader that is just catching up is soon done: it is worth a moment's wait.
        return Lease(self.store, FileLock(self.home, self.location, 5.0))

    def index_folder(self, manifest: Manifest) -> Path:
        return self.home / "lexical" / manifest.collection

    def signals(self, manifest: Manifest) -> SignalStore:
        return SignalStore(self.index_folder(manifest), manifest.embedder.dimension)

    # Keeping in step

    def open_index(self, manifest: Manifest, table: Table) -> LexicalIndex:
        """The lexical index, built or caught up from ``table`` where it is missing, broken or behind.

        Raises LibraryBusy where another process has been at that for too long.
        """
        folder = self.index_folder(manifest)
        index = _opened(folder)
        if index is not None and index.generation == manifest.generation:
            return index
        try:
            with FileLock(self.home, self.location, 0.0 if index is not None and index.generation >= 0 else WAIT):
                caught_up = self.catch_up(manifest, table)
                caught_up.close()
                return caught_up
        except LibraryBusy:
            # A writer is at work. What it has not committed yet is not missed: its ingest isn't over.
            if (index := _opened(folder)) is not None and index.generation >= 0:
                return index
            raise

    def catch_up(self, manifest: Manifest, table: Table) -> LexicalIndex:
        """The lexical index with everything that ``table`` holds. The caller holds the writer's or the local lock."""
        folder = self.index_folder(manifest)
        index = _opened(folder)
        if index is None or not 0 <= index.generation <= manifest.generation:
            index = LexicalIndex.fresh(folder)
        since = index.generation if index.generation >= 0 else None
        if since == manifest.generation and manifest.pending is None:
            return index
        logger.info("lexical index of %s: catching up from generation %s", self.location, since)
        signals = self.signals(manifest)
        _fill(index, signals, entries(table, newer_than=since), manifest.generation)
        settled = manifest.pending in (None, manifest.generation)
        if since is not None and settled and index.n_documents != table.count():
            # Papers that were dropped leave no row to learn it from.
            index.close()
            index = LexicalIndex.fresh(folder)
            _fill(index, signals, entries(table), manifest.generation)
        return index

    def recover(self, manifest: Manifest) -> Manifest:
        """Finish what a writer that died left half done. The caller holds the writer lock.

        Rows of the unfinished ingest are whole papers and stay; chunks of old versions that it had not come to
        delete go; collections of an unfinished rebuild go.
        """
        self.drop_strays(manifest)
        if manifest.pending is None:
            return manifest
        table = self.table(manifest)
        drop_surplus(table, entries(table, newer_than=manifest.generation))
        whole = replace(manifest, generation=manifest.pending, pending=None)
        self.catch_up(replace(whole, pending=whole.generation), table).close()
        table.settle()
        self.manifests.write(whole)
        return whole

    def check_vectors(self, *, deeply: bool = False) -> None:
        """Raise LibraryDamaged where a folder's vector files don't hang together.

        A writer that lives may just be writing them: what is wrong is looked at again before it is believed.
        """
        if self.place.folder is None:
            return
        chroma, problems = self.place.folder / "chroma", list[str]()
        for pause in (*SETTLING, vector_bytes(chroma) / WRITTEN_A_SECOND, 0.0):
            if not (problems := vector_problems(chroma, deeply=deeply)):
                return
            time.sleep(pause)
        raise LibraryDamaged(
            f"The library {self.location} is damaged ({problems[0]}); mend it with: paper-assistant doctor --repair"
        )

    def collections(self) -> list[str]:
        """Names of the collections that hold papers: the current one, and what an unfinished rebuild has left."""
        numbered = re.compile(rf"{PREFIX}-\d+")
        return [name for name in self.store.names() if numbered.fullmatch(name)]

    def drop_strays(self, manifest: Manifest) -> None:
        """Delete what an unfinished rebuild or one just finished has left: other collections, other indexes."""
        for name in self.collections():
            if name != manifest.collection:
                self.store.drop(name)
        if self.place.folder:
            drop_stray_vectors(self.place.folder / "chroma")
        current = self.index_folder(manifest)
        if current.parent.is_dir():
            for folder in current.parent.iterdir():
                if folder != current:
                    shutil.rmtree(folder, ignore_errors=True)


def entries(table: Table, *, newer_than: int | None = None) -> Iterator[Entry]:
    """All papers of ``table``, or those written after a generation. Raises LibraryDamaged for a row not of ours."""
    yield from entries_of(table.scan(newer_than=newer_than))


def entries_of(rows: Iterable[Row]) -> Iterator[Entry]:
    """The papers whose first row is among ``rows``. Raises LibraryDamaged for a row not of ours."""
    for row in rows:
        paper_id, ordinal = _parts(row)
        if ordinal == 0:
            yield _entry(paper_id, row)


def held(table: Table, paper_ids: list[str]) -> dict[str, Entry]:
    """The papers of those ids that ``table`` holds. Raises LibraryDamaged for a row that is not one of ours."""
    rows = table.get([row_id(paper_id, 0) for paper_id in paper_ids])
    return {paper_id: _entry(paper_id, row) for row in rows for paper_id in (_parts(row)[0],)}


def drop_surplus(table: Table, entries: Iterable[Entry]) -> None:
    """Delete the chunks that older, longer versions of ``entries`` have left behind.

    A paper's ordinals have no gaps, so the first that is not there ends the search. The highest are deleted first:
    a process that dies in between leaves no gap either.
    """
    lengths = {entry.paper.id: len(entry.spans) for entry in entries}
    surplus: list[str] = []
    while lengths:
        found = [row.id for row in table.get([row_id(paper_id, length) for paper_id, length in lengths.items()])]
        surplus += found
        kept = {split_row_id(identifier)[0] for identifier in found}
        lengths = {paper_id: length + 1 for paper_id, length in lengths.items() if paper_id in kept}
    table.delete(surplus[::-1])


def _parts(row: Row) -> tuple[str, int]:
    try:
        return split_row_id(row.id)
    except ValueError as error:
        raise _foreign(row) from error


def _entry(paper_id: str, row: Row) -> Entry:
    try:
        return entry(paper_id, row.document, row.metadata)
    except ValueError as error:
        raise _foreign(row) from error


def _foreign(row: Row) -> LibraryDamaged:
    return LibraryDamaged(
        f"The library holds a row '{row.id[:60]}' that no ingest has written; mend it with: "
        "paper-assistant doctor --repair"
    )


def _opened(folder: Path) -> LexicalIndex | None:
    if not (folder / "meta.json").exists():
        return None
    try:
        return LexicalIndex(folder)
    except LibraryDamaged:
        logger.warning("the lexical index %s can't be opened and is built anew", folder)
        return None


def _fill(index: LexicalIndex, signals: SignalStore, papers: Iterator[Entry], generation: int) -> None:
    for batch in _batched(papers, COMMIT_EVERY):
        signals.compare(batch)
        index.put(batch)
        index.commit()
    index.commit(generation)
    signals.close()


def _batched(items: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    while batch := list(islice(items, size)):
        yield batch
