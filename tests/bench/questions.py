"""Questions without end, made from the papers of a library: of every kind, follow-ups and the unanswerable included."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.papers import Paper


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the turns before it, as ("user" or "assistant", text) pairs."""

    text: str
    history: tuple[tuple[str, str], ...] = ()


def questions(papers: Sequence[Paper], *, seed: int = 0) -> Iterator[Question]:
    """Questions without end about ``papers``, of every kind, hardly any twice."""
    draw = random.Random(seed)
    kinds = (_about, _figure, _survey, _compare, _listing, _own_words, _elsewhere, _follow_up)
    while True:
        yield draw.choice(kinds)(draw, papers)


def _name(paper: Paper) -> str:
    head, colon, _ = paper.title.partition(":")
    return head if colon and len(head) <= 30 else f"“{paper.title}”"


def _words(draw: random.Random, paper: Paper, count: int) -> str:
    words = paper.abstract.split()
    start = draw.randrange(max(1, len(words) - count))
    return " ".join(words[start : start + count]).strip(".,;:()")


def _about(draw: random.Random, papers: Sequence[Paper]) -> Question:
    form = draw.choice(("What does {} do?", "What is {}?", "Summarise {}.", "Which problem does {} solve?"))
    return Question(form.format(_name(draw.choice(papers))))


def _figure(draw: random.Random, papers: Sequence[Paper]) -> Question:
    form = draw.choice(("How much does {} gain?", "On which benchmarks was {} measured?", "How fast is {}?"))
    return Question(form.format(_name(draw.choice(papers))))


def _survey(draw: random.Random, papers: Sequence[Paper]) -> Question:
    form = draw.choice(("Which papers are about {}?", "How many papers mention {}?", "What is known about {}?"))
    return Question(form.format(_words(draw, draw.choice(papers), 2)))


def _compare(draw: random.Random, papers: Sequence[Paper]) -> Question:
    first, second = draw.sample(papers, 2)
    return Question(f"Compare {_name(first)} and {_name(second)}.")


def _listing(draw: random.Random, papers: Sequence[Paper]) -> Question:
    paper = draw.choice(papers)
    month = draw.choice(("in October 2025", "last month", "since 2025-11", "in 2024"))
    form = draw.choice(("When was {} listed?", "How many authors does {} have?", f"Which papers on {{}} came {month}?"))
    return Question(form.format(_name(paper)))


def _own_words(draw: random.Random, papers: Sequence[Paper]) -> Question:
    words = _words(draw, draw.choice(papers), 14).split()
    draw.shuffle(words)
    return Question(f"is there anything on {' '.join(words[:8]).lower()}")


def _elsewhere(draw: random.Random, papers: Sequence[Paper]) -> Question:
    form = draw.choice(("Where can I buy {} for my kitchen?", "Who sang {} first?", "What did {} cost in 1950?"))
    return Question(form.format(_words(draw, draw.choice(papers), 1)))


def _follow_up(draw: random.Random, papers: Sequence[Paper]) -> Question:
    paper = draw.choice(papers)
    asked = draw.choice(("How much does it gain?", "And its limitations?", "What data does it use?", "Who wrote it?"))
    return Question(asked, (("user", f"What does {_name(paper)} do?"), ("assistant", _words(draw, paper, 40))))
