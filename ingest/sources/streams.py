"""A file's bytes and lines, unpacked as they are read and never held whole. Knows nothing of papers or forms.

gzip and Zstandard are told by their first bytes. An archive that is cut off or broken gives what came before the
break and says so afterwards; one that swells beyond reason is refused, as is a file of other archives.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self

from ingest.errors import SourceError
from ingest.listing.sources import ARCHIVES, MARKS, open_file, share_of_control, translated

#: Bytes at the beginning of a file from which its form is told.
HEAD = 65_536
#: An archive is refused when it has given this many bytes and more than so many for each of its own: text packs to a
#: tenth, and metadata that repeat themselves to a thirtieth.
SWOLLEN_FROM, SWOLLEN = 256 * 2**20, 150
#: A record of a scholarly index with thousands of references has about a megabyte.
MAX_LINE_CHARS = 8 * 2**20
#: Share of control characters from which a file is taken to be binary, as for pages.
_BINARY = 0.01


class SourceStream(io.RawIOBase):
    """A file as a stream of its unpacked bytes. Close it after use; a context manager.

    ``packed`` names the compression, if any; ``damage`` says, once the end is reached, what was wrong with it.
    """

    def __init__(self, path: Path) -> None:
        """Raises SourceError where the file can't be opened or is an archive of another kind."""
        super().__init__()
        self.path = path
        self.damage: str | None = None
        self._given = 0
        self._file = open_file(path)
        self._inner: Any = self._file
        try:
            with translated(path):
                self.packed = self._unpacking()
            self._start = self._first(HEAD)
            if self.packed and (kind := archive(self._start)):
                raise SourceError(f"{path} holds a {kind} archive inside: unpack it and give the file in it.")
        except BaseException:
            self.close()
            raise
        self._at = 0

    @property
    def head(self) -> bytes:
        """The first bytes, at most HEAD of them; reading goes on from the beginning all the same."""
        return self._start

    def _unpacking(self) -> str | None:
        kind = archive(self._file.read(8))
        self._file.seek(0)
        if kind == "gzip":
            self._inner = gzip.GzipFile(fileobj=self._file)
        elif kind == "zstd":
            self._inner = _zstandard(self._file)
        elif kind is not None:
            raise SourceError(f"{self.path} is a {kind} archive: unpack it, or pack the file with gzip or zstd.")
        return kind

    def _first(self, size: int) -> bytes:
        parts, got = [], 0
        while got < size and (data := self._read(size - got)):
            parts.append(data)
            got += len(data)
        return b"".join(parts)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wanted = len(buffer)
        data = self._start[self._at : self._at + wanted] if self._at < len(self._start) else self._read(wanted)
        self._at += len(data)
        buffer[: len(data)] = data
        return len(data)

    def _read(self, size: int) -> bytes:
        if self.damage:
            return b""
        if self.packed is None:
            with translated(self.path):
                return self._file.read(size)
        try:
            # read1 gives what lies before a break; read would lose it with the error.
            data = bytes(getattr(self._inner, "read1", self._inner.read)(size))
        except EOFError:
            self.damage = f"{self.path.name} is cut off in the middle of its {self.packed} archive"
            return b""
        except (OSError, ValueError, zlib.error) as error:  # pyarrow's own errors are among these
            if "truncated" in str(error).lower():
                self.damage = f"{self.path.name} is cut off in the middle of its {self.packed} archive"
            else:
                self.damage = f"the {self.packed} archive {self.path.name} is broken from here on"
            return b""
        self._given += len(data)
        if self._given > SWOLLEN_FROM and self._given > SWOLLEN * self._file.tell():
            raise SourceError(
                f"{self.path} unpacks to more than {SWOLLEN} times its size, as no list of papers does: look into it."
            )
        return data

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def __enter__(self) -> Self:
        return self


def archive(start: bytes) -> str | None:
    """The kind of archive that begins with these bytes, or None."""
    return next((kind for magic, kind in ARCHIVES.items() if start.startswith(magic)), None)


def _zstandard(file: BinaryIO) -> Any:
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(file, mode="r"), "zstd")


def encoding(start: bytes, path: Path) -> str:
    """The encoding of a text that begins with these bytes; a byte-order mark is left to it to drop.

    Raises SourceError for what is no text.
    """
    for mark, name in MARKS:
        if start.startswith(mark):
            return "utf-8-sig" if name == "utf-8" else name.rpartition("-")[0]
    if b"\0" in start[:512]:
        # UTF-16 without its mark has a zero beside every Latin letter.
        for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if start[offset:512:2].count(0) > 0.4 * len(start[:512]) / 2:
                return name
    if share_of_control(start) > _BINARY:
        raise SourceError(f"{path} is a binary file that is not known. {KNOWN}")
    return "utf-8"


def text(stream: SourceStream) -> io.TextIOWrapper:
    """The stream's text with ``\\n`` line ends; bytes that are no UTF-8 are read as Windows-1252, as in pages."""
    name = encoding(stream.head, stream.path)
    errors = "western" if name.startswith("utf-8") else "replace"
    return io.TextIOWrapper(io.BufferedReader(stream, HEAD), encoding=name, errors=errors, newline=None)


def lines(stream: SourceStream, *, longest: int = MAX_LINE_CHARS) -> Iterator[tuple[int, str | None]]:
    """The lines with their numbers from 1, without line ends; None stands for one that is longer than ``longest``."""
    source, number = text(stream), 0
    while line := source.readline(longest + 1):
        number += 1
        if len(line) > longest and not line.endswith("\n"):
            while (rest := source.readline(longest)) and not rest.endswith("\n"):
                pass
            yield number, None
        else:
            yield number, line.rstrip("\n")


#: What a file that can't be told is answered with.
KNOWN = (
    "Read are listing pages (text or HTML), JSON and JSON lines (arXiv, Daily Papers, Semantic Scholar, OpenAlex), "
    "BibTeX, CSV, TSV and Parquet with columns title and abstract, and each of them in gzip or zstd."
)
