"""An answer as lines of text for a terminal or a pipe: the text, then its sources, then who spoke.

Colour and width are the console's business: rich leaves both out when the output is piped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from assistant.answers import Answer, Passage, Verdict
from ingest.papers import Paper, paper_links

if TYPE_CHECKING:
    from rich.console import Console

#: Nearest papers named under a refusal.
NEAREST = 3
#: Control characters but tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def shown(answer: Answer, console: Console) -> str:
    """An answer as ``console`` shows it: Markdown made readable on a terminal, plain text elsewhere.

    Its only control characters are the console's own.
    """
    text, listed = harmless(answer.text), harmless(sources(answer))
    with console.capture() as captured:
        if console.is_terminal:
            from rich.markdown import Markdown

            console.print(Markdown(text))
        else:
            console.print(text, markup=False, soft_wrap=True)
        if listed:
            console.print(f"\n{listed}", markup=False, soft_wrap=True)
        console.print(f"\n{harmless(status(answer))}", markup=False, soft_wrap=True, style="dim")
    return captured.get().rstrip("\n")


def harmless(text: str) -> str:
    """``text`` without the control characters that a terminal obeys: a title could move its cursor."""
    return _CONTROL.sub("", text)


def sources(answer: Answer) -> str:
    """One block a cited paper: its mark, title and listing facts, then the words it is cited for."""
    blocks = []
    for number, paper in answer.sources.items():
        lines = [f"[{number}] {paper.title}{facts(paper)}", *(f"    {link.url}" for link in paper_links(paper)[:1])]
        for citation in answer.citations:
            if citation.number == number:
                lines += [f"    {line}" for line in _evidence(citation.quote, citation.listing)]
                if citation.verdict is Verdict.UNSUPPORTED:
                    lines.append(f"    not borne out by the abstract: {citation.reason or citation.sentence}")
        blocks.append("\n".join(dict.fromkeys(lines)))
    return "\n".join(blocks)


def _evidence(quote: str, listing: str) -> list[str]:
    return [text for text in (f"“{quote}”" if quote else "", f"listing: {listing}" if listing else "") if text]


def status(answer: Answer) -> str:
    """Notes, who read, how sure, how long."""
    total = answer.seconds.get("total", 0.0)
    last = f"{answer.reader} · confidence {answer.confidence:.2f} · {total * 1000:.0f} ms"
    return "\n".join((*answer.notes, last))


def found(passages: Sequence[Passage]) -> str:
    """Search results, one a block."""
    if not passages:
        return "No paper fits."
    return "\n".join(f"{p.score:.2f}  {p.paper.title}{facts(p.paper)}" for p in passages)


def facts(paper: Paper) -> str:
    """What the listing says of a paper, in brackets: date, authors, organisation, discussion."""
    known: Iterable[str] = (
        f"{paper.listed.isoformat()}" if paper.listed else "",
        f"{paper.authors_count} author{'s' if paper.authors_count != 1 else ''}" if paper.authors_count else "",
        paper.organization or "",
        f"{paper.comments} comment{'s' if paper.comments != 1 else ''}" if paper.comments else "",
    )
    text = ", ".join(fact for fact in known if fact)
    return f" ({text})" if text else ""
