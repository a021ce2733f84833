"""How alike the candidates are in their words to those believed in: feedback as the vector model has it.

A paper that shares its telling words with the papers that come first is about the same thing, whatever the question
calls it; in a field that the embedder was not trained on this is what it can't say. Each paper is its tokens, weighed
by the logarithm of their count and by how few of the candidates hold them (tf-idf; Salton & Buckley, 1988), at length
1; the papers believed in, each by its share of belief, are added up (Rocchio, 1971), and every candidate is compared
with the sum. A believed paper's likeness to itself is meant to count: where the first stands far above the rest it
keeps its place, and where the first are level, those that agree with one another rise. Knows no question and no
library: a word is rare here if few candidates hold it, so that a question's own words, which nearly all hold, say
little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.softmatch import Counted

#: Keeps a word that every candidate holds from weighing nothing, so that a paper of such words alone has a length.
SMOOTHING = 0.5


def alike_in_words(belief: NDArray[np.float64], papers: Sequence[Counted]) -> NDArray[np.float64]:
    """The cosine similarity, 0..1, of each paper's words with those of the papers believed in.

    ``belief`` says how far each paper is believed in, adding up to 1, shape (papers,); ``papers`` are their tokens.
    Zeros where no paper has any.
    """
    lengths = [len(paper.ids) for paper in papers]
    if not sum(lengths):
        return np.zeros(len(papers))
    ids = np.concatenate([paper.ids for paper in papers])
    counts = np.concatenate([paper.counts for paper in papers]).astype(np.float64)
    owners = np.repeat(np.arange(len(papers)), lengths)
    held = np.bincount(ids)
    rarity = np.log((len(papers) + SMOOTHING) / np.maximum(held, 1))
    weights = (1.0 + np.log(counts)) * rarity[ids]
    squares = np.bincount(owners, weights**2, len(papers))
    weights /= np.sqrt(squares)[owners]
    liked = np.bincount(ids, weights * belief[owners])
    length = float(np.sqrt(liked @ liked))
    return np.bincount(owners, weights * liked[ids], len(papers)) / (length or 1.0)
