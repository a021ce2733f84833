"""The token match as a thing to learn: each word of a question against every word of a text, as the search scores it.

A question's score of a text is the weighted mean over its words of how far the text holds that word or near ones: the
likenesses of the text's words to it, cosines from :data:`UNRELATED` up to :data:`SAME`, are summed and saturated as in
BM25. Every question of a step must find its own text among all texts of the step. Of the millions of pairs of words
only those few thousand count that are alike at all, so that everything behind the first product is sparse; the
gradients are written out by hand for that reason. Has no stop words and no stems: the words' weights are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from ingest.training.ragged import Ints, Ragged, stack

#: The cosine up to which two tokens are unrelated, and from which on they count as the same. The search draws the lower
#: line at 0.25; here it is lower, since words just below the line are still to be pulled over it.
UNRELATED, SAME = 0.2, 0.7
#: BM25's saturation and length normalisation, and what keeps a word that no text matches from weighing without bound.
K1, B, UNMATCHED = 1.2, 0.75, 0.02
#: Inverse temperature of the softmax over scores, which lie between 0 and 1.
SCALE = 25.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """The questions and texts of one step; question i belongs to text i, and the texts beyond are nobody's.

    ``asked`` and ``told`` are the distinct tokens of the questions and of the texts; ``weights`` has shape (questions,
    asked); ``counts`` is a sparse matrix of shape (texts, told); ``lengths`` are the texts', in tokens.
    """

    asked: Ints
    told: Ints
    weights: Tensor
    counts: csr_matrix
    lengths: Tensor

    @classmethod
    def of(cls, questions: Sequence[Ragged], texts: Sequence[Ragged], rarity: NDArray[np.float32]) -> Sheet:
        """``rarity`` is what each token of the vocabulary weighs in a question, 0 for one without content."""
        asking, telling = _counted(stack(questions), len(rarity)), _counted(stack(texts), len(rarity))
        asking = csr_matrix(asking.multiply(rarity[None]))
        asking.eliminate_zeros()
        asked, told = (np.flatnonzero(np.bincount(side.indices, minlength=len(rarity))) for side in (asking, telling))
        lengths = torch.from_numpy(np.asarray(telling.sum(axis=1), dtype=np.float32).ravel())
        weights = torch.from_numpy(asking[:, asked].toarray())
        return cls(asked, told, weights, csr_matrix(telling[:, told]), lengths)

    @property
    def touched(self) -> Ints:
        """All tokens that occur."""
        return np.union1d(self.asked, self.told)


@dataclass(frozen=True, slots=True)
class Likeness:
    """The pairs of tokens that are alike: row by row of ``told``, row r being ``starts[r]`` to ``starts[r + 1]``.

    ``values`` go from 0 to 1, ``slopes`` are what they gain for a gain in cosine.
    """

    columns: Ints
    starts: Ints
    values: NDArray[np.float32]
    slopes: NDArray[np.float32]


def match(vectors: Tensor, sheet: Sheet) -> tuple[float, Tensor]:
    """The loss of a step and its gradient over ``vectors``, the vectors of ``sheet.touched``."""
    touched = sheet.touched
    asked, told = np.searchsorted(touched, sheet.asked), np.searchsorted(touched, sheet.told)
    lengths = vectors.norm(dim=1, keepdim=True).clamp_min(1e-8)
    units = vectors / lengths
    likeness = _alike(units[told], units[asked])
    pairs, cells, counts = _meetings(likeness, sheet)
    shape = len(sheet.lengths), len(asked)
    sums = np.bincount(cells, weights=likeness.values[pairs] * counts, minlength=shape[0] * shape[1])
    loss, slope = _ranked(torch.from_numpy(sums.astype(np.float32).reshape(shape)), sheet)
    by_pair = np.bincount(pairs, weights=slope.numpy().ravel()[cells] * counts, minlength=len(likeness.values))
    pull = csr_matrix(
        ((by_pair * likeness.slopes).astype(np.float32), likeness.columns, likeness.starts),
        shape=(len(told), len(asked)),
    )
    gradient = torch.zeros_like(units)
    gradient.index_add_(0, torch.from_numpy(told), torch.from_numpy(pull @ units[asked].numpy()))
    gradient.index_add_(0, torch.from_numpy(asked), torch.from_numpy(pull.T.tocsr() @ units[told].numpy()))
    return loss, (gradient - units * (units * gradient).sum(1, keepdim=True)) / lengths


def _counted(rows: Ragged, vocabulary: int) -> csr_matrix:
    ones = np.ones(len(rows.values), np.float32)
    counted = csr_matrix((ones, rows.values, rows.offsets), shape=(len(rows), vocabulary))
    counted.sum_duplicates()
    return counted


def _alike(told: Tensor, asked: Tensor) -> Likeness:
    """Found in half precision, then taken in full."""
    found = ((told.bfloat16() @ asked.bfloat16().T) > UNRELATED).nonzero()
    rows, columns = found[:, 0], found[:, 1]
    cosines = (told[rows] * asked[columns]).sum(1)
    values = ((cosines - UNRELATED) / (SAME - UNRELATED)).clamp(0, 1)
    slopes = ((values > 0) & (values < 1)).float() / (SAME - UNRELATED)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows.numpy(), minlength=len(told)))])
    return Likeness(columns.numpy(), starts, values.numpy(), slopes.numpy())


def _meetings(likeness: Likeness, sheet: Sheet) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """Every time that a text's token is like an asked one: the pair's number, the cell (text, asked), the count."""
    counts, partners = sheet.counts, np.diff(likeness.starts)
    repeats = partners[counts.indices]
    before = np.concatenate([[0], np.cumsum(repeats)[:-1]])
    pairs = np.repeat(likeness.starts[counts.indices] - before, repeats) + np.arange(repeats.sum())
    texts = np.repeat(np.repeat(np.arange(len(sheet.lengths)), np.diff(counts.indptr)), repeats)
    return (
        pairs,
        texts * len(sheet.asked) + likeness.columns[pairs],
        np.repeat(np.asarray(counts.data, np.float32), repeats),
    )


def _ranked(sums: Tensor, sheet: Sheet) -> tuple[float, Tensor]:
    """The softmax over each question's scores of all texts: its loss, and the gradient over ``sums``."""
    sums.requires_grad_(True)
    with torch.enable_grad():
        room = K1 * (1 - B + B * sheet.lengths / sheet.lengths.mean())
        saturated = sums / (sums + room[:, None])
        seldom = torch.log1p(1 / (saturated.detach().mean(0) + UNMATCHED))
        weights = normalize((sheet.weights * seldom).sqrt(), p=1, dim=1)
        asking = (weights.sum(1) > 0).nonzero()[:, 0]
        loss = cross_entropy(SCALE * (weights @ saturated.T)[asking], asking)
        (gradient,) = torch.autograd.grad(loss, sums)
    return float(loss.detach()), gradient
