r"""Rows of a table with columns for title and abstract: CSV, TSV and the like, and Parquet. Knows no Paper.

The first line names the columns, in any order and case; which names are known is :mod:`ingest.sources.shapes`'::

    Title,Authors,Abstract Note,Date
    "Tide Networks, Revisited","Vale, Ada; Roe, Max","We show, ""at last"", that …",2025-03-01
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.errors import SourceError
from ingest.sources.records import Unreadable
from ingest.sources.shapes import ABSTRACTS, TITLES, folded
from ingest.sources.streams import MAX_LINE_CHARS, SourceStream, lines

Numbered = tuple[int, Any]

DELIMITERS = "\t,;|"
#: A field of a table that is longer has lost its closing quote.
MAX_FIELD_CHARS = 2**20
#: Rows of Parquet in memory at a time.
BATCH = 256
#: Bytes of a Parquet column read at a time.
PIECE = 2**16
#: A packed Parquet file is unpacked to disk, since its end is read first; no more than this.
MOST_SPOOLED = 8 * 2**30


def delimiter(header: str) -> str | None:
    """What parts the columns of ``header``, or None where it names no column of titles or none of abstracts."""
    for mark in DELIMITERS:
        if has_columns(next(csv.reader([header], delimiter=mark), [])):
            return mark
    return None


def has_columns(columns: list[str]) -> bool:
    """Whether there is a column of titles and one of abstracts, by any of their names."""
    known = {folded(column) for column in columns}
    return bool(known & set(TITLES)) and bool(known & {*ABSTRACTS, "description"})


def table_rows(stream: SourceStream) -> Iterator[Numbered]:
    """Each row by column name, with the number of its first line; an Unreadable for one of another length."""
    source = _Lines(stream)
    header = next((line for line in source if line.strip()), "").lstrip("\ufeff")
    mark = delimiter(header)
    if mark is None:
        raise SourceError(f"{stream.path} has no columns title and abstract in its first line.")
    columns = next(csv.reader([header], delimiter=mark))
    csv.field_size_limit(MAX_FIELD_CHARS)
    rows = csv.reader(source, delimiter=mark)
    while True:
        begun = source.number + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            yield begun, Unreadable(f"is no row of a table ({error})")
            continue
        yield from source.overlong()
        if row and len(row) != len(columns) and any(row[len(columns) :]):
            yield begun, Unreadable(f"has {len(row)} fields, the table has {len(columns)} columns")
        elif any(field.strip() for field in row):
            yield begun, dict(zip(columns, row, strict=False))
    yield from source.overlong()


class _Lines(Iterator[str]):
    """The lines as csv wants them, counting; what is too long is left out and told of."""

    def __init__(self, stream: SourceStream) -> None:
        self._lines = lines(stream)
        self._overlong: list[int] = []
        self.number = 0

    def __next__(self) -> str:
        for number, line in self._lines:
            self.number = number
            if line is not None:
                return line.replace("\0", "") + "\n"
            self._overlong.append(number)
        raise StopIteration

    def overlong(self) -> Iterator[Numbered]:
        found, self._overlong = self._overlong, []
        for number in found:
            yield number, Unreadable(f"has more than {MAX_LINE_CHARS:,} characters, which no row has")


def parquet_rows(stream: SourceStream) -> Iterator[Numbered]:
    """Each row by column name, counted from 1; only columns of text, numbers, days and lists are read."""
    with tempfile.TemporaryFile() as spool:
        if stream.packed:
            _unpack(stream, spool)
        try:
            yield from _parquet(spool if stream.packed else str(stream.path), stream)
        except (OSError, ValueError, KeyError) as error:  # pyarrow's own errors are among these
            raise SourceError(f"{stream.path} is a broken Parquet file ({_reason(error)}).") from error


def _parquet(source: Any, stream: SourceStream) -> Iterator[Numbered]:
    import pyarrow.parquet

    # Buffered, a column is read page by page; else a whole row group of it is held.
    with pyarrow.parquet.ParquetFile(source, buffer_size=PIECE, pre_buffer=False) as file:
        columns = file.schema_arrow.names
        nested = {"paper", "authors_parsed", "abstract_inverted_index"} & set(columns)
        if not nested and not has_columns(columns):
            raise SourceError(f"{stream.path} has no columns title and abstract; it has {', '.join(columns[:12])}.")
        number = 0
        for batch in file.iter_batches(BATCH):
            for row in batch.to_pylist():
                number += 1
                yield number, _plain(row)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not isinstance(value, bytes)}


def _unpack(stream: SourceStream, spool: Any) -> None:
    size = 0
    while data := stream.read(2**20):
        size += len(data)
        if size > MOST_SPOOLED:
            raise SourceError(f"{stream.path} unpacks to more than {MOST_SPOOLED >> 30} GiB: unpack it yourself.")
        spool.write(data)
    spool.seek(0)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
