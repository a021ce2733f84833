"""Answers, conversations and papers as Markdown.

Markup in titles, abstracts and answers is escaped, so that opening an exported file fetches no image and runs no
HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.answers import Answer, Citation, Verdict
from assistant.export.references import address, one_line
from ingest.papers import Paper


def conversation_markdown(title: str, answers: Iterable[Answer]) -> str:
    """A conversation as a Markdown document: a heading, then each question with its answer and sources."""
    return "\n\n".join([f"# {escaped(title)}", *(answer_markdown(answer) for answer in answers)]).rstrip() + "\n"


def answer_markdown(answer: Answer) -> str:
    """Question, answer and the cited papers, each with the words it is cited for."""
    parts = [f"## {escaped(answer.question)}", harmless(answer.text)]
    if sources := [_source(number, paper, answer.citations) for number, paper in answer.sources.items()]:
        parts.append("\n".join(sources))
    parts += [f"> Not borne out: “{escaped(flag.sentence)}” ({escaped(flag.reason)})" for flag in answer.flags]
    parts.append(f"*Read by {escaped(answer.reader)}, confidence {answer.confidence:.2f}.*")
    return "\n\n".join(parts)


def papers_markdown(papers: Iterable[Paper]) -> Iterator[str]:
    """A list of papers, one piece each: title, what is known of the paper, and its abstract."""
    yield "# Papers\n"
    for paper in papers:
        names = ", ".join(paper.authors) if paper.authors else ""
        known = ", ".join(part for part in (escaped(names), facts(paper), link(paper)) if part)
        abstract = escaped(paper.abstract)
        yield "\n\n".join(filter(None, (f"\n## {escaped(paper.title)}", known, abstract))) + "\n"


def facts(paper: Paper) -> str:
    """Date and organisation, escaped; empty where neither is known."""
    return escaped(", ".join(filter(None, (paper.listed.isoformat() if paper.listed else "", paper.organization))))


def link(paper: Paper) -> str:
    """The paper's address as an autolink; empty where none is known."""
    url = address(paper)
    return f"<{url}>" if re.fullmatch(r"https?://[^\s<>\\\"`]+", url) else ""


def _source(number: int, paper: Paper, citations: Sequence[Citation]) -> str:
    known = facts(paper)
    lines = [f"- [{number}] **{escaped(paper.title)}**{f' ({known})' if known else ''}"]
    for citation in citations:
        if citation.number != number:
            continue
        evidence = f"“{escaped(citation.quote)}”" if citation.quote else f"listing: {escaped(citation.listing)}"
        doubt = " (not borne out by the abstract)" if citation.verdict is Verdict.UNSUPPORTED else ""
        lines.append(f"  - {evidence}{doubt}")
    return "\n".join(dict.fromkeys(lines))


def harmless(markdown: str) -> str:
    """The Markdown of an answer with images turned into text and HTML into words."""
    return re.sub(r"!(?=\[)", r"!\\", markdown).replace("<", "&lt;")


def escaped(text: str) -> str:
    """Plain text on one line with every character escaped that Markdown gives a meaning."""
    return re.sub(r"([\\`*_\[\]<>#|!~])", r"\\\1", one_line(text))
