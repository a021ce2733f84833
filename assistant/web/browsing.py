"""Finding and listing papers for the library's tab: all of them in some order, those that fit words, those like one.

Returns values and HTML; knows no Gradio.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

from assistant.web.cards import facts
from ingest.papers import Paper

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: Papers on one screen of the list, and at most.
SCREEN, MOST = 30, 300
ORDERS = ("Newest first", "Oldest first", "Title", "Most discussed")


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked for: words, or papers like one; ``shown`` is how many rows are asked for."""

    words: str = ""
    order: str = ORDERS[0]
    organization: str = ""
    alike: str = ""
    shown: int = SCREEN


@dataclass(frozen=True, slots=True)
class Found:
    """Papers in order, how many fit in all, and a sentence that says what they are."""

    papers: tuple[Paper, ...]
    total: int
    said: str


def find(assistant: Assistant, look: Look) -> Found:
    """What ``look`` finds; no more than :data:`MOST` papers."""
    shown = min(MOST, max(1, look.shown))
    if look.alike:
        return _alike(assistant, look.alike)
    words = look.words.strip()
    fitting = (
        paper
        for paper in assistant.papers(words or None)
        if not look.organization or paper.organization == look.organization
    )
    counted = _Counted(fitting)
    papers = heapq.nsmallest(shown, counted, key=lambda paper: _key(paper, look.order))
    if papers or not words:
        noun = "paper" if counted.count == 1 else "papers"
        return Found(tuple(papers), counted.count, f"{counted.count:,} {noun}" + (f" with “{words}”" if words else ""))
    near = tuple(passage.paper for passage in assistant.search(words[:1_000], limit=10))
    said = f"No abstract holds “{words}”. " + ("Nearest in meaning:" if near else "Try fewer words.")
    return Found(near, len(near), said)


def _alike(assistant: Assistant, paper_id: str) -> Found:
    library = assistant.library
    paper = library.get([paper_id]).get(paper_id)
    vectors = library.vectors([paper_id]).get(paper_id)
    if paper is None or vectors is None:
        return Found((), 0, "That paper is no longer in the library.")
    hits = library.dense(vectors.mean(axis=0), 40)
    ids = [paper_id for paper_id in dict.fromkeys(hit.paper_id for hit in hits) if paper_id != paper.id][:10]
    known = library.get(ids)
    papers = tuple(known[paper_id] for paper_id in ids if paper_id in known)
    return Found(papers, len(papers), f"Papers like “{paper.title}”")


class _Counted:
    """Papers as they pass by, counted."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.count = 0
        self._papers = papers

    def __iter__(self) -> Any:
        for paper in self._papers:
            self.count += 1
            yield paper


def _key(paper: Paper, order: str) -> tuple[Any, ...]:
    title = paper.title.casefold()
    if order == "Title":
        return (title,)
    if order == "Most discussed":
        return (-(paper.comments or 0), title)
    # Papers without a date come last, whichever way the others go.
    day = (paper.listed or date.min).toordinal()
    return (paper.listed is None, day if order == "Oldest first" else -day, title)


def listing_html(found: Found) -> str:
    """The papers as a list of buttons, with a button for more where there are more."""
    rows = "".join(_row(paper) for paper in found.papers)
    more = ""
    if len(found.papers) < min(found.total, MOST):
        more = '<button type="button" class="more" data-act="more">Show more</button>'
    elif found.total > MOST:
        more = f'<p class="note">The first {MOST} are shown; narrow the search for the others.</p>'
    return (
        f'<div class="listing-of-papers"><p class="said" role="status">{escape(found.said)}</p>'
        f'<ol class="sources plain">{rows}</ol>{more}</div>'
    )


def _row(paper: Paper) -> str:
    pages = len({source.page for source in paper.sources})
    known = " · ".join(filter(None, (facts(paper), f"on {pages} pages" if pages > 1 else "")))
    return (
        f'<li><button type="button" data-act="paper" data-value="{escape(paper.id)}">'
        f'<span class="title">{escape(paper.title)}</span><span class="facts">{escape(known)}</span></button></li>'
    )


def report_html(report: Any, names: Sequence[tuple[str, str]]) -> str:
    """What an ingest did. ``names`` are (path, name) pairs: a person knows a file by its name."""

    def named(text: str) -> str:
        for path, name in names:
            text = text.replace(path, name)
        return text

    head = (
        f"{report.papers} papers on {len(report.pages)} page{'' if len(report.pages) == 1 else 's'}: "
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.duplicates} listed more than once."
    )
    problems = "".join(
        f"<li>{escape(named(p.what))}{f' ({escape(named(p.file))}, line {p.line})' if p.line else ''}</li>"
        for p in report.problems
    )
    listed = f'<p class="problem-head">Not read:</p><ul>{problems}</ul>' if problems else ""
    return f'<div class="report" role="status"><p>{escape(head)}</p>{listed}</div>'
