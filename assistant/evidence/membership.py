"""Which papers belong in the answer to a question about many: those about its subject, not those that share words.

Knows no wording. Each candidate gets a probability from a logistic model fitted on labelled questions, and so does the
question: whether any paper belongs at all, since some always come nearest.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.answers import Passage
from assistant.evidence import absence, confidence, reading
from assistant.evidence import features as evidence
from assistant.evidence.selection import Judge, Judged, weights
from assistant.language import terms
from assistant.questions import Question
from ingest.papers import Paper

#: Names of the features of :func:`features`, in order.
FEATURES = ("level", "behind", "rank", "phrase", "names", "meaning")
#: Names of the features of :func:`signs`, in order: whether any paper belongs.
SIGNS = ("member", "nearest", "held", "alien", "words")
#: Smallest level told from none.
LEAST = 1e-4
_PLACE = {name: place for place, name in enumerate(evidence.FEATURES)}
#: Words of a question about many papers that say nothing of its subject.
_ASKING = re.compile(
    r"\b(?:which|what|who|list|show|give|find|name|me|all|any|anything|something|everything|the|are|is|there|has|been|"
    r"papers?|works?|working|looks?|looking|stud(?:y|ies|ied)|articles?|surveys?|research|literature|how|many|number|of|in|"
    r"this|that|library|collection|listed|you|we|have|hold|got|do|please|new|newest|latest|oldest|recent|most|"
    r"discussed|commented|what's|since|were|was|about|on|for|and|published|added|came|out|one|ones|five|ten|three|"
    r"deals?|dealing|concerning|regarding|covering|related|whose|us(?:e|es|ed|ing)|mention(?:s|ed|ing)?|with|theme|main|"
    r"topic|subject)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A paper with the probability that it belongs; ``best`` is the ordinal of the sentence that shows it."""

    judged: Judged
    probability: float

    @property
    def paper(self) -> Paper:
        return self.judged.paper

    @property
    def best(self) -> int | None:
        return self.judged.foremost


def topicless(question: Question) -> bool:
    """Whether the question names no subject: "what is new since June?", "how many papers are there?"."""
    return not subject_stems(question)


def subject_stems(question: Question) -> Collection[str]:
    """The stems of the subject's words."""
    return terms.content_stems(subject(question))


def members(question: Question, passages: Sequence[Passage], judge: Judge) -> tuple[list[Member], float]:
    """The passages' papers that belong, likeliest first, and how likely any does; none where that is too unlikely."""
    found = _members(question, passages, judge)
    sure = _present(question, found, passages, judge)
    if sure < weights()["present"]["threshold"]:
        return [], sure
    kept = [m for m in found if m.probability >= weights()["member"]["threshold"]]
    return sorted(kept, key=lambda m: -m.probability), sure


def signs(question: Question, passages: Sequence[Passage], judge: Judge) -> list[float]:
    """One row of :data:`SIGNS`."""
    return _signs(question, _members(question, passages, judge), passages, judge)


def table(question: Question, passages: Sequence[Passage], judge: Judge) -> list[list[float]]:
    """The features of each passage's paper, shape (passages, features)."""
    return [row for _, row in _judged(question, passages, judge)]


def _judged(question: Question, passages: Sequence[Passage], judge: Judge) -> list[tuple[Judged, list[float]]]:
    asked = judge.ask(question)[0]
    judge.prepare([p.paper for p in passages])
    highest = max((_logit(p.score) for p in passages), default=0.0)
    found = []
    for rank, passage in enumerate(passages):
        read = reading.read(passage.paper)
        rows = judge.rows(asked, read)
        judged = Judged(read, judge.scores(rows), ())
        found.append((judged, _features(rows, _logit(passage.score), highest, rank)))
    return found


def _members(question: Question, passages: Sequence[Passage], judge: Judge) -> list[Member]:
    return [Member(judged, _logistic("member", FEATURES, row)) for judged, row in _judged(question, passages, judge)]


def _present(question: Question, found: Sequence[Member], passages: Sequence[Passage], judge: Judge) -> float:
    """How likely it is that any of the papers belongs, 0..1."""
    if not found:
        return 0.0
    # In another language hardly a word is the papers' own; in a conversation the papers are known to belong.
    if question.language != "en" or question.about:
        return max(m.probability for m in found)
    return _logistic("present", SIGNS, _signs(question, found, passages, judge))


def _signs(question: Question, found: Sequence[Member], passages: Sequence[Passage], judge: Judge) -> list[float]:
    asked = evidence.clause(subject(question), (), judge.statistics)
    nearest = heapq.nlargest(confidence.LOOKED_AT, (p.dense or 0.0 for p in passages))
    return [
        _logit(max((m.probability for m in found), default=0.0)),
        sum(nearest) / max(1, len(nearest)),
        max((_share(asked, m.judged.reading) for m in found), default=0.0),
        absence.alien(asked, question, [m.judged for m in found[: confidence.AROUND]], judge),
        math.log(max(1, len(asked.weights))),
    ]


def _share(asked: evidence.Clause, read: reading.Reading) -> float:
    """The share, by weight, of the subject's words that the paper has."""
    has = sum(w for stem, w in asked.weights.items() if stem in read.vocabulary or stem in read.title)
    return has / (sum(asked.weights.values()) or 1.0)


def subject(question: Question) -> str:
    """The words that name the question's subject, without those that only ask for papers."""
    return " ".join(_ASKING.sub(" ", question.subject or question.text).split())


def _features(rows: evidence.Features, level: float, highest: float, rank: int) -> list[float]:
    def most(feature: str) -> float:
        return float(rows[:, _PLACE[feature]].max(initial=0.0))

    return [level, level - highest, -math.log1p(rank), most("bigrams"), most("names"), most("meaning")]


def _logit(score: float) -> float:
    level = min(max(score, LEAST), 1 - LEAST)
    return math.log(level / (1 - level))


def _logistic(name: str, features: Sequence[str], row: Sequence[float]) -> float:
    model = weights()[name]
    z = model["bias"] + sum(model[feature] * x for feature, x in zip(features, row, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))
