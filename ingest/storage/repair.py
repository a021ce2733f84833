"""Finds what is wrong with a library, mends it, and rebuilds it for another embedder: always beside, then swapped.

A library can be rebuilt from its own rows, so neither a repair nor a rebuild needs the pages. Knows nothing of
reading pages.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path

import numpy as np

from ingest.chunking import ChunkerSettings, chunks
from ingest.errors import LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing, LibraryUnfinished
from ingest.lexical.index import LexicalIndex
from ingest.rows import Entry, row_id, rows, with_chunks
from ingest.storage.chromafiles import sqlite_is_whole
from ingest.storage.layout import suited
from ingest.storage.manifest import PREFIX, Manifest, require
from ingest.storage.place import place
from ingest.storage.salvage import salvage
from ingest.storage.shelf import Shelf, entries
from ingest.storage.shortening import VectorSource
from ingest.storage.store import Table
from ingest.storage.writing import packed_tokens, prepared
from ingest.vectors import Embedder

logger = logging.getLogger(__name__)

#: Papers embedded and written at a time.
BLOCK = 1_000
#: Name, before a number, of the folder into which a Chroma folder goes that is beyond repair.
BROKEN = "chroma-broken-"


def check(location: str | Path) -> list[str]:
    """What is wrong with the library, a sentence each; empty if it is sound. Changes nothing.

    Raises LibraryMissing where there is no library, LibraryUnreachable where the server does not answer.
    """
    shelf = Shelf(place(location))
    try:
        manifest = shelf.manifest()
        shelf.check_vectors(deeply=True)
        table = shelf.table(manifest)
        probe(table, manifest)
        return list(_lexical_findings(shelf, manifest, table))
    except LibraryMissing:
        raise
    except (LibraryDamaged, LibraryMismatch, LibraryUnfinished) as error:
        return [str(error)]
    finally:
        shelf.close()


def repair(location: str | Path, embedder: Embedder) -> Iterator[str]:
    """Mend the library and say, a sentence at a time, what was done; nothing is yielded for a sound one.

    Raises LibraryMissing, LibraryMismatch (a broken library of another embedder), LibraryBusy, LibraryUnreachable.
    """
    shelf = Shelf(place(location))
    try:
        _readable_manifest(shelf)  # LibraryMissing comes before the lock, which would make the folder
        with shelf.writer_lock():
            yield from mend(shelf, embedder)
    finally:
        shelf.close()


def mend(shelf: Shelf, embedder: Embedder) -> Iterator[str]:
    """:func:`repair` for a caller that holds the writer's lock."""
    manifest = _readable_manifest(shelf)
    if manifest is None or not _sound(shelf, manifest):
        yield _rescue(shelf, manifest, embedder)
        return
    if manifest.pending is not None:
        whole = shelf.recover(manifest)
        # Where the signals lack a paper, its whole vectors would be made for each search.
        if whole.layout.searched is not None:
            _signal(shelf, whole, shelf.table(whole), embedder, manifest.generation)
        yield f"The ingest that was interrupted is finished: what it had written of {shelf.location} is kept."
        return
    table = shelf.table(manifest)
    if list(_lexical_findings(shelf, manifest, table)):
        LexicalIndex.fresh(shelf.index_folder(manifest)).close()
        index = shelf.catch_up(manifest, table)
        index.close()
        _signal(shelf, manifest, table, embedder)
        if index.n_documents != table.count():  # rows that belong to no paper any more
            yield _rescue(shelf, manifest, embedder)
            return
        yield f"The lexical index of {shelf.location} was built anew from its {table.count()} rows."


def rebuild(location: str | Path, embedder: Embedder, *, progress: Callable[[int, int], None] | None = None) -> int:
    """Chunk and embed every paper anew with ``embedder``, beside the old library, then swap; how many papers.

    Readers go on with the old library until the swap. No pages are needed. ``progress`` hears of papers done and
    the number of chunks there were. Raises LibraryMissing, LibraryBusy, LibraryDamaged, LibraryUnreachable and
    EmbedderError; the old library then stands as it was.
    """
    shelf = Shelf(place(location))
    tell = progress or (lambda *_: None)
    try:
        shelf.manifest()
        with shelf.writer_lock():
            manifest = shelf.recover(shelf.manifest())
            table = shelf.table(manifest)
            total = table.count()
            return _refill(shelf, manifest, embedder, entries(table), lambda done: tell(done, total))
    finally:
        shelf.close()


def probe(table: Table, manifest: Manifest) -> None:
    """Raise LibraryDamaged where Chroma can't search, rows are not ours, or rows have no vector."""
    direction = np.zeros(manifest.embedder.dimension, dtype=np.float32)
    direction[0] = 1.0
    table.nearest(direction, 1)
    found = entries(table)
    while block := list(islice(found, BLOCK)):
        ids = [row_id(entry.paper.id, ordinal) for entry in block for ordinal in range(len(entry.spans))]
        if len(table.vectors(ids)) < len(ids):
            raise LibraryDamaged(
                f"The library has lost chunks of {len(block)} papers or fewer; mend it with: "
                "paper-assistant doctor --repair"
            )


def _signal(shelf: Shelf, manifest: Manifest, table: Table, embedder: Embedder, newer_than: int | None = None) -> None:
    """Write the signals that are missing of all papers, or of those written after a generation."""
    if manifest.embedder != embedder.identity:
        return
    signals = shelf.signals(manifest)
    source = VectorSource(table, signals, embedder)
    found = entries(table, newer_than=newer_than)
    while block := list(islice(found, BLOCK)):
        known = signals.days([entry.paper.id for entry in block])
        block = [entry for entry in block if entry.paper.id not in known]
        vectors = source.of([entry.paper.id for entry in block])
        if there := [entry for entry in block if entry.paper.id in vectors]:
            whole = np.concatenate([vectors[entry.paper.id] for entry in there])
            signals.put(there, whole, packed_tokens(embedder, there))
    signals.close()


def _sound(shelf: Shelf, manifest: Manifest) -> bool:
    try:
        shelf.check_vectors(deeply=True)
        probe(shelf.table(manifest), manifest)
    except LibraryDamaged:
        return False
    return True


def _readable_manifest(shelf: Shelf) -> Manifest | None:
    try:
        return shelf.manifest()
    except LibraryDamaged:
        return None


def _lexical_findings(shelf: Shelf, manifest: Manifest, table: Table) -> Iterator[str]:
    advice = "mend it with: paper-assistant doctor --repair"
    folder = shelf.index_folder(manifest)
    if not (folder / "meta.json").exists():
        yield f"The lexical index of {shelf.location} is missing; {advice}"
        return
    try:
        index = LexicalIndex(folder)
    except LibraryDamaged as error:
        yield f"{error} The next opening builds it anew, or {advice}"
        return
    try:
        if manifest.pending is None and index.generation != manifest.generation:
            yield f"The lexical index of {shelf.location} is behind the library; {advice}"
        elif manifest.pending is None and index.n_documents != table.count():
            yield (
                f"The lexical index of {shelf.location} holds {index.n_documents} chunks, the library {table.count()}; "
                f"{advice}"
            )
        elif manifest.layout.searched is not None and (known := _signalled(shelf, manifest)) < index.count():
            yield f"{shelf.location} has the whole vectors of {known} papers, not of {index.count()}; {advice}"
    finally:
        index.close()


def _signalled(shelf: Shelf, manifest: Manifest) -> int:
    with closing(shelf.signals(manifest)) as signals:
        return signals.count()


def _rescue(shelf: Shelf, manifest: Manifest | None, embedder: Embedder) -> str:
    """A new collection from whatever can be read of the broken one."""
    if manifest is not None:
        require(manifest, embedder.identity, shelf.location)
    found = _whatever_is_left(shelf, manifest)
    if shelf.place.folder is not None and not sqlite_is_whole(shelf.place.folder / "chroma"):
        shelf.close()
        (shelf.place.folder / "chroma").rename(shelf.place.folder / f"{BROKEN}{int(time.time())}")
    base = manifest or Manifest(embedder.identity, ChunkerSettings(), f"{PREFIX}-{_highest(shelf)}")
    done = _refill(shelf, base, embedder, found.values(), lambda _: None)
    if not done:
        return (
            f"No paper could be read in the broken library {shelf.location}: it is empty now; fill it with: "
            "paper-assistant ingest PAGE…"
        )
    return f"The broken library {shelf.location} was built anew from the {done} papers that could be read."


def _whatever_is_left(shelf: Shelf, manifest: Manifest | None) -> dict[str, Entry]:
    if shelf.place.folder is not None:
        return salvage(shelf.place.folder, manifest.collection if manifest else None)
    found: dict[str, Entry] = {}
    for name in [manifest.collection] if manifest else shelf.collections():
        if table := shelf.store.open(name):
            with suppress(LibraryDamaged):
                found.update((entry.paper.id, entry) for entry in entries(table))
    return found


def _highest(shelf: Shelf) -> int:
    return max((int(name.rpartition("-")[2]) for name in shelf.collections()), default=0)


def _refill(
    shelf: Shelf, old: Manifest, embedder: Embedder, papers: Iterable[Entry], tell: Callable[[int], object]
) -> int:
    """A new collection and index with ``papers``, which then become the library. The caller holds the lock."""
    number = max(_highest(shelf), int(old.collection.rpartition("-")[2])) + 1
    generation = max(old.generation, old.pending or 0) + 1
    layout = suited(embedder, shelf.place)
    new = Manifest(embedder.identity, ChunkerSettings(), f"{PREFIX}-{number}", generation, layout=layout)
    table = shelf.store.create(new.collection, layout)
    index, signals = LexicalIndex.fresh(shelf.index_folder(new)), shelf.signals(new)
    done = 0
    try:
        source = iter(papers)
        while block := [with_chunks(e, chunks(e.paper, new.chunker)) for e in islice(source, BLOCK)]:
            made = prepared(embedder, block)
            table.upsert([row for entry in block for row in rows(entry, generation)], made.vectors)
            signals.put(block, made.vectors, made.tokens)
            index.put(block, made.marks)
            done += len(block)
            tell(done)
        index.commit(generation)
    except LibraryError:
        raise  # Chroma hangs when asked to drop what it could not write; whoever writes next drops it
    except BaseException:
        with suppress(LibraryError):
            shelf.store.drop(new.collection)
        raise
    finally:
        index.close()
        signals.close()
    shelf.manifests.write(new)
    shelf.drop_strays(new)
    return done
