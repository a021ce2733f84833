"""Which sentences of a paper to show for a question: ranked by learned weights, chosen so that every part is met.

Knows no wording. The weights are those of :data:`assistant.evidence.features.FEATURES`, fitted on labelled questions by
``tests/bench/fit_reader.py`` and kept in ``weights.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from assistant.answers import Passage
from assistant.evidence import features as evidence
from assistant.evidence import reading
from assistant.evidence.features import Clause, Features, Similarity, Statistics
from assistant.evidence.reading import Reading, Sentence
from assistant.language import languages, phrases, terms
from assistant.questions import Question, clauses, wants_of
from ingest.papers import Paper

#: Sentences shown for a point question, at most.
MOST = 3
#: Words after which no further sentence is added.
BUDGET = 64
#: Words that two sentences may come to, or a series.
LONGEST = 85
#: What a sentence that spells out a chosen one gains; fitted with the weights.
ELABORATION = 0.5
#: What a further member of a series gains where several things are asked for.
SERIES = 2.0
#: How much the question as a whole counts where one of its clauses is looked at.
WHOLE = 0.3


@dataclass(frozen=True, slots=True)
class Judged:
    """A paper judged for a question: a score a sentence for the whole question and for each of its clauses.

    ``several`` says that the question asks for several things, such as stages or components.
    """

    reading: Reading
    whole: tuple[float, ...]
    parts: tuple[tuple[float, ...], ...]
    several: bool = False

    @property
    def paper(self) -> Paper:
        return self.reading.paper

    @property
    def foremost(self) -> int | None:
        """The ordinal of the best sentence; None for a paper without an abstract."""
        return max(range(len(self.whole)), key=self.whole.__getitem__) if self.whole else None

    @property
    def best(self) -> float:
        """The score of the best sentence; minus infinity for a paper without an abstract."""
        return max(self.whole, default=float("-inf"))


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Mapping[str, float]]:
    """The fitted weights by model and feature."""
    return json.loads(files("assistant.evidence").joinpath("weights.json").read_text(encoding="utf-8"))


class Judge:
    """Scores the sentences of papers for a question."""

    def __init__(self, statistics: Statistics, similarity: Similarity | None) -> None:
        self.statistics = statistics
        self._similarity = similarity
        self._weights = np.array([weights()["sentence"][name] for name in evidence.FEATURES])
        self._asked: tuple[tuple[Question, int], tuple[Clause, tuple[Clause, ...]]] | None = None

    def ask(self, question: Question) -> tuple[Clause, tuple[Clause, ...]]:
        """The question as a whole and its clauses, where it has several."""
        # All who look at one answer's papers ask for the same question.
        key = (question, self.statistics.n_documents)
        kept = self._asked
        if kept is None or kept[0] != key:
            kept = self._asked = key, self._clauses(question)
        return kept[1]

    def _clauses(self, question: Question) -> tuple[Clause, tuple[Clause, ...]]:
        text = phrases.MANNER.sub("", question.subject or question.text) or question.text
        parts = clauses(text)
        shown = [self._readable(part, question.language) for part in (text, *parts)]
        whole = evidence.clause(shown[0], question.wants, self.statistics)
        if len(parts) < 2:
            return whole, ()
        each = zip(parts, shown[1:], strict=True)
        return whole, tuple(evidence.clause(part, wants_of(asked), self.statistics) for asked, part in each)

    def _readable(self, text: str, language: str) -> str:
        """``text`` as the abstracts could have it: of another language names, known words and gloss."""
        if language == "en":
            return text
        known = [t.text for t in terms.tokens(text) if self.statistics.document_frequency(t.stem)]
        return " ".join(dict.fromkeys([*terms.spelled_names(text), *known, *languages.gloss(text, language).split()]))

    def judge(self, asked: tuple[Clause, tuple[Clause, ...]], paper: Paper, *, parts: bool = True) -> Judged:
        """Every sentence of ``paper`` scored, for each clause too unless ``parts`` is False."""
        whole, clauses_ = asked
        read = reading.read(paper)
        each = tuple(self._scores(part, read) for part in clauses_) if parts else ()
        return Judged(read, self._scores(whole, read), each, whole.several)

    def nearness(self, words: Sequence[str], read: Reading) -> Sequence[Sequence[float]]:
        """How near each word comes to its nearest in each sentence, shape (words, sentences)."""
        return (
            self._similarity.nearness(words, read) if self._similarity else [[0.0] * len(read.sentences)] * len(words)
        )

    def prepare(self, papers: Sequence[Paper]) -> None:
        """Have the sentences of several papers embedded at once."""
        if self._similarity:
            self._similarity.prepare([reading.read(paper) for paper in papers])

    def rows(self, asked: Clause, read: Reading) -> Features:
        """The features of every sentence, shape (sentences, features)."""
        return evidence.features(asked, read, self._similarity)

    def scores(self, rows: Features) -> tuple[float, ...]:
        """How well the sentences with these features answer; comparable within one question."""
        return tuple((rows @ self._weights).tolist())

    def _scores(self, asked: Clause, read: Reading) -> tuple[float, ...]:
        return self.scores(self.rows(asked, read))


def choose(judged: Judged, *, most: int = MOST, budget: int = BUDGET) -> list[int]:
    """Ordinals of the sentences to show, in order of choice: the best for each clause, then what adds most."""
    sentences = judged.reading.sentences
    if not sentences:
        return []
    chosen: list[int] = []
    for part in judged.parts or (judged.whole,):
        mixed = [p + WHOLE * w for p, w in zip(part, judged.whole, strict=True)]
        first = max(range(len(sentences)), key=mixed.__getitem__)
        if first not in chosen:
            chosen.append(first)
    chosen = chosen[:most]
    words = sum(length(sentences[i]) for i in chosen)
    while len(chosen) < min(most, len(sentences)):
        following = _next(judged, chosen)
        words += length(sentences[following])
        if words > (LONGEST if judged.several or len(chosen) == 1 else budget):
            break
        chosen.append(following)
    return chosen


def length(sentence: Sentence) -> int:
    """Words in a sentence, as a person counts them."""
    return len(sentence.text.split())


def _next(judged: Judged, chosen: Sequence[int]) -> int:
    sentences = judged.reading.sentences
    best = (
        [max(scores) for scores in zip(judged.whole, *judged.parts, strict=True)]
        if judged.parts
        else list(judged.whole)
    )
    for i in chosen:
        if i + 1 < len(sentences) and (sentences[i + 1].elaborates or sentences[i + 1].backward):
            best[i + 1] += ELABORATION
    if judged.several and any(sentences[i].step for i in chosen):
        best = [score + SERIES * sentence.step for score, sentence in zip(best, sentences, strict=True)]
    return max((i for i in range(len(sentences)) if i not in chosen), key=best.__getitem__)


def foremost(passages: Sequence[Passage], about: Sequence[Paper]) -> list[Passage]:
    """The passages with the papers that the question is about first, whether or not they were found."""
    found = {p.paper.id: p for p in passages}
    first = [
        found.get(paper.id) or Passage(paper, paper.abstract, 0, len(paper.abstract), score=1.0) for paper in about
    ]
    chosen = {paper.id for paper in about}
    return first + [p for p in passages if p.paper.id not in chosen]
