"""One paper as HTML: what the listing says of it, and its abstract with the cited words marked.

Everything of a paper is escaped; it was written by strangers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from assistant.answers import Citation
from assistant.export import bibtex
from assistant.web.marking import linked
from ingest.papers import Paper, paper_links


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of an abstract to mark: ``place`` is the citation's position in the answer."""

    start: int
    end: int
    place: int


def card(paper: Paper, quotes: Sequence[Quote] = (), listing: Sequence[Citation] = ()) -> str:
    """The paper in full. ``listing`` are citations of facts of the listing, which are marked too."""
    said = "; ".join(dict.fromkeys(citation.listing for citation in listing))
    fact_class = "facts cited" if said else "facts"
    return (
        f'<article class="paper" data-paper="{escape(paper.id)}">'
        f'<h2 tabindex="-1">{escape(paper.title)}</h2>'
        f'<p class="{fact_class}">{escape(facts(paper)) or "No date or byline in the listing"}</p>'
        f'<p class="abstract">{abstract_html(paper.abstract, quotes)}</p>'
        f"{_links(paper)}"
        f'<p class="listed">{escape(listed_on(paper))}</p>'
        f'<p class="acts">{_button("about", "Ask about this paper", paper.title)}'
        f"{_button('alike', 'Papers like this one', paper.id)}"
        f"{_button('save', 'BibTeX', bibtex([paper]), file='paper.bib')}</p></article>"
    )


def card_below(paper: Paper) -> str:
    """The paper in full, with a button that leads back to what it was chosen from where that stands above it."""
    return f'<button type="button" class="back" data-act="back">Back to where you chose it</button>{card(paper)}'


def facts(paper: Paper) -> str:
    """Date, authors, organisation and discussion, as far as the listing gives them."""
    names = ", ".join(paper.authors) if paper.authors else ""
    known = (
        f"{paper.listed.day} {paper.listed:%b %Y}" if paper.listed else "",
        names or _count(paper.authors_count, "author"),
        paper.organization or "",
        _count(paper.comments, "comment"),
    )
    return " · ".join(fact for fact in known if fact)


def listed_on(paper: Paper) -> str:
    """Which pages list the paper, and where on them."""
    places = ", ".join(f"{source.page} (no. {source.position})" for source in paper.sources)
    return f"Listed on {places}" if places else ""


def abstract_html(abstract: str, quotes: Sequence[Quote]) -> str:
    """The abstract as HTML; each quoted stretch is a ``<mark>`` naming the places that quote it."""
    cuts = sorted({0, len(abstract), *(edge for quote in quotes for edge in (quote.start, quote.end))})
    parts: list[str] = []
    for start, end in pairwise(cuts):
        text = linked(abstract[start:end])
        places = [str(quote.place) for quote in quotes if quote.start <= start and end <= quote.end]
        parts.append(f'<mark data-cites="{" ".join(places)}">{text}</mark>' if places else text)
    return "".join(parts)


def _count(number: int | None, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number is not None else ""


#: What a link is called where its bare name says too little.
NAMES = {"Page": "Paper’s page", "Search": "Search arXiv for the title"}


def _links(paper: Paper) -> str:
    outside = 'target="_blank" rel="noopener noreferrer nofollow"'
    pages = [
        f'<a href="{escape(link.url)}" {outside}>{escape(NAMES.get(link.name, link.name))}</a>'
        for link in paper_links(paper)
    ]
    addresses = [a for a in paper.links if a.startswith(("http://", "https://")) and a not in paper.abstract]
    shown = [*pages, *map(linked, dict.fromkeys(addresses))]
    return f'<ul class="links">{"".join(f"<li>{link}</li>" for link in shown)}</ul>'


def _button(act: str, label: str, value: str, *, file: str = "") -> str:
    named = f' data-file="{escape(file)}"' if file else ""
    return f'<button type="button" data-act="{act}" data-value="{escape(value)}"{named}>{escape(label)}</button>'
