"""The values that flow from a page to the library: pure, frozen, with no idea of files or databases.

A :class:`Paper` is known by its folded title, so that the same paper listed on several pages, with or
without its metadata, is one paper. Merging two records of a paper keeps every source and the richest
of each field.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import NamedTuple
from urllib.parse import quote, urlencode

#: Hexadecimal digits of a paper id: 64 bits make a clash unlikely (1e-8) in a million papers.
ID_DIGITS = 16


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where a paper was listed: the page's file name and the paper's position on it, counted from 1."""

    page: str
    position: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. ``abstract`` is readable Unicode, ``abstract_raw`` is what stood on the page.

    ``listed`` is the day of its listing, or, where no listing says, of its publication; ``arxiv_id`` has no version,
    ``doi`` is in lower case; ``links`` are to code and the like, ``url`` is the paper's own page.
    """

    id: str
    title: str
    abstract: str
    abstract_raw: str = ""
    listed: date | None = None
    authors_count: int | None = None
    authors: tuple[str, ...] | None = None
    organization: str | None = None
    comments: int | None = None
    arxiv_id: str | None = None
    links: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    doi: str | None = None
    published: date | None = None
    categories: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Where a paper can be read about: who has it, and the address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of an abstract: ``paper.abstract[start:end] == text``."""

    paper_id: str
    ordinal: int
    text: str
    start: int
    end: int


class Hit(NamedTuple):
    """One side's find: a chunk and its score (cosine similarity, or BM25), higher is better.

    A tuple, because every question makes two hundred of them.
    """

    paper_id: str
    ordinal: int
    score: float


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may be found. Dates are inclusive; a paper without a date fails a date filter.

    ``organization`` matches without regard to case, anywhere in the handle or name; ``source`` is a page's
    file name with or without extension; ``has_code`` asks for a link to a code host in the abstract.
    """

    since: date | None = None
    until: date | None = None
    organization: str | None = None
    source: str | None = None
    has_code: bool | None = None

    def __bool__(self) -> bool:
        return self != Filters()


#: Hosts whose links count as code for ``Filters.has_code``.
CODE_HOSTS = ("github.com", "github.io", "gitlab.com", "bitbucket.org", "huggingface.co", "codeberg.org", "gitee.com")
#: Where a title is looked for that comes without any id.
TITLE_SEARCH = "https://arxiv.org/search/"
#: What the title's folding makes of each ASCII character.
_ASCII_FOLDED = {code: chr(code).lower() if chr(code).isalnum() else None for code in range(128)}


def fold_title(title: str) -> str:
    """The title without case, accents, punctuation and spacing: what two listings of one paper share."""
    if title.isascii():  # most are, and each is folded several times: the same, fifty times as fast
        return title.translate(_ASCII_FOLDED)
    decomposed = unicodedata.normalize("NFKD", title).casefold()
    return "".join(char for char in decomposed if char.isalnum())


def paper_id(title: str) -> str:
    """A stable id from the folded title, so that re-ingesting a page finds the paper again."""
    folded = fold_title(title) or title
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def has_code(paper: Paper) -> bool:
    """Whether the abstract links to a code host."""
    return any(host in link.casefold() for link in paper.links for host in CODE_HOSTS)


def paper_links(paper: Paper) -> tuple[Link, ...]:
    """The pages on which the paper can be read, the nearest first; a search for its title where none is known."""
    found = []
    if paper.arxiv_id:
        found.append(Link("arXiv", f"https://arxiv.org/abs/{quote(paper.arxiv_id, safe='/')}"))
        if "/" not in paper.arxiv_id:  # the hub knows no ids of before April 2007
            found.append(Link("Hugging Face", f"https://huggingface.co/papers/{quote(paper.arxiv_id)}"))
    if paper.doi:
        found.append(Link("DOI", f"https://doi.org/{quote(paper.doi, safe='/:;()')}"))
    if paper.url and paper.url.startswith(("https://", "http://")) and paper.url not in {link.url for link in found}:
        found.append(Link("Page", paper.url))
    if not found:
        found.append(Link("Search", f"{TITLE_SEARCH}?{urlencode({'searchtype': 'title', 'query': paper.title})}"))
    return tuple(found)


def admits(filters: Filters, paper: Paper) -> bool:
    """Whether ``paper`` passes every filter that is set."""
    if (filters.since or filters.until) and paper.listed is None:
        return False
    if filters.since and paper.listed and paper.listed < filters.since:
        return False
    if filters.until and paper.listed and paper.listed > filters.until:
        return False
    if filters.organization and filters.organization.casefold() not in (paper.organization or "").casefold():
        return False
    if filters.source and not any(filters.source in (s.page, s.page.rpartition(".")[0]) for s in paper.sources):
        return False
    return filters.has_code is None or has_code(paper) == filters.has_code


def merge(known: Paper, other: Paper) -> Paper:
    """One paper from two records of it: every source, every link, the richest of each field.

    The longer abstract wins, since listings sometimes cut one short; on equal length the known one stays.
    """
    longer = other if len(other.abstract) > len(known.abstract) else known
    published = _published(known, other)
    return replace(
        known,
        abstract=longer.abstract,
        abstract_raw=longer.abstract_raw,
        listed=_listing(known) or _listing(other) or published or known.listed,
        authors_count=known.authors_count if known.authors_count is not None else other.authors_count,
        authors=known.authors or other.authors,
        organization=known.organization or other.organization,
        comments=max((c for c in (known.comments, other.comments) if c is not None), default=None),
        arxiv_id=known.arxiv_id or other.arxiv_id,
        links=tuple(dict.fromkeys(longer.links + known.links + other.links)),
        sources=tuple(sorted({*known.sources, *other.sources})),
        doi=known.doi or other.doi,
        published=published,
        categories=known.categories or other.categories,
        url=known.url or other.url,
    )


def _listing(paper: Paper) -> date | None:
    """The day of a listing; None where ``listed`` only repeats when the paper was published."""
    return None if paper.listed == paper.published else paper.listed


def _published(known: Paper, other: Paper) -> date | None:
    """The earlier day; the first of January, which stands for a year alone, only where no other is known."""
    days = [day for day in (known.published, other.published) if day]
    return min(days, key=lambda day: ((day.month, day.day) == (1, 1), day), default=None)


def by_richness(paper: Paper) -> tuple[object, ...]:
    """Sorts records of one paper, the one that says most first; no two different records sort alike."""
    said = (
        paper.arxiv_id,
        paper.doi,
        paper.authors,
        paper.published,
        paper.categories,
        paper.url,
        paper.listed,
        paper.organization,
        paper.authors_count,
        paper.comments,
    )
    known = sum(value not in (None, ()) for value in said)
    return -known, paper.sources, paper.title, paper.abstract, repr(said)


def combined(records: Iterable[Paper]) -> Paper:
    """One paper from all ``records`` of it, whatever their order: the richest first. Raises ValueError for none."""
    first, *others = sorted(records, key=by_richness)
    return reduce(merge, others, first)


def merge_all(papers: Iterable[Paper]) -> dict[str, Paper]:
    """Distinct papers by id, in order of first appearance."""
    merged: dict[str, Paper] = {}
    for paper in papers:
        merged[paper.id] = merge(merged[paper.id], paper) if paper.id in merged else paper
    return merged
