"""A file of papers, whatever its form: told by its content, read one paper at a time. Knows nothing of libraries.

The first bytes decide, never the name: Parquet by its mark, HTML by its tags, JSON by its first bracket, BibTeX by an
entry's beginning, a table by the names in its first line; anything else is tried as a listing page's text.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from ingest.errors import SourceError
from ingest.listing.sources import HTML, MAX_FILE_BYTES, TAG
from ingest.pages import Problem, UnknownPage, parse_page
from ingest.papers import Paper, Source
from ingest.sources.bibtex import BIBTEX, bibtex_entries
from ingest.sources.html import html_records
from ingest.sources.jsons import ENVELOPES, json_document, json_lines
from ingest.sources.records import Record, Unreadable, paper
from ingest.sources.shapes import folded, record
from ingest.sources.streams import HEAD, KNOWN, SourceStream, encoding, text
from ingest.sources.tables import delimiter, parquet_rows, table_rows

Item = Paper | Problem

#: A file whose first records are all unreadable is no file of papers.
MOST_BROKEN = 1_000

#: Characters of an abstract: a question reads its sentences one by one, so that a whole book would hold up each.
LONGEST_ABSTRACT = 50_000

#: Tags in the first 20,000 characters from which a file without an HTML head is still HTML.
_MANY_TAGS = 10
#: What is neither text nor a known archive, for a clearer word than "binary".
_FOREIGN = {
    b"%PDF": "a PDF",
    b"SQLite format 3\0": "a SQLite database",
    b"\x89PNG": "an image",
    b"\xff\xd8": "an image",
}


def read_source(path: str | Path, *, today: date | None = None) -> Iterator[Item]:
    """The papers of a file and what could not be read of it, in order, with bounded memory.

    A paper's ``sources`` say where it stood, a number of line or record; one that a page lists twice has two.
    ``today`` is as for :func:`ingest.pages.read_page`. Raises SourceError, perhaps after some papers, where the file
    can't be read or its form is unknown.
    """
    path = Path(path)
    with SourceStream(path) as stream:
        form = form_of(stream)
        with closing(_page(stream, today) if form == "page" else _records(stream, form)) as items:
            yield from map(_bounded, items)
        if stream.damage:
            yield Problem(path.name, 0, f"{path}: {stream.damage}; what came before is kept.")


def _bounded(item: Item) -> Item:
    if isinstance(item, Problem) or len(item.abstract) <= LONGEST_ABSTRACT:
        return item
    file, position = (item.sources[0].page, item.sources[0].position) if item.sources else ("", 0)
    what = f"the abstract of {item.title[:60]!r} has {len(item.abstract):,} characters, more than {LONGEST_ABSTRACT:,}"
    return Problem(file, position, what)


def form_of(stream: SourceStream) -> str:
    """``parquet``, ``html``, ``json``, ``json lines``, ``bibtex``, ``table`` or ``page``. Raises SourceError."""
    head = stream.head
    if head.startswith(b"PAR1"):
        return "parquet"
    if foreign := next((kind for mark, kind in _FOREIGN.items() if head.startswith(mark)), None):
        raise SourceError(f"{stream.path} is {foreign}. {KNOWN}")
    if not head.strip():
        if stream.damage:
            raise SourceError(f"{stream.path}: {stream.damage}.")
        raise SourceError(f"{stream.path} is empty: there is nothing to read in it.")
    start = _decoded(head, encoding(head, stream.path))
    if not start:
        raise SourceError(f"{stream.path} is empty: there is nothing to read in it.")
    return next((form for form, fits in _FORMS if fits(start)), "page")


def _decoded(head: bytes, name: str) -> str:
    decoder = codecs.getincrementaldecoder(name)("western" if name.startswith("utf-8") else "replace")
    start = decoder.decode(head).lstrip("\ufeff\0 \t\r\n").replace("\r\n", "\n").replace("\r", "\n")
    return start.replace("\0", "")


def _is_json(start: str) -> bool:
    return bool(re.match(r"\{\s*[\"}]|\[\s*(?:[\[{\]\"]|$)", start))


def _is_json_lines(start: str) -> bool:
    """Whether the first line is a record by itself, or a broken one before another.

    An answer whose records are in a list, on one line, is a document; so is what is too long to tell.
    """
    first, end, rest = start.partition("\n")
    if start[0] != "{" or (not end and len(start) > HEAD // 2):
        return False
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return rest.startswith("{")
    return not any(folded(name) in ENVELOPES and isinstance(held, list) for name, held in value.items())


_FORMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("html", lambda start: bool(HTML.match(start)) or len(TAG.findall(start[:20_000])) >= _MANY_TAGS),
    ("json lines", lambda start: _is_json(start) and _is_json_lines(start)),
    ("json", _is_json),
    ("bibtex", lambda start: bool(BIBTEX.search(start))),
    ("table", lambda start: delimiter(start.partition("\n")[0]) is not None),
)
_READERS: dict[str, Callable[[SourceStream], Iterator[tuple[int, Any]]]] = {
    "html": html_records,
    "json lines": json_lines,
    "json": json_document,
    "bibtex": bibtex_entries,
    "table": table_rows,
    "parquet": parquet_rows,
}
#: What the numbers of a form count.
_BY_LINE = ("json lines", "bibtex", "table")


def _records(stream: SourceStream, form: str) -> Generator[Item, None, None]:
    name = stream.path.name
    by_line, found, papers = form in _BY_LINE, 0, 0
    for number, value in _READERS[form](stream):
        found += 1
        if found > MOST_BROKEN and not papers:
            raise SourceError(f"None of the first {MOST_BROKEN} records of {stream.path} has a title and an abstract.")
        try:
            if isinstance(value, Unreadable):
                raise value
            said = value if isinstance(value, Record) else record(value)
            made = paper(said, Source(name, number))
            papers += 1
            yield made
        except Unreadable as error:
            yield Problem(name, number if by_line else 0, _told(name, number, str(error), by_line))
    if not found and not stream.damage:
        raise SourceError(f"{stream.path} holds no record. {KNOWN}")


def _told(name: str, number: int, what: str, by_line: bool) -> str:
    return f"the record {what}" if by_line else f"{name}, record {number}: the record {what}"


def _page(stream: SourceStream, today: date | None) -> Generator[Item, None, None]:
    """The text is small enough to be held, as a page's layout needs it."""
    content = text(stream).read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise SourceError(f"{stream.path} is larger than {MAX_FILE_BYTES >> 20} MiB and of no known form. {KNOWN}")
    try:
        page = parse_page(content, stream.path, today=today)
    except UnknownPage as error:
        raise SourceError(f"{stream.path} is of no known form. {KNOWN}") from error
    yield from page.report.problems
    yield from page.papers
