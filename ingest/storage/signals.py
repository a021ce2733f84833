"""What a search judges a paper by, in one SQLite file beside the lexical index, to be read quickly.

A question has some 165 candidates, nearly all of them new to it. For these Chroma takes 18 ms for the texts and 6 for
the vectors, and cutting the texts into tokens another 23; here all of it takes 5. A row is one paper::

    paper "0f3c5a1be2d94c77"  listed 20240219  title "…"  abstract "…"  vectors <a chunk each>  tokens <counted>

Derived from Chroma's rows, and no more than a short cut: whoever finds a paper missing here asks Chroma, so the file
may be deleted, or be without papers that another machine has written. What it holds is never older than Chroma's: a
paper that changes is forgotten first. Knows no question.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ingest.rows import DayNumber, Entry, day_number
from ingest.vectors import Counted, Vectors

logger = logging.getLogger(__name__)

#: The file's name, in the lexical index's folder, which is deleted and built anew with the library it belongs to.
NAME = "signals.sqlite"
#: Papers asked for in one statement.
AT_ONCE = 500
#: Seconds to wait for another process that is just writing.
PATIENCE = 5.0
#: Bytes of a page of the file: a paper is about 2.7 kB, and one page a paper would waste a third.
PAGE_BYTES = 16_384
#: A change of this is a change of the table's layout: an older file is not used.
LAYOUT = 1
_TABLE = """
    CREATE TABLE IF NOT EXISTS papers (
        paper TEXT NOT NULL UNIQUE, listed INTEGER, title TEXT NOT NULL, abstract TEXT NOT NULL,
        vectors BLOB NOT NULL, tokens BLOB
    )
"""
_PUT = "INSERT OR REPLACE INTO papers VALUES (?, ?, ?, ?, ?, ?)"
#: The days are read without the rows, which are a page each.
_INDEX = "CREATE INDEX IF NOT EXISTS days ON papers (paper, listed)"
_BY_DAYS = "INDEXED BY days"
#: How vectors lie in the file, and token ids.
_FLOAT = np.dtype(np.float32)
_NARROW, _WIDE = np.dtype("<u2"), np.dtype("<u4")
#: A count that a token's byte can hold; a token that occurs more often is written more than once.
MOST_COUNTED = 255


@dataclass(frozen=True, slots=True)
class Signals:
    """``vectors`` are those of all chunks, shape (chunks, dimension); ``tokens`` None where they are not known."""

    title: str
    abstract: str
    vectors: Vectors
    tokens: Counted | None


class SignalStore:
    """The signals of one collection's papers. Thread-safe; one process at a time writes."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Touches nothing: the file is opened when it is first asked."""
        self._path = folder / NAME
        self._dimension = dimension
        self._reading: sqlite3.Connection | None = None
        self._writing: sqlite3.Connection | None = None
        self._guard = threading.Lock()

    # Reading

    def get(self, paper_ids: Sequence[str], *, tokens: bool) -> dict[str, Signals]:
        """Those of the papers that are known here; if ``tokens`` are wanted, those whose tokens are known."""
        rows = self._rows("paper, title, abstract, vectors, tokens", paper_ids)
        with self._decoding():
            return {
                paper: Signals(title, abstract, self._vectors(vectors), None if counted is None else unpacked(counted))
                for paper, title, abstract, vectors, counted in rows
                if counted is not None or not tokens
            }
        return {}

    def vectors(self, paper_ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those papers that are known here, shape (chunks, dimension) each."""
        with self._decoding():
            return {paper: self._vectors(blob) for paper, blob in self._rows("paper, vectors", paper_ids)}
        return {}

    def stacked(self, paper_ids: Sequence[str]) -> tuple[dict[str, range], Vectors]:
        """:meth:`vectors` as one array of shape (chunks, dimension), and which of its rows are each paper's.

        Made at once: an array for each of the hundreds of papers of a search would take as long as the reading.
        """
        places: dict[str, range] = {}
        with self._decoding():
            blobs: list[bytes] = []
            width, end = self._dimension * _FLOAT.itemsize, 0
            for paper, blob in self._rows("paper, vectors", paper_ids):
                if len(blob) % width:
                    raise ValueError("no vectors")
                start, end = end, end + len(blob) // width
                places[paper] = range(start, end)
                blobs.append(blob)
            return places, self._vectors(b"".join(blobs))
        return {}, np.zeros((0, self._dimension), np.float32)

    def count(self) -> int:
        """How many papers are known here."""
        with self._guard:
            try:
                connection = self._opened()
                return connection.execute(f"SELECT count(*) FROM papers {_BY_DAYS}").fetchone()[0] if connection else 0
            except sqlite3.Error:
                return 0

    def days(self, paper_ids: Sequence[str]) -> dict[str, DayNumber | None]:
        """The days of listing of those papers that are known here."""
        # Of thousands, those that stand side by side are asked for together: half the time.
        return dict(self._rows("paper, listed", sorted(paper_ids), _BY_DAYS))

    def _rows(self, columns: str, paper_ids: Sequence[str], by: str = "") -> Iterator[tuple]:
        for start in range(0, len(paper_ids), AT_ONCE):
            part = list(paper_ids[start : start + AT_ONCE])
            marks = ",".join("?" * len(part))
            with self._guard:
                try:
                    connection = self._opened()
                    query = f"SELECT {columns} FROM papers {by} WHERE paper IN ({marks})"
                    found = connection.execute(query, part).fetchall() if connection else []
                except sqlite3.Error as error:
                    logger.warning("%s can't be read (%s); Chroma is asked instead", self._path, error)
                    return
            yield from found

    def _opened(self) -> sqlite3.Connection | None:
        if self._reading is None and self._path.exists():
            # Not for reading alone: what a killed writer has left half done is taken back by whoever comes next.
            found = _connected(f"{self._path.absolute().as_uri()}?mode=rw")
            if found.execute("PRAGMA user_version").fetchone()[0] != LAYOUT:
                found.close()
                return None
            self._reading = found
        return self._reading

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        """What is no row of ours is nobody's error: the caller is told of no paper then, and asks Chroma."""
        try:
            yield
        except (ValueError, TypeError, IndexError) as error:
            logger.warning("%s holds what was not written to it (%s); Chroma is asked instead", self._path, error)

    def _vectors(self, blob: bytes) -> Vectors:
        return np.frombuffer(blob, dtype=_FLOAT).reshape(-1, self._dimension)

    # Writing

    def put(self, entries: Sequence[Entry], vectors: Vectors, tokens: Sequence[bytes] | None) -> None:
        """Write papers with the vectors of all their chunks, in order, over what was there of them.

        ``tokens`` are each paper's, :func:`packed`.
        """
        ends = np.cumsum([0, *(len(entry.spans) for entry in entries)]).tolist()
        whole = np.ascontiguousarray(vectors, dtype=np.float32)
        rows = [
            (
                entry.paper.id,
                day_number(entry.paper.listed),
                entry.paper.title,
                entry.paper.abstract,
                whole[start:end].tobytes(),
                None if tokens is None else tokens[number],
            )
            for number, (entry, (start, end)) in enumerate(zip(entries, pairwise(ends), strict=True))
        ]
        self._write(_PUT, rows)

    def take(self, other: SignalStore, paper_ids: Sequence[str]) -> None:
        """Write what ``other`` knows of the papers."""
        self._write(_PUT, list(other._rows("paper, listed, title, abstract, vectors, tokens", paper_ids)))

    def redate(self, entries: Sequence[Entry]) -> None:
        """Write the days of papers whose text and vectors are as they were."""
        days = [(day_number(entry.paper.listed), entry.paper.id) for entry in entries]
        self._write("UPDATE papers SET listed = ? WHERE paper = ?", days)

    def forget(self, paper_ids: Sequence[str]) -> None:
        """Know nothing more of those papers."""
        if self._path.exists():
            self._write("DELETE FROM papers WHERE paper = ?", [(paper_id,) for paper_id in paper_ids])

    def compare(self, entries: Sequence[Entry]) -> None:
        """Forget those of the papers that are not as they are known here, or may be searched by other words."""
        known = set(self._rows("paper, listed, title, abstract", [entry.paper.id for entry in entries]))
        papers = [entry.paper for entry in entries if entry.questions is None]
        same = {(paper.id, day_number(paper.listed), paper.title, paper.abstract) for paper in papers} & known
        self.forget([row[0] for row in known - same])

    def _write(self, statement: str, rows: Sequence[tuple]) -> None:
        """Whatever goes wrong, the file must not say what is no longer so: then it is deleted."""
        if not rows:
            return
        try:
            with self._guard:
                if self._writing is None:
                    self._writing = _made(self._path)
                with self._writing as connection:
                    connection.executemany(statement, rows)
        except sqlite3.Error as error:
            logger.warning("%s can't be written (%s) and is done without", self._path, error)
            self.close()
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; it is opened again when it is asked."""
        with self._guard:
            for connection in (self._reading, self._writing):
                if connection is not None:
                    with suppress(sqlite3.Error):
                        connection.close()
            self._reading = self._writing = None


def packed(tokens: Counted) -> bytes:
    """Token ids of 2 bytes each (of 4 where one needs it, which the first byte says), then their counts in bytes."""
    ids, counts = tokens.ids, tokens.counts.astype(np.int64)
    while (over := counts > MOST_COUNTED).any():
        ids = np.concatenate([ids, ids[over]])
        counts = np.concatenate([np.minimum(counts, MOST_COUNTED), counts[over] - MOST_COUNTED])
    kind = _NARROW if int(ids.max(initial=0)) < 1 << 16 else _WIDE
    return bytes([kind.itemsize]) + ids.astype(kind).tobytes() + counts.astype(np.uint8).tobytes()


def unpacked(blob: bytes) -> Counted:
    """The tokens that :func:`packed` was given, in some order. Raises ValueError for what it did not give."""
    width, size = blob[0], len(blob) - 1
    if width not in (_NARROW.itemsize, _WIDE.itemsize) or size % (width + 1):
        raise ValueError("no packed tokens")
    count = size // (width + 1)
    ids = np.frombuffer(blob, _NARROW if width == 2 else _WIDE, count, 1)
    return Counted(ids, np.frombuffer(blob, np.uint8, offset=1 + count * width))


def _connected(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=PATIENCE, check_same_thread=False)


def _made(path: Path) -> sqlite3.Connection:
    """The file opened for writing; begun anew if its layout is another."""
    if path.exists():
        with closing(_connected(f"{path.absolute().as_uri()}?mode=rw")) as there:
            current = there.execute("PRAGMA user_version").fetchone()[0] == LAYOUT
        if not current:
            path.unlink()
    connection = _connected(f"{path.absolute().as_uri()}?mode=rwc")
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA synchronous = NORMAL")
    with connection:
        connection.execute(_TABLE)
        connection.execute(_INDEX)
        connection.execute(f"PRAGMA user_version = {LAYOUT}")
    return connection
