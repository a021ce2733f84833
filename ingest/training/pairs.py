"""Draws what should lie close together: the pairs of texts of one step.

From papers: a title and its abstract, a sentence and the rest of its abstract. From everyday English: a word and its
definition, a question and its answer, two captions of one picture, …, so that a question in plain words finds a paper
full of jargon.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.training.encoding import EncodedPairs, EncodedPapers
from ingest.training.ragged import Ints, Ragged
from ingest.training.spoiling import Spoiler, Spoiling, of_dictionary

#: A paper needs this many tokens and two sentences to be worth splitting.
SHORTEST_ABSTRACT = 30
SHORTEST_SENTENCE = 5


@dataclass(frozen=True, slots=True)
class Mixture:
    """How many pairs of each sort a step holds; ``everyday_weight`` is in the loss, where the other sorts weigh 1."""

    titles: int = 2048
    sentences: int = 1024
    everyday: int = 1536
    everyday_weight: float = 1.0
    dictionary_share: float = 0.35
    longest_abstract: int = 192
    spoiling: Spoiling = Spoiling()

    def scaled(self, titles: int) -> Mixture:
        """The same mixture with ``titles`` titles a step and the other sorts in proportion."""
        sentences, everyday = (max(1, size * titles // self.titles) for size in (self.sentences, self.everyday))
        return replace(self, titles=titles, sentences=sentences, everyday=everyday)


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs that serve as each other's wrong answers; ``weight`` is the group's share in the loss."""

    anchors: Ragged
    positives: Ragged
    weight: float = 1.0


class Drawer:
    """An endless supply of steps; the same seed draws the same pairs.

    Raises ValueError where no paper is long enough to be drawn.
    """

    def __init__(
        self, papers: EncodedPapers, everyday: EncodedPairs | None, vocabulary: int, mixture: Mixture, seed: int
    ) -> None:
        self._papers, self._everyday, self._mixture = papers, everyday, mixture
        self._random = np.random.default_rng(seed)
        frequencies = np.bincount(papers.sentences.values, minlength=vocabulary)
        self._spoiler = Spoiler(frequencies, everyday, mixture.spoiling, self._random)
        self._starts = papers.sentences.offsets[papers.first[:-1]]
        ends = papers.sentences.offsets[papers.first[1:]]
        self._ends = np.minimum(ends, self._starts + mixture.longest_abstract)
        long_enough = self._ends - self._starts >= SHORTEST_ABSTRACT
        self._usable = np.flatnonzero(long_enough & (papers.titles.lengths > 0) & (np.diff(papers.first) > 1))
        if not len(self._usable):
            raise ValueError(f"No paper has a title and an abstract of two sentences and {SHORTEST_ABSTRACT} tokens.")
        self._shuffled = self._usable[:0]
        self._chances = None if everyday is None else np.cumsum(_evened(everyday, mixture.dictionary_share))

    def draw(self) -> list[Group]:
        """The groups of one step."""
        sorts = (self._titles(self._mixture.titles), self._sentences(self._mixture.sentences))
        groups = [self.spoilt(self._spoiler.explain(anchors), positives) for anchors, positives in sorts]
        if self._everyday is not None and self._chances is not None:
            chosen = np.searchsorted(self._chances, self._random.random(self._mixture.everyday))
            chosen = np.minimum(chosen, len(self._everyday) - 1)
            anchors, positives = self._everyday.anchors.take(chosen), self._everyday.positives.take(chosen)
            groups.append(self.spoilt(anchors, positives, self._mixture.everyday_weight))
        return groups

    def spoilt(self, anchors: Ragged, positives: Ragged, weight: float = 1.0) -> Group:
        """A group of such pairs, its anchors spoilt as those of this drawer are."""
        return Group(self._spoiler.without_shared_words(anchors, positives), positives, weight)

    def _titles(self, count: int) -> tuple[Ragged, Ragged]:
        papers = self._next_papers(count)
        abstracts = self._papers.sentences.cut(self._starts[papers], self._ends[papers])
        return self._papers.titles.take(papers), abstracts

    def _sentences(self, count: int) -> tuple[Ragged, Ragged]:
        papers = self._next_papers(count)
        first, text = self._papers.first, self._papers.sentences
        chosen = first[papers] + (self._random.random(count) * np.diff(first)[papers]).astype(np.int64)
        # A sentence of a word or two, or one beyond the longest abstract, gives way to the abstract's first.
        length = np.minimum(text.offsets[chosen + 1], self._ends[papers]) - text.offsets[chosen]
        chosen = np.where(length < SHORTEST_SENTENCE, first[papers], chosen)
        starts, ends = text.offsets[chosen], np.minimum(text.offsets[chosen + 1], self._ends[papers])
        before = text.cut(self._starts[papers], starts)
        return text.cut(starts, ends), before.beside(text.cut(ends, self._ends[papers]))

    def _next_papers(self, count: int) -> Ints:
        """Papers in a shuffled order, each as often as any other."""
        while len(self._shuffled) < count:
            self._shuffled = np.concatenate([self._shuffled, self._random.permutation(self._usable)])
        chosen, self._shuffled = self._shuffled[:count], self._shuffled[count:]
        return chosen


def _evened(pairs: EncodedPairs, dictionary_share: float) -> NDArray[np.float64]:
    """A chance for every pair: kinds count by the root of their size, and dictionaries fill a fixed share together."""
    sizes = np.bincount(pairs.kinds, minlength=len(pairs.names)).astype(float)
    masses, lexical = np.sqrt(sizes), of_dictionary(pairs)
    for members, share in ((lexical, dictionary_share), (~lexical, 1 - dictionary_share)):
        masses[members] *= share / max(masses[members].sum(), 1e-9)
    chances = (masses / np.maximum(sizes, 1))[pairs.kinds]
    chances *= (pairs.anchors.lengths > 0) & (pairs.positives.lengths > 0)
    return chances / chances.sum()
