"""The values a question turns into: pure, frozen, the vocabulary of the whole project.

``Answer.text`` is Markdown whose marks ``[n]`` name papers; ``Answer.citations`` says, mark by mark, which
words of which abstract stand behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from ingest.papers import Filters, Paper

__all__ = [
    "REFUSAL",
    "Answer",
    "Citation",
    "Delta",
    "Digest",
    "Draft",
    "Event",
    "Filters",
    "Finding",
    "Numbering",
    "Passage",
    "Section",
    "Stage",
    "Turn",
    "Usage",
    "Verdict",
    "Watch",
]

#: The sentence that every refusal begins with, whoever reads.
REFUSAL = "The abstracts don't say."


class Verdict(StrEnum):
    """Whether the cited abstract bears out the sentence that cites it."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation. ``sources`` maps the marks of an assistant's turn to paper ids."""

    role: Literal["user", "assistant"]
    text: str
    sources: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Passage:
    """A paper found, with the stretch of its abstract that was found: ``paper.abstract[start:end] == text``.

    ``score`` is the fused score, 0..1; ``dense`` the cosine similarity and ``lexical`` the BM25 score, each
    None where that side didn't find it. ``duplicates`` are papers all but identical to this one.
    """

    paper: Paper
    text: str
    start: int
    end: int
    score: float
    dense: float | None = None
    lexical: float | None = None
    duplicates: tuple[Paper, ...] = ()

    def _repr_html_(self) -> str:
        from assistant.notebooks import passage_html

        return passage_html(self)


@dataclass(frozen=True, slots=True)
class Citation:
    """What stands behind one mark: ``quote`` is verbatim, ``paper.abstract[start:end] == quote``.

    A fact of the listing (date, number of authors, organisation, discussion) is cited with an empty quote and
    ``start == end == 0``; ``listing`` then says which fact. ``sentence`` is the sentence of the answer that
    bears the mark, and ``reason`` says why it is unsupported, if it is.
    """

    number: int
    paper: Paper
    quote: str
    start: int
    end: int
    verdict: Verdict = Verdict.SUPPORTED
    sentence: str = ""
    reason: str = ""
    listing: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A sentence of the answer that no source bears out, and why; without marks and Markdown."""

    sentence: str
    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a generative reader consumed and wrote, where it says so."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader made of the passages: an Answer without the asker's side. Fields as in :class:`Answer`."""

    text: str
    answered: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    prompt: str | None = None
    omitted: tuple[Passage, ...] = ()
    usage: Usage | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer or a refusal. ``passages`` are best first, each paper once.

    ``confidence`` is the calibrated probability, 0..1, that the abstracts answer the question. ``question`` is what
    was asked, ``standalone`` what was searched for (a follow-up made whole). ``notes`` are sentences for the person:
    papers left out for want of a date, a reader that failed and was stood in for. ``omitted`` are passages that did
    not fit the model's context window, ``flags`` sentences that no source bears out. ``seconds`` is by stage.
    ``prompt`` is the fingerprint of the prompt used.
    """

    question: str
    text: str
    answered: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    reader: str = "builtin"
    prompt: str | None = None
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    standalone: str = ""
    kind: str = "point"
    notes: tuple[str, ...] = ()
    omitted: tuple[Passage, ...] = ()
    usage: Usage | None = None
    flags: tuple[Flag, ...] = ()

    @property
    def sources(self) -> dict[int, Paper]:
        """The cited papers by mark, in order of mark."""
        return {c.number: c.paper for c in sorted(self.citations, key=lambda c: c.number)}

    def _repr_html_(self) -> str:
        from assistant.notebooks import answer_html

        return answer_html(self)


@dataclass(frozen=True, slots=True)
class Watch:
    """A topic that a digest looks for: papers listed on or after ``since`` whose ids are not among ``told``."""

    topic: str
    since: date
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """A paper that is new on a topic: the ``citation`` quotes the sentence that shows it (none: an empty quote).

    ``probability``, 0..1, is how likely the paper belongs to the topic; ``duplicates`` are papers all but identical.
    """

    citation: Citation
    probability: float
    duplicates: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What is new on one topic since a day. ``more`` papers belong too and are not shown."""

    topic: str
    since: date
    findings: tuple[Finding, ...] = ()
    more: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """What was new on some topics on a day, a section each. A paper has one number in the whole digest."""

    day: date
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sources(self) -> dict[int, Paper]:
        """The papers shown by number, in order of number; empty where nothing is new."""
        found = {f.citation.number: f.citation.paper for section in self.sections for f in section.findings}
        return dict(sorted(found.items()))

    def _repr_html_(self) -> str:
        from assistant.notebooks import digest_html

        return digest_html(self)


class Numbering:
    """The marks of one conversation: a paper keeps the number it was first cited under.

    Seeded with the marks of earlier turns; a new paper gets the next number that was never used.
    """

    def __init__(self, history: Iterable[Turn] = ()) -> None:
        self._numbers: dict[str, int] = {}
        for turn in history:
            for number, paper_id in turn.sources.items():
                self._numbers.setdefault(paper_id, number)

    def number_of(self, paper_id: str) -> int:
        """The paper's number, given now if it has none yet."""
        if paper_id not in self._numbers:
            self._numbers[paper_id] = max(self._numbers.values(), default=0) + 1
        return self._numbers[paper_id]

    def known(self) -> dict[int, str]:
        """Paper ids by number."""
        return {number: paper_id for paper_id, number in self._numbers.items()}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stream's news of where it is: ``searching``, ``reading``, ``writing``, ``checking``."""

    name: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer's text as it is written."""

    text: str


#: What a stream yields: stages and pieces of text, and last of all exactly one Answer.
Event = Stage | Delta | Answer
