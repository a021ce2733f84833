"""Whether the files of a Chroma folder hang together, found out without Chroma.

Chroma's native code trusts these files: one cut short or overwritten ends the process rather than raising. So their
sizes are checked before Chroma opens them, and after a crash the whole graph is. The layout is hnswlib's, one folder
a collection, named by its segment::

    header.bin       100 bytes: version, offset, capacity, elements, bytes an element, label offset, data offset,
                     top level, entry point, M, M0, M, level factor, construction width
    data_level0.bin  for each element: number of neighbours (2 bytes of 4), M0 neighbours, vector, label
    length.bin       4 bytes an element: the vector's length
    link_lists.bin   for each element: bytes of its upper levels' lists (4), then those
    index_metadata.pickle   Chroma's own map of ids, written last; never read here
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_HEADER = struct.Struct("<iQQQQQQiIQQQdQ")
_SEGMENT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAMES = ("header.bin", "data_level0.bin", "length.bin", "link_lists.bin")
#: Elements of the graph looked at in one go.
_BLOCK = 10_000


@dataclass(frozen=True, slots=True)
class _Header:
    capacity: int
    elements: int
    size: int
    top: int
    entry: int
    neighbours: int

    @classmethod
    def read(cls, path: Path) -> _Header:
        """Raises ValueError for a header that can't be one."""
        data = path.read_bytes()
        if len(data) != _HEADER.size:
            raise ValueError(f"{path.name} has {len(data)} bytes")
        version, _, capacity, elements, size, label, _, top, entry, _, neighbours, *_ = _HEADER.unpack(data)
        if version != 1 or elements > capacity or not 0 < label < size or neighbours > 10_000:
            raise ValueError(f"{path.name} makes no sense")
        if elements and (entry >= elements or top < 0):
            raise ValueError(f"{path.name} names an element that is not there")
        return cls(capacity, elements, size, top, entry, neighbours)


def vector_problems(chroma: Path, *, deeply: bool = False) -> list[str]:
    """What is wrong with the files under ``chroma``, a phrase each; ``deeply``: the graph's links too."""
    try:
        segments = _segments(chroma)
    except sqlite3.Error as error:
        # A database that is busy or can't be opened for now is not damaged: Chroma itself will say what is the matter.
        return [f"chroma.sqlite3 can't be read: {error}"] if is_damage(error) else []
    return [
        f"vector files {segment}: {problem}"
        for segment in segments
        for problem in _segment_problems(chroma / segment, deeply)
    ]


def vector_bytes(chroma: Path) -> int:
    """The size of all vector files under ``chroma``."""
    total = 0
    for path in chroma.glob("*/data_level0.bin"):
        with suppress(OSError):  # just being replaced
            total += path.stat().st_size
    return total


def database(chroma: Path) -> closing[sqlite3.Connection]:
    """Chroma's SQLite file, never made anew. Raises sqlite3.Error.

    Opened for writing although nothing is written: after a crash in mid-transaction SQLite has to roll back first, and
    a connection for reading only would find the file unreadable.
    """
    path = (chroma / "chroma.sqlite3").absolute().as_uri()
    try:
        opened = sqlite3.connect(f"{path}?mode=rw", uri=True, timeout=30)
        opened.execute("select count(*) from sqlite_master")
    except sqlite3.OperationalError:
        opened = sqlite3.connect(f"{path}?mode=ro", uri=True, timeout=30)
    return closing(opened)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is broken, rather than busy or out of reach."""
    broken = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return broken or "no such table" in str(error)


def sqlite_is_whole(chroma: Path) -> bool:
    """Whether SQLite finds its own file sound; reads all of it."""
    if not (chroma / "chroma.sqlite3").is_file():
        return True
    try:
        with database(chroma) as opened:
            opened.execute("select count(*) from segments")
            return opened.execute("pragma quick_check(1)").fetchone() == ("ok",)
    except sqlite3.Error as error:
        return not is_damage(error)


def half_made(chroma: Path) -> bool:
    """Whether a process died while it made the first, empty vector files of a collection, whose rows are all elsewhere.

    Chroma makes them when it first looks at a collection, so a reader can die there too.
    """
    try:
        folders = [chroma / segment for segment in _segments(chroma)]
    except sqlite3.Error:
        return False
    return any(
        folder.is_dir()
        and not (folder / "index_metadata.pickle").exists()
        and not ((header := folder / "header.bin").is_file() and header.stat().st_size)
        for folder in folders
    )


def drop_stray_vectors(chroma: Path) -> None:
    """Delete the vector files of collections that are gone, which Chroma leaves behind."""
    try:
        live = set(_segments(chroma))
    except sqlite3.Error:
        return
    for folder in chroma.iterdir():
        if folder.is_dir() and _SEGMENT.fullmatch(folder.name) and folder.name not in live:
            shutil.rmtree(folder, ignore_errors=True)


def _segments(chroma: Path) -> list[str]:
    """The vector segments that Chroma knows. Raises sqlite3.Error where its SQLite file can't be read."""
    with database(chroma) as opened:
        found = opened.execute("select id from segments where scope = 'VECTOR'").fetchall()
    return [segment for (segment,) in found if _SEGMENT.fullmatch(str(segment))]


def _segment_problems(folder: Path, deeply: bool) -> Iterator[str]:
    if not folder.is_dir():  # nothing has been written yet: all rows are in the log
        return
    try:
        sizes = {name: (folder / name).stat().st_size for name in _NAMES}
        header = _Header.read(folder / "header.bin")
        if sizes["data_level0.bin"] not in (header.elements * header.size, header.capacity * header.size):
            raise ValueError("data_level0.bin has not the size that the header says")
        if sizes["length.bin"] not in (4 * header.elements, 4 * header.capacity):
            raise ValueError("length.bin has not the size that the header says")
        if header.elements and sizes["link_lists.bin"] < 4 * header.elements:
            raise ValueError("link_lists.bin is cut short")
        if header.elements and not (folder / "index_metadata.pickle").is_file():
            raise ValueError("index_metadata.pickle is missing")
        if deeply and header.elements:
            _check_graph(folder, header)
    except FileNotFoundError as error:
        yield f"{Path(str(error.filename)).name} is missing"
    except (OSError, ValueError) as error:
        yield str(error)


def _check_graph(folder: Path, header: _Header) -> None:
    """Raise ValueError where a link leads out of the graph or the upper levels' lists don't add up."""
    data = np.memmap(folder / "data_level0.bin", dtype=np.uint8, mode="r")
    elements = data[: header.elements * header.size].reshape(header.elements, header.size)
    for start in range(0, header.elements, _BLOCK):
        block = elements[start : start + _BLOCK]
        counts = block[:, :2].copy().view("<u2")[:, 0]
        links = block[:, 4 : 4 + 4 * header.neighbours].copy().view("<u4")
        used = np.arange(header.neighbours) < counts[:, None]
        if (counts > header.neighbours).any() or (links[used] >= header.elements).any():
            raise ValueError("data_level0.bin links to elements that are not there")
    lists = (folder / "link_lists.bin").read_bytes()
    position = 0
    for _ in range(header.elements):
        if position + 4 > len(lists):
            raise ValueError("link_lists.bin is cut short")
        position += 4 + int.from_bytes(lists[position : position + 4], "little")
    if position != len(lists):
        raise ValueError("link_lists.bin has not the size that its lists add up to")
