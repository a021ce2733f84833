"""What the library holds of a paper, and how that lies in Chroma's rows: everything can be rebuilt from them alone.

A paper is one row a chunk, with the id ``paper_id:ordinal`` and the chunk's text as the document. Row 0 carries the
paper's record as JSON in its metadata::

    id        "0f3c5a1be2d94c77:0"
    document  "Knowledge distillation (KD) is a common approach to …"
    metadata  {"generation": 12, "listed": 20240219, "record": "{\"title\": …, \"spans\": [[0, 1184]], …}"}

The record keeps what each page said of the paper, so that a page read again replaces its own words and nothing
else, and the order in which pages are read does not matter. Knows nothing of files, vectors or Chroma's API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from typing import Any

from ingest.papers import Chunk, Paper, Source, merge

#: Fields of a Paper that a record keeps as they are; the others need a form of their own.
_PLAIN = ("authors_count", "organization", "comments", "arxiv_id")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
#: A day as a number that sorts: 2024-02-19 is 20240219.
DayNumber = int


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as the library holds it: merged, with what each page said of it and where its chunks lie."""

    paper: Paper
    observed: Mapping[str, Paper]
    spans: tuple[tuple[int, int], ...] = ((0, 0),)

    def chunk(self, ordinal: int) -> Chunk:
        """The chunk of that ordinal; the whole abstract where a changed paper has no such chunk any more."""
        start, end = self.spans[ordinal] if 0 <= ordinal < len(self.spans) else (0, len(self.paper.abstract))
        return Chunk(self.paper.id, ordinal, self.paper.abstract[start:end], start, end)

    def chunks(self) -> tuple[Chunk, ...]:
        return tuple(self.chunk(ordinal) for ordinal in range(len(self.spans)))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the collection. A metadata value of None drops what stood under that key."""

    id: str
    document: str
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])


def observe(held: Entry | None, listings: Iterable[Paper]) -> Entry:
    """``held`` after new readings of the paper: a page's own earlier words give way, other pages' words stay."""
    seen: dict[str, Paper] = {}
    for paper in map(_storable, listings):
        page = paper.sources[0].page if paper.sources else ""
        seen[page] = merge(seen[page], paper) if page in seen else paper
    observed = dict(sorted({**(held.observed if held else {}), **seen}.items()))
    return Entry(reduce(merge, observed.values()), observed, held.spans if held else ((0, 0),))


def with_chunks(entry: Entry, chunks: Sequence[Chunk]) -> Entry:
    """``entry`` cut into ``chunks``; a paper without an abstract still has one, empty chunk."""
    return replace(entry, spans=tuple((chunk.start, chunk.end) for chunk in chunks) or ((0, 0),))


def embedding_text(title: str, text: str) -> str:
    """What is embedded for a chunk: its paper's title leads, since most questions name what the title names."""
    return f"{title}. {text}" if text else title


def row_id(paper_id: str, ordinal: int) -> str:
    return f"{paper_id}:{ordinal}"


def split_row_id(identifier: str) -> tuple[str, int]:
    """Paper id and ordinal. Raises ValueError for an id that is not one of ours."""
    paper, _, ordinal = identifier.rpartition(":")
    return paper, int(ordinal)


def rows(entry: Entry, generation: int) -> list[Row]:
    """All rows of ``entry``, row 0 first."""
    made = []
    for chunk in entry.chunks():
        metadata: dict[str, Any] = {"generation": generation, "listed": day_number(entry.paper.listed), "record": None}
        if chunk.ordinal == 0:
            metadata["record"] = _record(entry, chunk.text)
        made.append(Row(row_id(chunk.paper_id, chunk.ordinal), chunk.text, metadata))
    return made


def entry(paper_id: str, document: str, metadata: Mapping[str, Any]) -> Entry:
    """The entry that row 0 holds. Raises ValueError where it is not a row of ours."""
    try:
        record = json.loads(metadata["record"])
        paper = _paper(paper_id, record, document)
        spans = tuple((int(start), int(end)) for start, end in record["spans"])
        pages = {page: replace(paper, sources=(), **_fields(said)) for page, said in record["observed"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"row {paper_id}:0 holds no record") from error
    observed = {page: _sourced(said, page, paper.sources) for page, said in pages.items()}
    return Entry(paper, observed, spans)


def day_number(day: date | None) -> DayNumber | None:
    return None if day is None else day.year * 10_000 + day.month * 100 + day.day


def _storable(paper: Paper) -> Paper:
    """``paper`` without lone surrogates, which neither Chroma nor tantivy takes."""
    words = {name: getattr(paper, name) for name in ("title", "abstract", "abstract_raw", "organization", "arxiv_id")}
    try:
        "".join(value or "" for value in (*words.values(), *(paper.authors or ()), *paper.links)).encode()
    except UnicodeEncodeError:
        whole = {name: _SURROGATES.sub("\ufffd", value) for name, value in words.items() if value}
        authors = None if paper.authors is None else tuple(_SURROGATES.sub("\ufffd", name) for name in paper.authors)
        return replace(paper, **whole, authors=authors, links=tuple(_SURROGATES.sub("", link) for link in paper.links))
    return paper


def _sourced(said: Paper, page: str, sources: tuple[Source, ...]) -> Paper:
    return replace(said, sources=tuple(source for source in sources if source.page == page))


def _record(entry: Entry, document: str) -> str:
    paper = entry.paper
    record = _said(paper, Paper(paper.id, "", document, abstract_raw=paper.abstract))
    record["sources"] = [[source.page, source.position] for source in paper.sources]
    record["spans"] = [list(span) for span in entry.spans]
    record["observed"] = {page: _said(seen, paper) for page, seen in entry.observed.items()}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _said(paper: Paper, known: Paper) -> dict[str, Any]:
    """The fields of ``paper`` that differ from ``known``, as JSON has them."""
    said: dict[str, Any] = {name: getattr(paper, name) for name in ("title", "abstract", "abstract_raw", *_PLAIN)}
    said["listed"] = paper.listed.isoformat() if paper.listed else None
    said["authors"] = None if paper.authors is None else list(paper.authors)
    said["links"] = list(paper.links)
    then = {name: getattr(known, name) for name in ("title", "abstract", "abstract_raw", *_PLAIN)}
    then["listed"] = known.listed.isoformat() if known.listed else None
    then["authors"] = None if known.authors is None else list(known.authors)
    then["links"] = list(known.links)
    return {name: value for name, value in said.items() if value != then[name]}


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Values of Paper's fields from their JSON."""
    fields = dict(said)
    if "listed" in fields:
        fields["listed"] = date.fromisoformat(fields["listed"]) if fields["listed"] else None
    if "authors" in fields:
        fields["authors"] = None if fields["authors"] is None else tuple(fields["authors"])
    if "links" in fields:
        fields["links"] = tuple(fields["links"])
    return fields


def _paper(paper_id: str, record: Mapping[str, Any], document: str) -> Paper:
    named = {name: value for name, value in record.items() if name not in ("sources", "spans", "observed")}
    abstract = named.get("abstract", document)
    known = Paper(paper_id, "", abstract, abstract_raw=abstract)
    sources = tuple(Source(page, int(position)) for page, position in record["sources"])
    return replace(known, sources=sources, **_fields(named))
