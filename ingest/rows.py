"""What the library holds of a paper, and how that lies in Chroma's rows: everything can be rebuilt from them alone.

A paper is one row a chunk, with the id ``paper_id:ordinal`` and the chunk's text, which :mod:`ingest.storage.layout`
has as a document or in the metadata. Row 0 carries the paper's record as JSON::

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
from itertools import chain
from typing import Any

from ingest.papers import Chunk, Paper, Source, combined, merge

#: Fields of a Paper that a record keeps as they are; the others need a form of their own.
_PLAIN = ("authors_count", "organization", "comments", "arxiv_id", "doi", "url")
_WORDS = ("title", "abstract", "abstract_raw", "organization", "arxiv_id", "doi", "url")
_DAYS, _LISTS = ("listed", "published"), ("authors", "links", "categories")
#: What a record holds besides the paper's fields.
_OF_THE_ENTRY = ("sources", "spans", "observed", "questions")
#: Parts a page's name and a number, where the page has several readings of a paper that say different things.
_NTH = "\t"
_SURROGATES = re.compile(r"[\ud800-\udfff]")
#: A day as a number that sorts: 2024-02-19 is 20240219.
DayNumber = int


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as the library holds it: merged, with what each page said of it and where its chunks lie.

    ``questions`` were written by a model for the search alone: they are never shown and no evidence; None where no
    model has been asked.
    """

    paper: Paper
    observed: Mapping[str, Paper]
    spans: tuple[tuple[int, int], ...] = ((0, 0),)
    questions: tuple[str, ...] | None = None

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


def observe(held: Entry | None, listings: Iterable[Paper], *, apart: bool = False) -> Entry:
    """``held`` after new readings of the paper: a page's own earlier words give way, other pages' words stay.

    Readings of one page are merged into one, or kept ``apart``, as the first, second, … that the page has.
    """
    seen: dict[str, Paper] = {}
    for paper in map(storable, listings):
        page = name = paper.sources[0].page if paper.sources else ""
        while apart and name in seen:
            name = f"{page}{_NTH}{int(name.partition(_NTH)[2] or 1) + 1}"
        seen[name] = merge(seen[name], paper) if name in seen else paper
    observed = dict(sorted({**(held.observed if held else {}), **seen}.items()))
    return Entry(
        combined(observed.values()),
        observed,
        held.spans if held else ((0, 0),),
        held.questions if held else None,
    )


def page_of(name: str) -> str:
    """The page of a reading's name in ``Entry.observed``: a page's second reading of a paper is "page\\t2"."""
    return name.partition(_NTH)[0]


def with_chunks(entry: Entry, chunks: Sequence[Chunk]) -> Entry:
    """``entry`` cut into ``chunks``; a paper without an abstract still has one, empty chunk."""
    return replace(entry, spans=tuple((chunk.start, chunk.end) for chunk in chunks) or ((0, 0),))


def embedding_text(title: str, text: str) -> str:
    """What is embedded for a chunk: its paper's title leads, since most questions name what the title names."""
    return f"{title}. {text}" if text else title


def embedding_texts(entry: Entry) -> list[str]:
    """What is embedded for each chunk of ``entry``; the questions that were written for the paper go with the first."""
    texts = [embedding_text(entry.paper.title, chunk.text) for chunk in entry.chunks()]
    return [" ".join((texts[0], *(entry.questions or ()))), *texts[1:]]


def token_text(title: str, abstract: str) -> str:
    """What a paper's tokens are taken from, for matching the words of a question one by one."""
    return f"{title} {abstract}"


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
        observed = {page: _seen(said, page, paper) for page, said in record["observed"].items()}
        questions = None if record.get("questions") is None else tuple(map(str, record["questions"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"row {paper_id}:0 holds no record") from error
    return Entry(paper, observed, spans, questions)


def day_number(day: date | None) -> DayNumber | None:
    return None if day is None else day.year * 10_000 + day.month * 100 + day.day


def storable(paper: Paper) -> Paper:
    """``paper`` without lone surrogates, which neither Chroma nor tantivy takes."""
    words = {name: getattr(paper, name) for name in _WORDS}
    lists = {name: getattr(paper, name) for name in _LISTS}
    try:
        "".join(value or "" for value in (*words.values(), *chain(*filter(None, lists.values())))).encode()
    except UnicodeEncodeError:
        whole = {name: _SURROGATES.sub("\ufffd", value) for name, value in words.items() if value}
        parts = {name: tuple(_SURROGATES.sub("\ufffd", p) for p in value) for name, value in lists.items() if value}
        return replace(paper, **whole, **parts)
    return paper


def _seen(said: Mapping[str, Any], name: str, paper: Paper) -> Paper:
    page = page_of(name)
    places = said.get("positions")
    sources = tuple(
        Source(page, source.position)
        for source in paper.sources
        if source.page == page and (places is None or source.position in places)
    )
    return replace(paper, sources=sources, **_fields({key: said[key] for key in said if key != "positions"}))


def _record(entry: Entry, document: str) -> str:
    paper = entry.paper
    record = _said(paper, Paper(paper.id, "", document, abstract_raw=paper.abstract))
    record["sources"] = [[source.page, source.position] for source in paper.sources]
    record["spans"] = [list(span) for span in entry.spans]
    if entry.questions is not None:
        record["questions"] = list(entry.questions)
    record["observed"] = {page: _said(seen, paper) for page, seen in entry.observed.items()}
    shared = {page_of(name) for name in entry.observed if name != page_of(name)}
    for name, seen in entry.observed.items():
        if page_of(name) in shared:
            record["observed"][name]["positions"] = [source.position for source in seen.sources]
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _said(paper: Paper, known: Paper) -> dict[str, Any]:
    """The fields of ``paper`` that differ from ``known``, as JSON has them."""
    then = _values(known)
    return {name: value for name, value in _values(paper).items() if value != then[name]}


def _values(paper: Paper) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(paper, name) for name in ("title", "abstract", "abstract_raw", *_PLAIN)}
    for name in _DAYS:
        day: date | None = getattr(paper, name)
        values[name] = day.isoformat() if day else None
    for name in _LISTS:
        some: tuple[str, ...] | None = getattr(paper, name)
        values[name] = None if some is None else list(some)
    return values


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Values of Paper's fields from their JSON."""
    fields = dict(said)
    for name in _DAYS:
        if name in fields:
            fields[name] = date.fromisoformat(fields[name]) if fields[name] else None
    for name in _LISTS:
        if name in fields:
            fields[name] = None if fields[name] is None else tuple(fields[name])
    return fields


def _paper(paper_id: str, record: Mapping[str, Any], document: str) -> Paper:
    named = {name: value for name, value in record.items() if name not in _OF_THE_ENTRY}
    abstract = named.get("abstract", document)
    known = Paper(paper_id, "", abstract, abstract_raw=abstract)
    sources = tuple(Source(page, int(position)) for page, position in record["sources"])
    return replace(known, sources=sources, **_fields(named))
