"""Papers like one that the question names: the nearest in the library, each with the sentence that comes closest."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Draft, Numbering, Passage
from assistant.evidence.selection import Judge, Judged
from assistant.questions import Question
from assistant.readers.builtin import wording
from ingest.papers import Paper

#: Papers named.
NEAREST = 5


def query(paper: Paper) -> str:
    """What is searched for to find papers like this one."""
    return f"{paper.title}. {paper.abstract}"


def read(paper: Paper, passages: Sequence[Passage], judge: Judge, numbering: Numbering, sure: float) -> Draft:
    """A line for each of the ``passages``, the nearest first, but for the ``paper`` itself."""
    others = [p.paper for p in passages if p.paper.id != paper.id][:NEAREST]
    asked = judge.ask(Question(paper.title, subject=paper.title))
    lines = [_line(judge.judge(asked, other), numbering) for other in others]
    opening = f"The papers nearest to {wording.title(paper)}:"
    text = "\n".join([opening, "", *(f"{i}. {line.text}" for i, line in enumerate(lines, start=1))])
    return Draft(text, answered=bool(lines), confidence=sure, citations=wording.citations(lines))


def _line(judged: Judged, numbering: Numbering) -> wording.Line:
    if judged.foremost is None:
        return wording.Line(wording.marked(wording.title(judged.paper), [numbering.number_of(judged.paper.id)]))
    (shown,) = wording.quote(judged.reading, [judged.foremost], numbering)
    return wording.Line(f"{wording.title(judged.paper)}: {shown.text}", shown.citations)
