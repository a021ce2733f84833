"""A file's text, whatever its bytes: UTF-8, UTF-16 with its mark, Windows-1252 or Latin-1; any line ends.

Knows nothing of papers. Refuses, in one sentence, what is no text at all: a directory, an empty file, HTML,
a compressed or other binary file, something too large to hold in memory.
"""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ingest.errors import SourceError

#: A listing page holds about 1.5 kB a paper: this is 40,000 papers on one page.
MAX_FILE_BYTES = 64 * 2**20
#: The longest abstract that arXiv takes has 1,920 characters; a line of a megabyte is no abstract.
MAX_LINE_CHARS = 2**20

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the UTF-16 mark, so it is tried before it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ARCHIVES = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"}
HTML = re.compile(r"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|\?xml)\b", re.IGNORECASE | re.DOTALL)
TAG = re.compile(
    r"</?(?:div|span|p|a|li|ul|meta|link|script|style|h[1-6]|table|article|section)\b[^>]*>", re.IGNORECASE
)


def read_text(path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> str:
    """The file's text with ``\\n`` line ends and no byte-order mark. Raises SourceError."""
    data = _read_bytes(path, max_bytes)
    for magic, kind in ARCHIVES.items():
        if data.startswith(magic):
            raise SourceError(f"{path} is {kind}-compressed: unpack it and give the text file inside.")
    text = _decode(data, path).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SourceError(f"{path} is empty: there is nothing to read in it.")
    if HTML.match(text) or len(TAG.findall(text[:20_000])) >= 10:
        raise SourceError(f"{path} is an HTML file, not a page's text: open it in a browser and save it as text.")
    return text


def numbered_lines(text: str, path: Path, *, max_chars: int = MAX_LINE_CHARS) -> list[tuple[int, str]]:
    """The lines that hold something, stripped, with their numbers from 1. Raises SourceError on an endless line."""
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > max_chars:
            raise SourceError(
                f"{path}, line {number}, has {len(line):,} characters, more than the {max_chars:,} that a line of text "
                f"may have: this is not a listing page."
            )
        lines.append((number, line.strip()))
    return lines


def open_file(path: Path) -> BinaryIO:
    """The regular file, open for reading. Raises SourceError for anything else."""
    with translated(path):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise SourceError(f"{path} is a directory: name the page files in it.")
        if not stat.S_ISREG(mode):
            raise SourceError(f"{path} is not a regular file: save the page to a file first.")
        return path.open("rb")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """What the file system raises becomes a SourceError."""
    try:
        yield
    except FileNotFoundError:
        raise SourceError(f"{path} does not exist: check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{path} can't be read ({reason}): check the path and its permissions.") from error


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    with open_file(path) as file, translated(path):
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise SourceError(f"{path} is larger than {max_bytes / 2**20:g} MiB: split it into smaller pages.")
    return data


def _decode(data: bytes, path: Path) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="western" if encoding == "utf-8" else "replace")
    if b"\0" in data or share_of_control(data[:65_536]) > 0.01:
        raise SourceError(f"{path} is a binary file, not text: save the page as plain text.")
    return data.decode("utf-8", errors="western")


def share_of_control(sample: bytes) -> float:
    """The share of control characters, 0..1, that no text has: more than one in a hundred is a binary file."""
    text_bytes = bytes([7, 8, 9, 10, 12, 13, 27, *range(32, 256)])
    return len(sample.translate(None, delete=text_bytes)) / max(1, len(sample))


def _western(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 read as Windows-1252 one by one, so that mixed and Latin-1 files lose nothing.

    The exception is a file cut off in the middle of a character: what is left of it can't be read.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.reason == "unexpected end of data" and _is_utf8(error.object[: error.start]):
        return "", error.end
    byte = error.object[error.start : error.start + 1]
    return byte.decode("cp1252" if byte not in b"\x81\x8d\x8f\x90\x9d" else "latin-1"), error.start + 1


def _is_utf8(data: bytes) -> bool:
    try:
        return not data.isascii() and bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


codecs.register_error("western", _western)
