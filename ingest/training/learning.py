"""Moves one vector a token until texts that belong together lie together.

A text is the mean of its tokens' vectors. In each step every anchor must find its own positive among all positives
of its group, and every positive its anchor (softmax both ways over cosines). The same is asked of the leading 128 or
64 dimensions, in turns, so that a user may cut the vectors short. Gradients are written out by hand: the pooled texts
are a sparse product, only the rows of tokens that occur are touched, and no copy of the score matrix is kept for the
way back, so that a step takes half the time that it takes through autograd.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor
from torch.nn.functional import embedding_bag

from ingest.training.pairs import Group
from ingest.training.ragged import stack

SMALLEST = 1e-10


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to learn; ``scale`` is the inverse temperature of the softmax."""

    steps: int
    dimensions: tuple[int, ...] = (256, 128, 64)
    rate: float = 0.02
    scale: float = 20.0
    warm_up: float = 0.02

    def rate_at(self, step: int) -> float:
        """A short climb, then a straight line down to nothing."""
        done = step / self.steps
        return self.rate * min(1.0, done / self.warm_up + 0.01) * (1 - done)

    def dimensions_at(self, step: int) -> tuple[int, ...]:
        """All dimensions and one of the shorter lengths."""
        full, *shorter = self.dimensions
        return (full, shorter[step % len(shorter)]) if shorter else (full,)


@dataclass(frozen=True, slots=True)
class Bags:
    """Texts as sparse means of tokens, held both ways: by text for pooling, by token for the way back."""

    tokens: Tensor
    text_starts: Tensor
    token_weights: Tensor
    texts: Tensor
    token_starts: Tensor
    text_weights: Tensor
    touched: Tensor
    sizes: tuple[tuple[int, float], ...]

    @classmethod
    def of(cls, groups: Sequence[Group], vocabulary: int) -> Bags:
        """The anchors and then the positives of each group in turn."""
        rows = stack([side for group in groups for side in (group.anchors, group.positives)])
        weights = np.repeat(1 / np.maximum(rows.lengths, 1), rows.lengths).astype(np.float32)
        shape = (len(rows), vocabulary)
        by_text = csr_matrix((weights, rows.values, rows.offsets.astype(np.int32)), shape=shape)
        by_token = by_text.tocsc()
        touched = np.flatnonzero(np.diff(by_token.indptr))
        return cls(
            torch.from_numpy(by_text.indices),
            torch.from_numpy(by_text.indptr[:-1].copy()),
            torch.from_numpy(by_text.data),
            torch.from_numpy(by_token.indices),
            torch.from_numpy(by_token.indptr[touched]),
            torch.from_numpy(by_token.data),
            torch.from_numpy(touched),
            tuple((len(group.anchors), group.weight) for group in groups),
        )

    def pool(self, vectors: Tensor) -> Tensor:
        """The mean vector of every text."""
        return embedding_bag(self.tokens, vectors, self.text_starts, mode="sum", per_sample_weights=self.token_weights)

    def spread(self, gradients: Tensor) -> Tensor:
        """From gradients by text to gradients by touched token."""
        return embedding_bag(self.texts, gradients, self.token_starts, mode="sum", per_sample_weights=self.text_weights)


class Adam:
    """Adam that moves only the touched rows: the moments of a word that is absent stay as they were."""

    def __init__(self, vectors: Tensor) -> None:
        self._vectors = vectors
        self._mean = torch.zeros_like(vectors)
        self._square = torch.zeros_like(vectors)
        self._steps = 0

    def step(self, rows: Tensor, gradients: Tensor, rate: float, betas: tuple[float, float] = (0.9, 0.99)) -> None:
        first, second = betas
        self._steps += 1
        mean = self._mean[rows].mul_(first).add_(gradients, alpha=1 - first)
        square = self._square[rows].mul_(second).addcmul_(gradients, gradients, value=1 - second)
        self._mean[rows], self._square[rows] = mean, square
        size = square.div_(1 - second**self._steps).sqrt_().add_(SMALLEST)
        self._vectors.index_add_(0, rows, mean.div_(1 - first**self._steps).div_(size), alpha=-rate)


def learn(
    draw: Callable[[], Sequence[Group]],
    vocabulary: int,
    schedule: Schedule,
    seed: int,
    progress: Callable[[int, float], None],
) -> NDArray[np.float32]:
    """Vectors for ``vocabulary`` tokens, learnt from the groups that ``draw`` returns at every step.

    ``progress`` is told the number of the step and its loss.
    """
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(vocabulary, schedule.dimensions[0], generator=generator).mul_(0.1)
    optimiser = Adam(vectors)
    # One batch is drawn while the last one is learnt; a single worker keeps the draws in order and so repeatable.
    with torch.no_grad(), ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(lambda: Bags.of(draw(), vocabulary))
        for step in range(schedule.steps):
            bags = coming.result()
            coming = ahead.submit(lambda: Bags.of(draw(), vocabulary))
            loss, gradients = contrast(bags.pool(vectors), bags.sizes, schedule.dimensions_at(step), schedule.scale)
            optimiser.step(bags.touched, bags.spread(gradients), schedule.rate_at(step))
            progress(step + 1, loss)
    return vectors.numpy()


def contrast(
    texts: Tensor, sizes: Sequence[tuple[int, float]], dimensions: Sequence[int], scale: float
) -> tuple[float, Tensor]:
    """Loss at the first length, gradient over all of them; ``sizes`` holds each group's number of pairs and weight."""
    gradients, total, start = torch.zeros_like(texts), 0.0, 0
    for count, weight in sizes:
        here = slice(start, start + 2 * count)
        for dimension in dimensions:
            loss, slope = _contrast_group(texts[here, :dimension], count, scale)
            gradients[here, :dimension] += slope * (weight / len(dimensions))
            total += weight * loss if dimension == dimensions[0] else 0.0
        start += 2 * count
    return total, gradients


def _contrast_group(texts: Tensor, count: int, scale: float) -> tuple[float, Tensor]:
    lengths = texts.norm(dim=1, keepdim=True).clamp_min(1e-8)
    units = texts / lengths
    # Half precision doubles the speed of the two large products; the scores of true pairs, on which the loss rests,
    # are taken in full.
    half = units.bfloat16()
    anchors, positives = half[:count], half[count:]
    own = (units[:count] * units[count:]).sum(1)
    powers = (anchors @ positives.T).float().mul_(scale).sub_(scale).exp_()
    by_anchor, by_positive = powers.sum(1), powers.sum(0)
    loss = float(((by_anchor.log() + by_positive.log()) / 2 + scale - own * scale).mean())
    shares = powers.mul_((1 / by_anchor)[:, None] + (1 / by_positive)[None])
    shares.diagonal().sub_(2)
    shares = shares.bfloat16()
    slope = torch.cat([shares @ positives, shares.T @ anchors]).float().mul_(scale / 2 / count)
    return loss, (slope - units * (units * slope).sum(1, keepdim=True)) / lengths
