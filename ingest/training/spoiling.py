"""Makes anchors harder to match by their words, so that they must be matched by their meaning.

Left to itself a model of this kind learns to match words, which the lexical index beside it already does better. So
many anchors lose most words that also stand in the positive, and in many anchors taken from papers some words give way
to what a dictionary says of them: "dexterous manipulation" becomes "skilful with the hands manipulation", which is how
somebody asks who does not know the jargon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.training.encoding import EncodedPairs
from ingest.training.ragged import Ints, Ragged

#: Kinds of pairs that come from a dictionary: headwords, definitions, synonyms.
DICTIONARY = frozenset(
    {
        "definition_hypernym",
        "definition_similar",
        "example_definition",
        "head_group",
        "lemma_definition",
        "lemma_synonyms_definition",
        "synonym",
        "synonym_group",
        "term_definition",
    }
)
#: A word that makes up more of the text than this ("the", "model") is never explained.
COMMON = 5e-4
LONGEST_GLOSS = 12
FEWEST_LEFT = 2


@dataclass(frozen=True, slots=True)
class Spoiling:
    """Which part of the anchors is spoilt in either way, and how likely each of their words is to be hit."""

    unshared: float = 0.75
    taken_away: float = 0.8
    glossed: float = 0.5
    explained: float = 0.3


class Spoiler:
    """Spoils anchors; ``frequencies`` is how often each token occurs in the papers."""

    def __init__(
        self, frequencies: Ints, everyday: EncodedPairs | None, spoiling: Spoiling, random: np.random.Generator
    ) -> None:
        self._vocabulary = len(frequencies)
        self._spoiling = spoiling
        self._random = random
        self._marks = np.zeros(0, np.bool_)
        self._glosses = Ragged.of([])
        self._gloss_starts = np.zeros(self._vocabulary + 1, np.int64)
        if everyday is not None:
            self._collect_glosses(everyday, frequencies <= frequencies.sum() * COMMON)

    def explain(self, anchors: Ragged) -> Ragged:
        """In a part of the anchors some words replaced by one of their dictionary entries."""
        owners, known = anchors.owners, np.diff(self._gloss_starts)[anchors.values]
        chosen = (self._random.random(len(anchors)) < self._spoiling.glossed)[owners] & (known > 0)
        chosen &= self._random.random(len(owners)) < self._spoiling.explained
        places = np.flatnonzero(chosen)
        nth = (self._random.random(len(places)) * known[places]).astype(np.int64)
        glosses = self._gloss_starts[anchors.values[places]] + nth
        # The anchors' own values and then all glosses in one array, so that word and gloss are both stretches of it.
        both = Ragged(np.concatenate([anchors.values, self._glosses.values]), anchors.offsets)
        starts, ends = np.arange(len(owners)), np.arange(1, len(owners) + 1)
        starts[places] = len(owners) + self._glosses.offsets[glosses]
        ends[places] = len(owners) + self._glosses.offsets[glosses + 1]
        words = both.cut(starts, ends)
        lengths = np.bincount(owners, weights=words.lengths, minlength=len(anchors)).astype(np.int64)
        return Ragged.join([words.values], lengths)

    def without_shared_words(self, anchors: Ragged, positives: Ragged) -> Ragged:
        """A part of the anchors loses most words that their positives have too, unless less than two would be left."""
        owners = anchors.owners
        hit = (self._random.random(len(anchors)) < self._spoiling.unshared)[owners]
        hit &= self._random.random(len(owners)) < self._spoiling.taken_away
        kept = ~(hit & self._occurs(anchors, positives))
        too_few = np.bincount(owners[kept], minlength=len(anchors)) < FEWEST_LEFT
        return anchors.keep(kept | too_few[owners])

    def _occurs(self, anchors: Ragged, positives: Ragged) -> NDArray[np.bool_]:
        """For every value of the anchors whether the positive in the same row has it too.

        Marks on a large table are forty times as fast here as sorting the values, as numpy.isin does.
        """
        size = len(anchors) * self._vocabulary
        if len(self._marks) < size:
            self._marks = np.zeros(size, np.bool_)
        theirs = positives.owners * self._vocabulary + positives.values
        self._marks[theirs] = True
        found = self._marks[anchors.owners * self._vocabulary + anchors.values]
        self._marks[theirs] = False
        return found

    def _collect_glosses(self, everyday: EncodedPairs, explainable: NDArray[np.bool_]) -> None:
        """Sorts by headword the entries whose headword is one explainable token."""
        rows = np.flatnonzero(
            of_dictionary(everyday)[everyday.kinds] & (everyday.anchors.lengths == 1) & (everyday.positives.lengths > 0)
        )
        heads = everyday.anchors.values[everyday.anchors.offsets[rows]]
        rows, heads = rows[explainable[heads]], heads[explainable[heads]]
        rows = rows[np.argsort(heads, kind="stable")]
        starts, ends = everyday.positives.offsets[rows], everyday.positives.offsets[rows + 1]
        self._glosses = everyday.positives.cut(starts, np.minimum(ends, starts + LONGEST_GLOSS))
        self._gloss_starts = np.searchsorted(np.sort(heads), np.arange(self._vocabulary + 1))


def of_dictionary(pairs: EncodedPairs) -> NDArray[np.bool_]:
    """For every kind of the pairs whether it comes from a dictionary."""
    return np.array([str(name).partition("|")[0] in DICTIONARY for name in pairs.names])
