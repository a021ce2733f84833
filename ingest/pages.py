"""Listing pages: a file in, its papers and its problems out. Knows nothing of libraries or questions.

Two forms of a page are known. The plain one holds a line of title and a line of abstract in turn; its first
title is glued to the word before it::

    Get trending papers in your email inbox!
    SubscribeRevisiting Knowledge Distillation for Autoregressive Language Models
    Knowledge distillation (KD) is a common approach to compress a teacher model to reduce its inference cost ...
    NTSEBENCH: Cognitive Reasoning Benchmark for Vision Language Models
    Cognitive textual and visual reasoning tasks, such as puzzles, series, and analogies, demand the ability ...

The dated one begins with the page's date and parts its paragraphs by blank lines; most papers have a byline
(see :mod:`ingest.listing.bylines`)::

    Subscribe

    Daily Papers

    Dec 8

    Meta Automatic Curriculum Learning

    A major challenge in the Deep RL (DRL) community is to train agents able to generalize their control ...

      • 4 authors
    ·
    Nov 16, 2020

Both are values of :data:`LAYOUTS`, tried in turn; the one that understands more of the page is taken. Every
block of the page becomes a paper, a duplicate or a problem, so that a changed layout shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.abstracts import links, readable
from ingest.errors import SourceError
from ingest.listing import bylines, sources
from ingest.listing.blocks import Block, NumberedLine, blocks, is_long, shown
from ingest.listing.bylines import Byline, Day
from ingest.papers import Paper, Source, merge, paper_id

#: What stands around a listing and is no part of it.
_FURNITURE = re.compile(
    r"new|subscribe|daily papers|trending papers|papers|previous|next|load more|log in|sign up|hugging face"
    r"|by ?\w+ and the research community|.{0,80}\binbox\b.{0,40}",
    re.IGNORECASE,
)
# "Subscribers" and "Subscribed" are words; anything else that follows without a space was glued on.
_GLUED = re.compile(r"Subscribe(?!(?:rs?|d|s)\b)(?=\S)")

#: Characters of the longest line in a file without a page's head, below which it is no listing: a script, a note.
PROSE = 60
#: Two abstracts of one title are the same paper's when this share of the shorter one's words is in both.
_SAME_ABSTRACT = 0.6


class UnknownPage(SourceError):
    """A text that is no listing page of a known form."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read: the page's file name, the line (from 1; 0 for the whole file) and the reason."""

    file: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class PageReport:
    """A page's receipt: ``papers + duplicates + len(problems) == blocks``."""

    file: str
    layout: str
    blocks: int
    papers: int
    duplicates: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read: its distinct papers in order and the receipt.

    ``duplicates`` counts the listings of a paper that the page had listed already; they are merged into it.
    """

    papers: tuple[Paper, ...]
    report: PageReport


@dataclass(frozen=True, slots=True)
class Layout:
    """One form of a page: how to find the end of its head, and whether blank lines part its paragraphs.

    ``begin`` gives the lines after the head and the page's date, or None where the head is not of this form.
    """

    name: str
    begin: Callable[[Sequence[NumberedLine]], tuple[list[NumberedLine], Day | None] | None]
    paragraphs: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """A page as one layout sees it; ``marked``: something of a known page's head was seen."""

    layout: Layout
    blocks: list[Block]
    day: Day | None
    begun: bool
    marked: bool

    @property
    def papers(self) -> int:
        return sum(block.problem is None for block in self.blocks)


def _after_date(lines: Sequence[NumberedLine]) -> tuple[list[NumberedLine], Day | None] | None:
    """The dated head ends with the page's date in a paragraph of its own."""
    for index, (_, text) in enumerate(lines):
        if is_long(text) or bylines.is_dot(text):
            return None
        if day := bylines.parse_day(text):
            return list(lines[index + 1 :]), day
    return None


def _after_glue(lines: Sequence[NumberedLine]) -> tuple[list[NumberedLine], Day | None] | None:
    """The plain head ends with the word that is glued to the first title."""
    for index, (number, text) in enumerate(lines):
        if is_long(text):
            return None
        if glued := _GLUED.match(text):
            return [(number, text[glued.end() :].strip()), *lines[index + 1 :]], None
    return None


LAYOUTS = (
    Layout("dated", _after_date, paragraphs=True),
    Layout("plain", _after_glue, paragraphs=False),
)


def read_page(path: str | Path, *, today: date | None = None) -> Page:
    """The papers of a listing page and its receipt.

    ``today`` settles the year of a page that writes out none (default: this day). Raises SourceError where the
    file can't be read or is no listing page of a known form.
    """
    path = Path(path)
    text = sources.read_text(path)
    return parse_page(text, path, today=today)


def parse_page(text: str, path: Path, *, today: date | None = None) -> Page:
    """:func:`read_page` of a text that is at hand; ``path`` is for the messages and the papers' sources."""
    lines = sources.numbered_lines(text, path)
    readings = [_read(layout, lines) for layout in LAYOUTS]
    begun = [reading for reading in readings if reading.begun] or readings
    best = max(begun, key=lambda reading: 2 * reading.papers - len(reading.blocks))
    _refuse_unknown(best, path)
    return _interpret(best, path.name, today or date.today())


def bundled() -> tuple[Path, ...]:
    """The listing pages that ship with the package, by name."""
    from importlib.resources import files  # costs more to import than all of this package's parsing

    corpus = Path(str(files("ingest") / "corpus"))
    return tuple(sorted(corpus.glob("*.txt")))


def _read(layout: Layout, lines: Sequence[NumberedLine]) -> _Reading:
    begun = layout.begin(lines)
    body, day = begun if begun is not None else (lines, None)
    body = [(number, "" if _FURNITURE.fullmatch(text) else text) for number, text in body]
    marked = begun is not None or any(_FURNITURE.fullmatch(text) for _, text in lines[:20])
    return _Reading(layout, blocks(body, paragraphs=layout.paragraphs), day, begun is not None, marked)


def _refuse_unknown(reading: _Reading, path: Path) -> None:
    if not reading.blocks or (reading.papers == 0 and not reading.marked):
        raise UnknownPage(f"{path} holds no paper in a known form: a listing page has a title, then its abstract.")
    if not reading.marked and max(len(text) for block in reading.blocks for text in ("", *block.abstract)) < PROSE:
        raise UnknownPage(f"{path} holds no paper in a known form: nothing in it is as long as an abstract.")
    if not reading.marked and 2 * reading.papers < len(reading.blocks):
        raise UnknownPage(
            f"{path} is not a listing page of a known form: only {reading.papers} of its {len(reading.blocks)} blocks "
            f"read as a title with an abstract."
        )


# -------------------------------------------------------------------------------------------- blocks to papers


def _interpret(reading: _Reading, file: str, today: date) -> Page:
    papers: dict[str, Paper] = {}
    problems: list[Problem] = []
    position = duplicates = 0
    dated = _with_dates(reading, today)
    for block, listed in dated:
        if block.problem is not None:
            problems.append(Problem(file, block.line, block.problem))
            continue
        position += 1
        paper = _paper(block, Source(file, position), listed)
        if not (paper.title and paper.abstract):
            problems.append(Problem(file, block.line, f"nothing readable in the entry {shown(block.title)}"))
            continue
        known = papers.get(paper.id)
        if known is None:
            papers[paper.id] = paper
        elif _same(known.abstract, paper.abstract):
            papers[paper.id] = merge(known, paper)
            duplicates += 1
        else:
            what = f"the title {shown(paper.title)} stands on this page already, with another abstract"
            problems.append(Problem(file, block.line, what))
    problems.sort(key=lambda problem: problem.line)
    report = PageReport(file, reading.layout.name, len(dated), len(papers), duplicates, tuple(problems))
    return Page(tuple(papers.values()), report)


def _with_dates(reading: _Reading, today: date) -> list[tuple[Block, date | None]]:
    """Each block with the date of its byline; a date that can't be is a block of its own, with its problem."""
    days = [block.byline.day for block in reading.blocks if block.byline and block.byline.day]
    year = bylines.page_year(days, reading.day, today)
    dated: list[tuple[Block, date | None]] = []
    for block in reading.blocks:
        day = block.byline.day if block.byline else None
        listed = bylines.resolve(day, reading.day, year, today) if day else None
        dated.append((block, listed))
        if day and block.problem is None and listed is None:
            what = (
                f"the date under the paper {shown(block.title)} is impossible: {day.month}/{day.day}/{day.year or year}"
            )
            dated.append((Block(block.line, problem=what), None))
    return dated


def _paper(block: Block, source: Source, listed: date | None) -> Paper:
    raw = "\n".join(block.abstract)
    title = readable(block.title)
    byline = block.byline or Byline()
    return Paper(
        id=paper_id(title),
        title=title,
        abstract=readable(raw),
        abstract_raw=raw,
        listed=listed,
        authors_count=byline.authors_count,
        organization=byline.organization,
        comments=byline.day.comments if byline.day else None,
        links=links(raw),
        sources=(source,),
    )


def _same(abstract: str, other: str) -> bool:
    words, others = set(abstract.casefold().split()), set(other.casefold().split())
    return len(words & others) >= _SAME_ABSTRACT * min(len(words), len(others))
