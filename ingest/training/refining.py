"""The second part of training: the vectors go on as before and learn the token match beside it.

The search uses each vector twice, in the mean of its text and by itself against every word of a paper. The first part
trains the mean alone; here both losses pull at once, and questions that people have written join the pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from ingest.training.encoding import EncodedPairs, EncodedPapers
from ingest.training.learning import Adam, Bags, Schedule, contrast
from ingest.training.matching import Sheet, match
from ingest.training.pairs import Drawer, Group
from ingest.training.ragged import Ints, Ragged
from ingest.training.wording import PAPER, TERM, TITLE, Asked

#: A token that stands in more than about a fifth of the texts says nothing in a question.
LEAST_RARITY = 1.5
#: Shares of a glossary's sorts of pairs in each step.
GLOSSED = {TERM: 0.2, TITLE: 0.5, PAPER: 0.3}
#: What the written questions and the glossary count in the loss of the mean, where every other sort counts 1.
ASKED_WEIGHT, GLOSSED_WEIGHT = 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Portions:
    """How many pairs of a step come from the questions and from the glossary, for the mean and for the match."""

    asked: int = 512
    glossed: int = 128
    asked_matched: int = 192
    glossed_matched: int = 32


@dataclass(frozen=True, slots=True)
class Step:
    """What one step learns from: pairs for the mean, and a sheet for the match."""

    bags: Bags
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Material:
    """What the steps are drawn from.

    ``pooled`` and ``matched`` draw the pairs from papers and everyday text for the mean and for the match; ``rarity``
    is what each token of the vocabulary weighs in a question.
    """

    pooled: Drawer
    matched: Drawer
    asked: Asked
    glossed: EncodedPairs | None
    rarity: NDArray[np.float32]


class Refiner:
    """Draws the steps; the same seed draws the same."""

    def __init__(self, material: Material, portions: Portions, seed: int) -> None:
        self._material, self._portions = material, portions
        self._random = np.random.default_rng(seed)
        glossed = material.glossed
        kinds = np.zeros(0, np.str_) if glossed is None else glossed.names[glossed.kinds]
        self._sorts = [(np.flatnonzero(kinds == kind), share) for kind, share in GLOSSED.items()]

    def draw(self) -> Step:
        portions = self._portions
        groups = [*self._material.pooled.draw(), *self._worded(portions.asked, portions.glossed)]
        matched = [*self._material.matched.draw(), *self._worded(portions.asked_matched, portions.glossed_matched)]
        questions, texts = [group.anchors for group in matched], [group.positives for group in matched]
        return Step(Bags.of(groups, len(self._material.rarity)), Sheet.of(questions, texts, self._material.rarity))

    def _worded(self, asked: int, glossed: int) -> list[Group]:
        drawn = [self._question_pairs(asked)]
        weights = [ASKED_WEIGHT]
        if self._material.glossed is not None:
            drawn.append(self._glossary_pairs(self._material.glossed, glossed))
            weights.append(GLOSSED_WEIGHT)
        return [self._material.matched.spoilt(*pair, weight) for pair, weight in zip(drawn, weights, strict=True)]

    def _question_pairs(self, count: int) -> tuple[Ragged, Ragged]:
        """One question each for papers of which none comes twice."""
        asked = self._material.asked
        papers = self._random.permutation(len(asked))[:count]
        chosen = asked.first[papers] + self._below(np.diff(asked.first)[papers])
        return asked.questions.take(chosen), asked.texts.take(papers)

    def _glossary_pairs(self, glossed: EncodedPairs, count: int) -> tuple[Ragged, Ragged]:
        parts = [
            rows[self._below(np.full(round(count * share), len(rows)))] for rows, share in self._sorts if len(rows)
        ]
        chosen = np.concatenate(parts)
        return glossed.anchors.take(chosen), glossed.positives.take(chosen)

    def _below(self, limits: Ints) -> Ints:
        return (self._random.random(len(limits)) * limits).astype(np.int64)


def refine(
    vectors: NDArray[np.float32], draw: Callable[[], Step], schedule: Schedule, progress: Callable[[int, float], None]
) -> NDArray[np.float32]:
    """Better vectors than ``vectors``, by the steps that ``draw`` returns; ``progress`` as in ``learn``."""
    moved = torch.from_numpy(vectors.copy())
    optimiser = Adam(moved)
    with torch.no_grad(), ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(draw)
        for number in range(schedule.steps):
            step = coming.result()
            coming = ahead.submit(draw)
            rows, gradients, loss = _pulled(moved, step, schedule, number)
            optimiser.step(rows, gradients, schedule.rate_at(number))
            progress(number + 1, loss)
    return moved.numpy()


def _pulled(vectors: Tensor, step: Step, schedule: Schedule, number: int) -> tuple[Tensor, Tensor, float]:
    """The touched tokens, the sum of both gradients over them, and the sum of both losses."""
    bags, touched = step.bags, torch.from_numpy(step.sheet.touched)
    mean_loss, by_text = contrast(bags.pool(vectors), bags.sizes, schedule.dimensions_at(number), schedule.scale)
    match_loss, by_token = match(vectors[touched], step.sheet)
    rows = torch.unique(torch.cat([bags.touched, touched]))
    gradients = torch.zeros(len(rows), vectors.shape[1])
    gradients.index_add_(0, torch.searchsorted(rows, bags.touched), bags.spread(by_text))
    gradients.index_add_(0, torch.searchsorted(rows, touched), by_token)
    return rows, gradients, mean_loss + match_loss


def token_rarity(papers: EncodedPapers, asked: Asked, vocabulary: int) -> NDArray[np.float32]:
    """What each token weighs in a question: its inverse document frequency, shape (vocabulary,), 0 for common ones.

    The smaller of that among abstracts and that among questions counts: "the" is common in both, "anybody" in one.
    """
    abstracts = Ragged(papers.sentences.values, papers.sentences.offsets[papers.first])
    rarity = np.minimum(*(_inverse_frequency(rows, vocabulary) for rows in (abstracts, asked.questions)))
    return np.where(rarity < LEAST_RARITY, 0, rarity).astype(np.float32)


def _inverse_frequency(rows: Ragged, vocabulary: int) -> NDArray[np.float64]:
    """As in Lucene's BM25, shape (vocabulary,)."""
    shape = len(rows), vocabulary
    # A copy, for adding up duplicates sorts the values where they lie, and they are the text that is trained on.
    marks = csr_matrix((np.ones(len(rows.values), np.int8), rows.values, rows.offsets), shape=shape, copy=True)
    marks.sum_duplicates()
    found = np.bincount(marks.indices, minlength=vocabulary)
    return np.log1p((len(rows) - found + 0.5) / (found + 0.5))
