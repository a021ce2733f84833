"""An answer as lines of text for a terminal or a pipe: the text, then its sources, then who spoke.

Colour and width are the terminal's business: rich leaves both out when the output is piped or NO_COLOR is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.answers import Answer, Passage, Verdict
from ingest.papers import Paper

#: Nearest papers named under a refusal.
NEAREST = 3


def show(answer: Answer) -> None:
    """Print an answer: Markdown made readable on a terminal, plain text elsewhere."""
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False)
    if console.is_terminal:
        from rich.markdown import Markdown

        Console(highlight=False).print(Markdown(answer.text))
    else:
        console.print(answer.text, markup=False)
    for block in (sources(answer), status(answer)):
        if block:
            console.print(f"\n{block}", markup=False, style="dim" if block == status(answer) else None)


def sources(answer: Answer) -> str:
    """One block a cited paper: its mark, title and listing facts, then the words it is cited for."""
    blocks = []
    for number, paper in answer.sources.items():
        lines = [f"[{number}] {paper.title}{facts(paper)}"]
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
