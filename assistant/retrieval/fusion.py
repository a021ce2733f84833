"""Several opinions about the same candidates, made one: standardise each, weigh, add.

Every signal (cosine similarity, BM25, token-level match, feedback by vectors and by words) is standardised over the
question's own candidates, so that a side that singles out a paper stands far above one that can't tell them apart.
How far the sides are trusted follows from the question: BM25 has no vote where no paper holds its rare words, and
the more of them the best paper holds, the more BM25 counts and the less the embedding does. What a paper shares with
those that come first moves it among the candidates, but makes it no better an answer by itself: the rank counts it,
the order, which the level is made of, does not. Knows no library and no text.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

#: Papers that pseudo-relevance feedback takes for relevant (Rocchio, 1971; here each by its share of belief).
BELIEVED = 5
#: BM25 shares of the best paper between which trust in BM25 rises from none to all. Questions in the asker's own
#: words reach 0.1 to 0.2, questions that name what they ask for 0.4 to 0.8.
TRUSTED = 0.15, 0.5


@dataclass(frozen=True, slots=True)
class Features:
    """What speaks for one paper, before weighing. A signal that is not to be had is NaN.

    ``dense`` is the cosine similarity of question and chunk, -1..1. ``lexical`` is BM25 as a share, 0..1, of what a
    paper would score in which every word of the question stands out; ``soft`` the same share with near words counted
    by their similarity. ``name`` says, 0..1, how surely the paper bears a name that the question mentions. ``feedback``
    is the cosine similarity with the papers that come first without it, ``words`` that of their words. ``order`` is the
    weighted sum of all but the latter, ``rank`` of these two: it ranks the candidates. Neither has a scale of its own.
    """

    dense: float
    lexical: float
    soft: float
    name: float
    feedback: float
    words: float
    order: float
    rank: float


@dataclass(frozen=True, slots=True)
class Table:
    """The features of all candidates of one question: a column each, of shape (candidates,), NaN where unknown."""

    dense: Column
    lexical: Column
    soft: Column
    name: Column
    feedback: Column
    words: Column
    order: Column
    rank: Column

    def row(self, index: int) -> Features:
        return Features(**{f.name: float(getattr(self, f.name)[index]) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Weights:
    """What each standardised signal counts for a question whose words no paper shares.

    ``covered_…`` is added for one that some paper covers, and its share for those between (see :func:`covered`);
    ``name`` is not standardised, since most papers bear no name asked for. ``words`` is what likeness in words to the
    first papers counts in the rank.
    """

    dense: float
    soft: float
    feedback: float
    name: float
    covered_dense: float
    covered_lexical: float
    words: float


@dataclass(frozen=True, slots=True)
class Level:
    """The logistic that turns raw signals into the probability, 0..1, that a paper is one that was asked for."""

    intercept: float
    order: float
    dense: float
    lexical: float
    soft: float


#: With a static embedder, whose token vectors allow the token-level match. Fitted as a conditional logit (a
#: question's gold papers against its other candidates) by ``python -m tests.bench.fit_fusion``, which prints these.
TOKENS = Weights(dense=1.00, soft=0.92, feedback=0.35, name=2.5, covered_dense=-0.70, covered_lexical=1.00, words=1.2)
#: By the same command: a logistic regression over the first ten of each question, answerable or not.
TOKENS_LEVEL = Level(intercept=-6.51, order=0.49, dense=1.13, lexical=0.0, soft=2.28)
#: With any other embedder: by the same fits without the token-level match.
VECTORS = Weights(dense=1.05, soft=0.0, feedback=0.93, name=2.5, covered_dense=-0.75, covered_lexical=0.58, words=0.0)
VECTORS_LEVEL = Level(intercept=-6.74, order=0.63, dense=2.62, lexical=1.32, soft=0.0)


def standardise(column: Column) -> Column:
    """The column with mean 0 and standard deviation 1; zeros where nothing differs, and for unknown values."""
    unknown = np.isnan(column)
    some = bool(unknown.any())
    known = column[~unknown] if some else column
    if not len(known) or (spread := known.std()) < 1e-9:
        return np.zeros_like(column)
    standard = (column - known.mean()) / spread
    return np.where(unknown, 0.0, standard) if some else standard


def covered(table: Table) -> float:
    """How far the question's own words are to be trusted, 0..1, by the share of them that the best paper holds."""
    best = float(np.nan_to_num(table.lexical).max(initial=0.0))
    lowest, highest = TRUSTED
    return min(1.0, max(0.0, (best - lowest) / (highest - lowest)))


def fuse(table: Table, weights: Weights) -> Column:
    """The order of the candidates as one number each, higher is better; of no meaning across questions."""
    share = covered(table)
    return (
        weights.name * np.nan_to_num(table.name)
        + (weights.dense + share * weights.covered_dense) * standardise(table.dense)
        + share * weights.covered_lexical * standardise(table.lexical)
        + weights.soft * standardise(table.soft)
        + weights.feedback * standardise(table.feedback)
    )


def ranking(table: Table, weights: Weights) -> Column:
    """What ranks the candidates: their order, and their likeness in words to the first. Higher is better."""
    return table.order + weights.words * standardise(table.words)


def believed(order: Column) -> Column:
    """How far each candidate is taken for relevant: a softmax over the first few, 0 for all others; adds up to 1."""
    first = np.argsort(-order, kind="stable")[:BELIEVED]
    belief = np.zeros(len(order))
    belief[first] = np.exp(order[first] - order[first[:1]])
    return belief / (belief.sum() or 1.0)


def feedback(belief: Column, vectors: NDArray[np.float32]) -> Column:
    """How near each candidate is to those believed in.

    ``belief`` and ``vectors`` are the candidates', the latter their embeddings of shape (candidates, dimension).
    """
    first = np.flatnonzero(belief)
    return np.asarray(vectors @ (vectors[first].T @ belief[first]), dtype=np.float64)


def levels(table: Table, logistic: Level) -> list[float]:
    """How good each candidate is by itself, 0..1, comparable across questions."""
    total = np.full(len(table.order), logistic.intercept)
    for signal in ("order", "dense", "lexical", "soft"):
        total += getattr(logistic, signal) * np.nan_to_num(getattr(table, signal))
    return (1.0 / (1.0 + np.exp(-np.clip(total, -50.0, 50.0)))).tolist()
