r"""A listing page saved as HTML: the records that it carries for its own script, or what it shows. Knows no Paper.

The hub writes all of a page's papers into an attribute, as JSON with the quotes escaped::

    <div data-target="DailyPapers" data-props="{&quot;dailyPapers&quot;:[{&quot;paper&quot;:{&quot;id&quot;:…">

Where a browser has left that out there are headings with a link, and the abstract in a paragraph near them::

    <article><h3><a href="/papers/2502.08946">Tide Networks</a></h3> <p>We show that …</p> <time datetime="2025-02-13">

Only tags are told apart, each at once, so that no markup however broken takes more than one pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from ingest.errors import SourceError
from ingest.listing.bylines import parse_authors
from ingest.listing.sources import MAX_FILE_BYTES
from ingest.sources.records import Record, Unreadable, arxiv_id, day
from ingest.sources.streams import SourceStream, text

Numbered = tuple[int, Any]

_PROPS = re.compile(r"\sdata-props=(?:\"([^\"]*)\"|'([^']*)')")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)\b([^<>]*)>")
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_SILENT = frozenset({"script", "style", "svg", "nav", "header", "footer", "noscript", "template"})
#: Tags within a line; any other begins a new piece of text.
_INLINE = frozenset({"a", "b", "i", "em", "strong", "span", "sub", "sup", "mark", "code", "wbr", "small", "u", "br"})
#: The shortest abstract has some hundred characters; buttons and counts have fewer.
SHORTEST_ABSTRACT = 80
#: How deep the lists of papers lie in the page's own data.
_DEEPEST = 6


def html_records(stream: SourceStream) -> Iterator[Numbered]:
    """The page's papers as JSON records or as Records, counted from 1. Raises SourceError for a page of none."""
    page = text(stream).read(MAX_FILE_BYTES + 1)
    if len(page) > MAX_FILE_BYTES:
        raise SourceError(f"{stream.path} is larger than {MAX_FILE_BYTES >> 20} MiB, too large for a listing page.")
    found = list(_carried(page)) or list(_shown(page))
    if not found:
        raise SourceError(f"{stream.path} is an HTML page that lists no papers with abstracts; save the page as text.")
    yield from enumerate(found, start=1)


# ------------------------------------------------------------------------------------- what the page carries


def _carried(page: str) -> Iterator[Mapping[str, Any]]:
    seen: set[str] = set()
    for props in _PROPS.finditer(page):
        written = unescape(props[1] or props[2] or "")
        if '"summary"' not in written and '"abstract"' not in written:
            continue
        try:
            value = json.loads(written)
        except (ValueError, RecursionError):
            continue
        for paper in _papers_in(value, 0):
            key = json.dumps(paper.get("paper", paper), sort_keys=True, default=str)[:4_000]
            if key not in seen:  # pages carry a paper twice, for the list and for the dialogue that opens it
                seen.add(key)
                yield paper


def _papers_in(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        inner: Mapping[str, Any] = value["paper"] if isinstance(value.get("paper"), dict) else value
        if inner.get("title") and ("summary" in inner or "abstract" in inner):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _papers_in(part, depth + 1)


# -------------------------------------------------------------------------------------- what the page shows


@dataclass(slots=True)
class _Entry:
    """A paper on the page as far as it has been seen; ``texts`` are the pieces after its title."""

    title: str = ""
    code: str | None = None
    day: str = ""
    authors: int | None = None
    texts: list[str] = field(default_factory=list[str])

    def record(self) -> Record | Unreadable:
        abstract = max(self.texts, key=len, default="")
        if len(abstract) < SHORTEST_ABSTRACT:
            return Unreadable(f'"{self.title[:60]}" has no abstract on this page')
        published = day(self.day)
        return Record(self.title, abstract, None, self.authors, self.code, listed=published)


def _shown(page: str) -> Iterator[Record | Unreadable]:
    entries = [entry for entry in _entries(page) if entry.title]
    records = [entry.record() for entry in entries]
    if any(isinstance(record, Record) for record in records):
        yield from (r for e, r in zip(entries, records, strict=True) if isinstance(r, Record) or e.code)


def _entries(page: str) -> Iterator[_Entry]:
    """Each article begins an entry, and each heading after the first one's title."""
    entry, heading, inside = _Entry(), "", False
    title: list[str] = []
    for tag, attributes, said in _pieces(page):
        if heading:
            title.append(said)
        elif said:
            entry.texts.append(said.removeprefix("Abstract "))
            entry.authors = entry.authors or parse_authors(said)
        if tag == "article" or (tag in _HEADINGS and entry.title):
            yield entry
            entry = _Entry()
        inside = tag == "article" or (inside and tag != "/article")
        if tag in _HEADINGS:
            heading, title, entry.texts = tag, [], []
        elif heading and tag == "/" + heading:
            entry.title, heading = " ".join(" ".join(title).split()), ""
        elif tag == "a" and not entry.code:
            entry.code = _code(attributes.get("href", ""), near=inside or bool(heading))
        elif tag == "time":
            entry.day = entry.day or attributes.get("datetime", "")
    yield entry


def _code(href: str, *, near: bool) -> str | None:
    """The arXiv id in a link; one to a paper's page on the hub counts only ``near`` the paper's title."""
    bare = href.partition("#")[0].partition("?")[0]
    return arxiv_id(re.sub(r"^/papers/", "https://huggingface.co/papers/", bare) if near else bare)


def _pieces(page: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Each tag that matters with its attributes, and the text that stood before it."""
    at, silent, parts = 0, "", []
    for found in _TAG.finditer(page):
        name = found[2].lower()
        if not silent:
            parts.append(page[at : found.start()])
        at = found.end()
        if silent:
            silent = "" if found[1] and name == silent else silent
            continue
        if name in _SILENT and not found[1]:
            silent = name
        if name in _INLINE and (name != "a" or found[1]):
            continue
        said, parts = " ".join(unescape("".join(parts)).split()), []
        if name == "a" and not _ENDS_LINE.search(said):
            # A link within a line parts no text; one of its own, as around a card, does no harm.
            parts, said = [said + " "] if said else [], ""
        attributes = {n: unescape(a or b or c) for n, a, b, c in _ATTRIBUTE.findall(found[3])}
        yield found[1] + name, attributes, said
    yield "", {}, " ".join(unescape("".join([*parts, page[at:]])).split()) if not silent else ""


_ENDS_LINE = re.compile(r"[.!?]$")
