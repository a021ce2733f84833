"""A file of questions asked of an assistant, one by one, and what came of each.

A line of the file is one JSON object::

    {"id": "q1", "kind": "lookup", "question": "What is AMPO?", "history": [["user", "…"], ["assistant", "…"]],
     "gold": ["title of every paper a fair judge would accept"], "facts": [["one way to say it", "another"]],
     "evidence": {"title": "a verbatim sentence of its abstract"}, "near": "title a wrong answer would lean on"}

Only ``question`` must be there. An empty ``gold`` means that the abstracts don't answer it. Knows the public
interface of the assistant alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from assistant.answers import Answer, Passage
from assistant.errors import UsageError
from assistant.evaluation.report import Report, Result
from ingest.papers import fold_title

#: Ranks that recall counts, unless a question has more gold papers than that.
RANKS = 5
_TEX = re.compile(r"\\[A-Za-z]+|[${}^_]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a file, with what a right answer holds."""

    id: str
    kind: str
    question: str
    history: tuple[tuple[str, str], ...] = ()
    gold: tuple[str, ...] = ()
    facts: tuple[tuple[str, ...], ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def answerable(self) -> bool:
        return bool(self.gold)

    @property
    def wanted(self) -> frozenset[str]:
        """The keys of the gold papers' titles."""
        return frozenset(map(title_key, self.gold))


def title_key(title: str) -> str:
    """What two spellings of one title share, whether its TeX was made readable ("H³DP") or not."""
    return fold_title(_TEX.sub("", title))


class Answering(Protocol):
    """The part of an Assistant that is measured."""

    def ask(self, question: str, *, history: Any = (), limit: int | None = None) -> Answer: ...


def read_questions(path: Path | str) -> list[Asked]:
    """The questions of a file. Raises UsageError for a file that can't be read or a line that is no question."""
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "refused") if isinstance(error, OSError) else "they are no UTF-8 text"
        raise UsageError(f"The questions in {path} can't be read ({reason}); check the path.") from error
    asked = [_read(line, number, path) for number, line in enumerate(lines, start=1) if line.strip()]
    if not asked:
        raise UsageError(f"There are no questions in {path}.")
    return asked


def _read(line: str, number: int, path: Path | str) -> Asked:
    try:
        item = json.loads(line)
        return Asked(
            id=str(item.get("id") or number),
            kind=str(item.get("kind") or "any"),
            question=_text(item["question"]),
            history=tuple((_text(role), _text(text)) for role, text in item.get("history") or ()),
            gold=tuple(map(_text, item.get("gold") or ())),
            facts=tuple(tuple(map(_text, alternatives)) for alternatives in item.get("facts") or ()),
            evidence={_text(title): _text(text) for title, text in (item.get("evidence") or {}).items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"Line {number} of {path} is no question ({type(error).__name__}: {error}); "
            'it must be a JSON object with "question".'
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def evaluate_questions(
    assistant: Answering, questions: Path | str | Sequence[Asked], *, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Ask every question and measure the answers.

    Raises UsageError for a file that can't be read, and whatever the assistant raises.
    """
    asked = read_questions(questions) if isinstance(questions, str | Path) else list(questions)
    results: list[Result] = []
    for item in asked:
        began = time.perf_counter()
        answer = assistant.ask(item.question, history=list(item.history), limit=max(2 * RANKS, len(item.gold)))
        results.append(measure(item, answer, time.perf_counter() - began))
        if progress:
            progress(len(results), len(asked))
    return Report(tuple(results))


def evaluate_search(
    search: Callable[[Asked, int], Sequence[Passage]], questions: Path | str | Sequence[Asked]
) -> Report:
    """As :func:`evaluate_questions` for a search alone: ``search(asked, limit)`` gives passages, best first."""
    asked = read_questions(questions) if isinstance(questions, str | Path) else list(questions)
    results: list[Result] = []
    for item in asked:
        began = time.perf_counter()
        passages = search(item, max(2 * RANKS, len(item.gold)))
        seconds = time.perf_counter() - began
        recall, rank = _found(item, passages)
        results.append(
            Result(item.id, item.kind, item.answerable, recall=recall, reciprocal_rank=rank, seconds=seconds)
        )
    return Report(tuple(results))


def measure(asked: Asked, answer: Answer, seconds: float) -> Result:
    """What one answer is worth."""
    recall, rank = _found(asked, answer.passages)
    cited = [title_key(citation.paper.title) for citation in answer.citations]
    quotes = [citation for citation in answer.citations if citation.quote]
    text = _folded(answer.text)
    return Result(
        id=asked.id,
        kind=asked.kind,
        answerable=asked.answerable,
        recall=recall,
        reciprocal_rank=rank,
        facts=_share(any(_folded(way) in text for way in ways) for ways in asked.facts),
        cited_right=_share(paper in asked.wanted for paper in cited) if asked.answerable else None,
        gold_cited=_share(paper in cited for paper in asked.wanted),
        evidence=_share(_quoted(sentence, [q.quote for q in quotes]) for sentence in asked.evidence.values()),
        verbatim=_share(q.paper.abstract[q.start : q.end] == q.quote for q in quotes),
        refused=not answer.answered,
        confidence=answer.confidence,
        words=len(answer.text.split()),
        seconds=seconds,
        text=answer.text,
    )


def _found(asked: Asked, passages: Sequence[Passage]) -> tuple[float | None, float | None]:
    """Recall among the first ranks and the reciprocal rank of the first gold paper; None where there is no gold."""
    if not asked.answerable:
        return None, None
    ranked = [{title_key(paper.title) for paper in (p.paper, *p.duplicates)} for p in passages]
    first = ranked[: max(RANKS, len(asked.wanted))]
    recall = sum(any(paper in ids for ids in first) for paper in asked.wanted) / len(asked.wanted)
    rank = next((1 / place for place, ids in enumerate(ranked, start=1) if ids & asked.wanted), 0.0)
    return recall, rank


def _quoted(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether a quote holds the sentence, or lies within it and is at least half of it."""
    wanted = _folded(sentence)
    folded = map(_folded, quotes)
    return any(wanted in quote or (quote in wanted and 2 * len(quote) >= len(wanted)) for quote in folded)


def _share(verdicts: Iterator[bool]) -> float | None:
    """The share of true verdicts, None where there are none."""
    found = list(verdicts)
    return sum(found) / len(found) if found else None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
