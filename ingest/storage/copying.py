"""Copies a library to another place, row by row with its vectors: from a folder or server to a folder or server.

Nothing is embedded anew. Until the last row has been compared, the target's manifest says that it is being copied,
so that nothing opens it; a copy that was broken off goes on where it stopped. Knows nothing of embedders or pages.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from shlex import quote

import numpy as np

from ingest.errors import LibraryDamaged, LibraryError, LibraryMissing
from ingest.lexical.index import LexicalIndex
from ingest.rows import Row, split_row_id
from ingest.storage.chromafiles import sqlite_is_whole
from ingest.storage.layout import documents_at
from ingest.storage.locks import Lock
from ingest.storage.manifest import PREFIX, Manifest
from ingest.storage.place import Place, place
from ingest.storage.shelf import Shelf, entries_of
from ingest.storage.signals import SignalStore
from ingest.storage.state import make_folder
from ingest.storage.store import Table
from ingest.vectors import Vectors

#: Rows read, written and compared at a time.
BLOCK = 1_000
#: Rows put into the target's lexical index between two of its commits.
COMMIT_EVERY = 20_000
#: Chroma brings a vector to length 1 as it is written, and may round its numbers of 32 bits once more.
ROUNDING = 1e-6

#: Hears of a stage (``copying`` or ``comparing``), of rows done and of how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did. ``written`` counts the rows of this run: fewer than ``rows`` where a copy was gone on with."""

    source: str
    target: str
    papers: int
    rows: int
    written: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two collections, the locks on both places, and who hears of progress."""

    source: Table
    target: Table
    locks: tuple[Lock, Lock]
    tell: Progress
    total: int

    def blocks(self, stage: str) -> Iterator[list[Row]]:
        """The source's rows, a block at a time; the locks stay fresh and progress is told after each."""
        rows, done = self.source.scan(size=BLOCK), 0
        while block := list(islice(rows, BLOCK)):
            for lock in self.locks:
                lock.renew()
            yield block
            done += len(block)
            self.tell(stage, done, self.total)


def copy(source: str | Path, target: str | Path, *, progress: Progress | None = None) -> Copied:
    """Copy the library at ``source`` to ``target``; every row is compared at the end.

    A target that holds the same library already is left alone. Raises LibraryMissing (no source), LibraryBusy
    (either is being written), LibraryDamaged, LibraryUnreachable, and LibraryError where the target holds another
    library or half a copy of one.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        ours = stack.enter_context(closing(Shelf(place(source))))
        ours.manifest()  # before anything is made or locked
        theirs = stack.enter_context(closing(Shelf(place(target))))
        if _name(ours.place) == _name(theirs.place):
            raise LibraryError(f"{ours.location} can't be copied onto itself; name another place to copy it to.")
        _refuse_others(theirs, _name(ours.place))
        ours_lock = stack.enter_context(ours.writer_lock())
        manifest = ours.recover(ours.manifest())
        make_folder(theirs)
        locks = (ours_lock, stack.enter_context(theirs.writer_lock()))
        table = ours.table(manifest)
        tell = progress or (lambda *_: None)
        papers, written = _copied(ours, theirs, manifest, lambda there: _Pair(table, there, locks, tell, table.count()))
        return Copied(ours.location, theirs.location, papers, table.count(), written, time.monotonic() - started)


def _copied(ours: Shelf, theirs: Shelf, manifest: Manifest, pair: Callable[[Table], _Pair]) -> tuple[int, int]:
    """How many papers the target holds now, and how many rows were written."""
    stands = _whole(theirs)
    if stands is not None:
        both = pair(there := theirs.table(stands))
        if stands.embedder != manifest.embedder or _first_difference(both) is not None:
            raise _another(theirs, there.count())
        index = theirs.open_index(stands, there)
        index.close()
        return index.count(), 0
    layout = replace(manifest.layout, documents=documents_at(theirs.place))
    begun = replace(manifest, collection=f"{PREFIX}-1", pending=None, copying=_name(ours.place), layout=layout)
    both = pair(_begun(theirs, begun))
    written = _fill(both)
    index = LexicalIndex.fresh(theirs.index_folder(begun))
    try:
        difference = _first_difference(both, index, (ours.signals(manifest), theirs.signals(begun)))
        if difference is not None:
            theirs.store.drop(begun.collection)  # the next run must not go on from what is wrong
            raise LibraryError(
                f"The copy at {theirs.location} is not what {ours.location} holds (row {difference}); copy it again."
            )
        index.commit(begun.generation)
        theirs.manifests.write(replace(begun, copying=None))
        return index.count(), written
    finally:
        index.close()


def _name(where: Place) -> str:
    """The same for all ways to write a folder's path."""
    return str(where.folder.resolve()) if where.folder else where.text


def _refuse_others(theirs: Shelf, source: str) -> None:
    """Raise LibraryError where the target holds half a copy of another library, or parts of a lost one."""
    stands = theirs.manifests.read()
    if stands is None and theirs.place.folder is None and theirs.collections():
        raise LibraryError(
            f"{theirs.location} holds parts of a library that has lost its manifest; mend it with: paper-assistant "
            f"doctor --repair --library {theirs.location}, or name an empty place."
        )
    if stands is None:
        _refuse_lost(theirs)
    elif stands.copying not in (None, source):
        raise LibraryError(
            f"{theirs.location} is half a copy of {stands.copying}; finish that one with: paper-assistant copy "
            f"{quote(stands.copying or '')} {quote(theirs.location)}, or name an empty place."
        )


def _refuse_lost(theirs: Shelf) -> None:
    try:
        theirs.manifest()
    except LibraryMissing:
        return


def _whole(theirs: Shelf) -> Manifest | None:
    """The manifest of a library that stands at the target; None for nothing, half a copy or an empty library."""
    stands = theirs.manifests.read()
    if stands is None or stands.copying is not None:
        return None
    stands = theirs.recover(stands)
    return stands if theirs.table(stands).count() else None


def _another(theirs: Shelf, count: int) -> LibraryError:
    return LibraryError(
        f"{theirs.location} holds another library, of {count} rows; name an empty place, or remove that library first."
    )


def _begun(theirs: Shelf, manifest: Manifest) -> Table:
    """The target's collection: as an interrupted copy of the same source left it, or new."""
    if theirs.manifests.read() == manifest and (table := _usable(theirs, manifest)) is not None:
        return table
    theirs.manifests.write(manifest)
    if theirs.place.folder is not None and not _opens(theirs):
        theirs.close()
        shutil.rmtree(theirs.place.folder / "chroma", ignore_errors=True)
    theirs.store.drop(manifest.collection)
    return theirs.store.create(manifest.collection, manifest.layout)


def _usable(theirs: Shelf, manifest: Manifest) -> Table | None:
    """The collection of an interrupted copy, if Chroma can still read and search it after whatever happened."""
    if not _opens(theirs):
        return None
    try:
        table = theirs.store.open(manifest.collection, manifest.layout)
        if table is not None and table.count():
            direction = np.zeros(manifest.embedder.dimension, dtype=np.float32)
            direction[0] = 1.0
            table.nearest(direction, 1)
        return table
    except LibraryDamaged:
        return None


def _opens(theirs: Shelf) -> bool:
    try:
        theirs.check_vectors(deeply=True)
        return theirs.place.folder is None or sqlite_is_whole(theirs.place.folder / "chroma")
    except LibraryDamaged:
        return False


def _fill(both: _Pair) -> int:
    """Write the rows that the target lacks; how many they were."""
    written, begun = 0, both.target.count() > 0
    for block in both.blocks("copying"):
        there = {row.id for row in both.target.get([row.id for row in block])} if begun else set[str]()
        if missing := [row for row in block if row.id not in there]:
            both.target.upsert(missing, _stacked(both.source, missing))
            written += len(missing)
    return written


def _stacked(table: Table, rows: Sequence[Row]) -> Vectors:
    vectors = table.vectors([row.id for row in rows])
    if lost := [row.id for row in rows if row.id not in vectors]:
        raise LibraryDamaged(
            f"The library to be copied has lost the vectors of {len(lost)} rows or more; mend it first with: "
            "paper-assistant doctor --repair"
        )
    return np.stack([vectors[row.id] for row in rows])


def _first_difference(
    both: _Pair, index: LexicalIndex | None = None, signals: tuple[SignalStore, SignalStore] | None = None
) -> str | None:
    """The id of a row that is not the same in both, or None.

    What was compared goes into ``index`` on the way, and what the first of ``signals`` knows of it into the second.
    """
    uncommitted = 0
    for block in both.blocks("comparing"):
        there = {row.id: row for row in both.target.get([row.id for row in block])}
        vectors, copied = (table.vectors([row.id for row in block]) for table in (both.source, both.target))
        for row in block:
            if there.get(row.id) != row or not _same(vectors.get(row.id), copied.get(row.id)):
                return row.id
        if index is not None:
            index.put(entries_of(there.values()))
            if signals:
                signals[1].take(signals[0], [split_row_id(key)[0] for key in there if split_row_id(key)[1] == 0])
            uncommitted += len(block)
            if uncommitted >= COMMIT_EVERY:
                index.commit()
                uncommitted = 0
    return None if both.target.count() == both.total else f"count {both.target.count()}, not {both.total}"


def _same(vector: Vectors | None, copied: Vectors | None) -> bool:
    if vector is None or copied is None:
        return False
    return bool(np.allclose(vector, copied, rtol=0.0, atol=ROUNDING, equal_nan=True))
