"""What the reads of an open library go by, and how it is made, found and made sound on opening."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Self

from ingest.chunking import ChunkerSettings
from ingest.errors import LibraryBusy, LibraryDamaged, LibraryError
from ingest.lexical.index import LexicalIndex
from ingest.storage.chromafiles import half_made
from ingest.storage.dense import DenseSide
from ingest.storage.layout import suited
from ingest.storage.manifest import PREFIX, Manifest
from ingest.storage.memory import Mapped
from ingest.storage.repair import BROKEN, mend
from ingest.storage.shelf import Shelf
from ingest.storage.shortening import VectorSource
from ingest.storage.signals import SignalStore
from ingest.storage.store import Table
from ingest.vectors import Embedder

#: What a library's folder may hold; a folder that holds other things is not made into a library.
PARTS = frozenset({"manifest.json", "lock", "writer.json", "chroma", "lexical"})

#: What hidden files and what a repair has set aside begin with.
HIDDEN = (".", BROKEN)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What reads go by, replaced whole when the library has changed."""

    manifest: Manifest
    table: Table
    index: LexicalIndex
    signals: SignalStore
    vectors: VectorSource
    dense: DenseSide
    mapped: Mapped

    @classmethod
    def of(cls, shelf: Shelf, manifest: Manifest, table: Table, index: LexicalIndex, embedder: Embedder) -> Self:
        signals = shelf.signals(manifest)
        vectors = VectorSource(table, signals, embedder)
        dense = DenseSide(table, index, signals, vectors)
        return cls(manifest, table, index, signals, vectors, dense, Mapped(index.reopen))


def created(shelf: Shelf, embedder: Embedder) -> Manifest:
    """A new, empty library, or the one that another process has made in the meantime."""
    make_folder(shelf)
    with shelf.writer_lock():
        if shelf.manifests.read() is not None:  # another process was faster
            return shelf.manifest()
        layout = suited(embedder, shelf.place)
        manifest = Manifest(embedder.identity, ChunkerSettings(), f"{PREFIX}-1", layout=layout)
        shelf.store.create(manifest.collection)
        shelf.manifests.write(manifest)
        return manifest


def make_folder(shelf: Shelf) -> None:
    """The folder for what is local. Raises LibraryError where it can't be made or holds other things."""
    try:
        shelf.home.mkdir(parents=True, exist_ok=True)
        names = [path.name for path in shelf.home.iterdir()]
    except OSError as error:
        raise LibraryError(
            f"No library can be made at {shelf.location} ({error.strerror or error}); name another folder."
        ) from error
    if foreign := [name for name in names if name not in PARTS and not name.startswith(HIDDEN)]:
        raise LibraryError(
            f"The folder {shelf.location} holds other things, such as {foreign[0]}, and no library; name a new folder."
        )


def loaded(shelf: Shelf, manifest: Manifest, embedder: Embedder) -> State:
    """The parts that ``manifest`` names, made sound. The writer's lock is taken if there is something to mend."""
    if manifest.pending is not None:
        manifest = _mended(shelf, manifest, embedder)
    try:
        table = shelf.table(manifest)
    except LibraryDamaged:
        if shelf.place.folder is None or not half_made(shelf.place.folder / "chroma"):
            raise
        manifest = _mended(shelf, manifest, embedder)
        table = shelf.table(manifest)
    return State.of(shelf, manifest, table, shelf.open_index(manifest, table), embedder)


def _mended(shelf: Shelf, manifest: Manifest, embedder: Embedder) -> Manifest:
    try:
        with shelf.writer_lock():
            for done in mend(shelf, embedder):
                logger.warning("%s", done)
            return shelf.manifest()
    except LibraryBusy:
        logger.debug("%s is being written", shelf.location)
        return manifest
