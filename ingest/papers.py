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

#: Hexadecimal digits of a paper id: 64 bits make a clash unlikely (1e-8) in a million papers.
ID_DIGITS = 16


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where a paper was listed: the page's file name and the paper's position on it, counted from 1."""

    page: str
    position: int


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. ``abstract`` is readable Unicode, ``abstract_raw`` is what stood on the page."""

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


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of an abstract: ``paper.abstract[start:end] == text``."""

    paper_id: str
    ordinal: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One side's find: a chunk and its score (cosine similarity, or BM25), higher is better."""

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


def fold_title(title: str) -> str:
    """The title without case, accents, punctuation and spacing: what two listings of one paper share."""
    decomposed = unicodedata.normalize("NFKD", title).casefold()
    return "".join(char for char in decomposed if char.isalnum())


def paper_id(title: str) -> str:
    """A stable id from the folded title, so that re-ingesting a page finds the paper again."""
    folded = fold_title(title) or title
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def has_code(paper: Paper) -> bool:
    """Whether the abstract links to a code host."""
    return any(host in link.casefold() for link in paper.links for host in CODE_HOSTS)


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
    return replace(
        known,
        abstract=longer.abstract,
        abstract_raw=longer.abstract_raw,
        listed=known.listed or other.listed,
        authors_count=known.authors_count if known.authors_count is not None else other.authors_count,
        authors=known.authors or other.authors,
        organization=known.organization or other.organization,
        comments=max((c for c in (known.comments, other.comments) if c is not None), default=None),
        arxiv_id=known.arxiv_id or other.arxiv_id,
        links=tuple(dict.fromkeys(longer.links + known.links + other.links)),
        sources=tuple(sorted({*known.sources, *other.sources})),
    )


def merge_all(papers: Iterable[Paper]) -> dict[str, Paper]:
    """Distinct papers by id, in order of first appearance."""
    merged: dict[str, Paper] = {}
    for paper in papers:
        merged[paper.id] = merge(merged[paper.id], paper) if paper.id in merged else paper
    return merged
