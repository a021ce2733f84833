"""What the listing says of a paper: its date, authors, organisation, discussion, and where its code is.

These are cited to the listing, not to the abstract; a link is cited to the sentence that it stands in.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Citation, Numbering
from assistant.evidence.reading import Reading
from assistant.questions import LISTING_SLOTS, Wants
from assistant.readers.builtin.wording import Line, cited, count, marked, plain, title
from ingest.papers import CODE_HOSTS, Paper


def date_of(paper: Paper) -> str | None:
    """``Nov 27, 2017``, as the listing writes dates."""
    return f"{paper.listed:%b} {paper.listed.day}, {paper.listed.year}" if paper.listed else None


def known(paper: Paper, slot: Wants) -> str | None:
    """The fact of the listing that fills ``slot``, worded to follow the title; None where it isn't given."""
    if slot is Wants.DATE and paper.listed:
        return f"is listed under {date_of(paper)}"
    if slot is Wants.AUTHORS and (paper.authors or paper.authors_count is not None):
        names = f" ({', '.join(paper.authors)})" if paper.authors else ""
        return f"has {count(paper.authors_count or len(paper.authors or ()), 'author')}{names}"
    if slot is Wants.ORGANIZATION and paper.organization:
        return f"is listed under the organization {plain(paper.organization)}"
    if slot is Wants.COMMENTS and paper.comments is not None:
        return f"has {count(paper.comments, 'comment')} in its discussion"
    return None


_MISSING = {
    Wants.DATE: "no date",
    Wants.AUTHORS: "no number of authors",
    Wants.ORGANIZATION: "no organization",
    Wants.COMMENTS: "no discussion count",
}


def facts(paper: Paper, wants: Sequence[Wants], numbering: Numbering) -> tuple[Line | None, tuple[str, ...]]:
    """One sentence with the facts asked for, and what of them the listing doesn't give."""
    slots = [slot for slot in wants if slot in LISTING_SLOTS]
    found = [fact for slot in slots if (fact := known(paper, slot))]
    missing = tuple(_MISSING[slot] for slot in slots if known(paper, slot) is None)
    if not found:
        return None, missing
    number = numbering.number_of(paper.id)
    text = marked(f"{title(paper)} {' and '.join(found)}.", [number])
    citations = tuple(Citation(number, paper, "", 0, 0, sentence=text, listing=fact) for fact in found)
    return Line(text, citations), missing


def code(reading: Reading, numbering: Numbering) -> Line | None:
    """The sentence with the link to code or, failing that, to anything; None where the abstract has no link."""
    linked = [s for s in reading.sentences if s.url]
    if not linked:
        return None
    best = max(
        linked, key=lambda s: (any(h in s.text.casefold() for h in CODE_HOSTS), "code" in s.text.casefold(), s.ordinal)
    )
    number = numbering.number_of(reading.paper.id)
    text = marked(plain(best.text), [number])
    return Line(f"{title(reading.paper)}: {text}", (cited(reading.paper, number, best, text),))
