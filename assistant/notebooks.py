"""Answers, finds and digests as a notebook shows them: HTML in which everything of a paper is escaped.

Nothing of an answer is taken for HTML, no image is loaded, and only addresses of http and https become links. Knows
no page: a notebook brings no style sheet and runs no script.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from ingest.papers import Paper, paper_links

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from assistant.answers import Answer, Citation, Digest, Passage, Section

_MARK = re.compile(r"\[(\d{1,3})\]")
_QUIET = 'style="opacity:.7;font-size:90%"'


def answer_html(answer: Answer) -> str:
    """Question, answer with its marks, sources with the words they are cited for, and who read."""
    sources = answer.sources
    doubts = "".join(f"<p>⚠ {escape(flag.sentence)} ({escape(flag.reason)})</p>" for flag in answer.flags)
    items = "".join(_source(number, paper, answer) for number, paper in sources.items())
    listed = f'<ul style="list-style:none;padding-left:0">{items}</ul>' if items else ""
    notes = "".join(f"<p {_QUIET}>{escape(note)}</p>" for note in answer.notes)
    told = f"{escape(answer.reader)} · confidence {answer.confidence:.2f}"
    return (
        f"<div><p><b>{escape(answer.question)}</b></p>{_text(answer.text, sources)}{doubts}{listed}{notes}"
        f"<p {_QUIET}>{told}</p></div>"
    )


def passage_html(passage: Passage) -> str:
    """The paper, the stretch of its abstract that was found, and how well it fits."""
    return (
        f"<div>{paper_html(passage.paper)}<blockquote>{escape(passage.text)}</blockquote>"
        f"<p {_QUIET}>score {passage.score:.2f}</p></div>"
    )


def digest_html(digest: Digest) -> str:
    """A heading a topic, and under it its papers with the sentences that show them."""
    notes = "".join(f"<p {_QUIET}>{escape(note)}</p>" for note in digest.notes)
    sections = "".join(_section(section) for section in digest.sections)
    return f"<div><p><b>New papers, {digest.day.isoformat()}</b></p>{sections}{notes}</div>"


def paper_html(paper: Paper, mark: str = "") -> str:
    """Title, what is known of the paper, and where it can be read."""
    names = ", ".join(paper.authors) if paper.authors else ""
    known = (names, paper.listed.isoformat() if paper.listed else "", paper.organization or "")
    facts = [escape(fact) for fact in known if fact]
    links = [
        f'<a href="{escape(link.url)}" rel="noopener noreferrer">{escape(link.name)}</a>'
        for link in paper_links(paper)
        if link.url.startswith(("https://", "http://"))
    ]
    return f"<p>{mark}<b>{escape(paper.title)}</b><br><span {_QUIET}>{' · '.join([*facts, *links])}</span></p>"


def _source(number: int, paper: Paper, answer: Answer) -> str:
    quotes = (_evidence(citation) for citation in answer.citations if citation.number == number)
    return f"<li>{paper_html(paper, f'[{number}] ')}{''.join(dict.fromkeys(quotes))}</li>"


def _evidence(citation: Citation) -> str:
    shown = f"“{escape(citation.quote)}”" if citation.quote else f"listing: {escape(citation.listing)}"
    doubt = f" ⚠ {escape(citation.reason or 'not borne out')}" if citation.verdict == "unsupported" else ""
    return f"<blockquote>{shown}{doubt}</blockquote>" if citation.quote or citation.listing else ""


def _section(section: Section) -> str:
    found = "".join(
        f"{paper_html(finding.citation.paper, f'[{finding.citation.number}] ')}{_evidence(finding.citation)}"
        for finding in section.findings
    )
    return f"<p><b>{escape(section.topic)}</b></p>{found or f'<p>Nothing new since {section.since.isoformat()}.</p>'}"


def _text(markdown: str, sources: Mapping[int, Paper]) -> str:
    """The answer's Markdown as HTML, each mark naming its paper.

    No rule of Markdown is on that would copy text into an attribute, where a mark must not be touched.
    """

    def mark(match: re.Match[str]) -> str:
        paper = sources.get(int(match.group(1)))
        return f'<sup title="{escape(paper.title)}">{match.group()}</sup>' if paper else match.group()

    return _MARK.sub(mark, _markdown().render(markdown))


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    plain = MarkdownIt("commonmark", {"html": False}).enable("table")
    return plain.disable(["image", "link", "autolink", "reference", "fence", "html_block", "html_inline"])
