"""Token-level matching: each word of a question against every word of a paper, near words counted too.

BM25 over similarities instead of identities: where BM25 counts a question's word in a paper, this sums how
similar the paper's tokens are to it, beyond a threshold, and saturates the sum in the same way. "Homework"
then finds "students". Needs an embedder that has a vector a token (a static one); knows no library.

Late interaction after ColBERT (Khattab & Zaharia, 2020), summed and saturated as in BM25 (Robertson &
Zaragoza, 2009) instead of the maximum, which did worse on every set tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

#: Cosine similarity of two tokens up to which they count as unrelated, and from which on as the same: a synonym is
#: worth the word itself.
UNRELATED, SAME = 0.25, 0.7
#: Keeps a word that no candidate matches from weighing without bound.
UNMATCHED = 0.02
#: BM25's saturation and length normalisation, as in Lucene.
K1, B = 1.2, 0.75
#: Tokens whose vectors are compared at a time: 1 MB of them.
BLOCK = 1_024
#: Distinct tokens of a question that are looked at; a pasted page need not be matched to its end.
LONGEST = 96


class Tokens(Protocol):
    """A text as token ids, and the span of the text that each came from."""

    @property
    def ids(self) -> NDArray[np.int64]: ...

    @property
    def spans(self) -> Sequence[tuple[int, int]]: ...


class Counted(Protocol):
    """A text's distinct token ids with their counts, both of shape (distinct,)."""

    @property
    def ids(self) -> NDArray[np.integer]: ...

    @property
    def counts(self) -> NDArray[np.number]: ...


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedder that has a vector for each token, so that words can be compared one by one."""

    def tokens(self, texts: Sequence[str]) -> Sequence[Tokens]:
        """The texts' known tokens, unknown ones left out."""
        ...

    def token_vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The tokens' vectors, shape (len(ids), dimension), not normalised."""
        ...


class SoftMatcher:
    """Scores papers against a question token by token; keeps the lengths of the vectors of tokens seen."""

    def __init__(self, embedder: TokenEmbedder) -> None:
        self._embedder = embedder
        self._lengths = np.zeros(0, dtype=np.float32)
        self._lock = Lock()

    def score(self, question: str, papers: Sequence[Counted], rarity: Callable[[str], float]) -> NDArray[np.float64]:
        """The share, 0..1, of the question's weight that each paper matches.

        ``papers`` are their tokens; ``rarity`` is the weight of a word of the question, such as its inverse document
        frequency, 0 for a word without content.
        """
        ids, weights = weigh(self._embedder, question, rarity)
        if not papers or not weights.any():
            return np.zeros(len(papers))
        flat = np.concatenate([paper.ids for paper in papers]).astype(np.int64)
        seen = np.zeros(int(flat.max(initial=-1)) + 1, dtype=bool)
        seen[flat] = True
        held = np.flatnonzero(seen)
        near = self._likeness(ids, held)
        counts = np.concatenate([paper.counts for paper in papers]).astype(np.float32)
        owners = np.repeat(np.arange(len(papers)), [len(paper.ids) for paper in papers])
        matched = _sums(near, held, flat, counts, owners, len(papers))
        return shares(matched, np.bincount(owners, weights=counts, minlength=len(papers)), weights)

    def _likeness(self, ids: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.float32]:
        """How alike each token is to each of those held, as :func:`scaled` has it; shape (ids, held)."""
        asked = unit(self._embedder.token_vectors(ids)).T
        near = np.empty((len(ids), len(held)), dtype=np.float32)
        # A block at a time: one that fits the processor's cache halves the time. Vectors are made anew each time,
        # from a quarter of the bytes that they take: no slower than keeping them, 1 kB a token.
        for start in range(0, len(held), BLOCK):
            block = self._embedder.token_vectors(held[start : start + BLOCK])
            near[:, start : start + BLOCK] = (block @ asked).T
        near /= self._lengths_of(held)
        return scaled(near)

    def _lengths_of(self, held: NDArray[np.int64]) -> NDArray[np.float32]:
        with self._lock:
            if (missing := int(held.max(initial=-1)) + 1 - len(self._lengths)) > 0:
                self._lengths = np.concatenate([self._lengths, np.zeros(missing, np.float32)])
            lengths = self._lengths[held]
            if not lengths.all():
                new = held[lengths == 0]
                self._lengths[new] = norms(self._embedder.token_vectors(new))[:, 0]
                lengths = self._lengths[held]
        return lengths


def weigh(
    embedder: TokenEmbedder, question: str, rarity: Callable[[str], float]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The question's distinct tokens and what each weighs: its word's rarity, shared among the word's tokens."""
    tokens = embedder.tokens([question])[0]
    words = [_word(question, *span) for span in tokens.spans]
    pieces = Counter(words)
    weights: dict[int, float] = {}
    for token, (start, end) in zip(tokens.ids.tolist(), words, strict=True):
        weights[token] = weights.get(token, 0.0) + rarity(question[start:end]) / pieces[start, end]
    kept = sorted((t for t in weights if weights[t] > 0), key=lambda token: -weights[token])[:LONGEST]
    return np.array(kept, dtype=np.int64), np.array([weights[token] for token in kept])


def scaled(near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine similarities of tokens, in place, as 0..1 from :data:`UNRELATED` to :data:`SAME`."""
    near -= np.float32(UNRELATED)
    near /= np.float32(SAME - UNRELATED)
    return np.clip(near, 0.0, 1.0, out=near)


def shares(matched: NDArray[np.float32], lengths: NDArray[Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share, 0..1, of the question's weight that each paper matches.

    ``matched`` is how much of each token of the question each paper holds, shape (tokens, papers); ``lengths`` are the
    papers', in tokens, and ``weights`` the tokens' weights.
    """
    saturated = matched / (matched + K1 * (1 - B + B * lengths / max(lengths.mean(), 1.0)))
    weights = np.sqrt(weights * _soft_rarity(saturated))
    return np.asarray(weights @ saturated / weights.sum(), dtype=np.float64)


def _soft_rarity(saturated: NDArray[np.float32]) -> NDArray[np.float64]:
    """How seldom a word is matched, near words counted: "chatbot" is rare, but many a paper has a word like it.

    An inverse document frequency over the candidates, shape (tokens,); ``saturated`` has shape (tokens, papers).
    """
    return np.log1p(1.0 / (saturated.mean(axis=1, dtype=np.float64) + UNMATCHED))


def _sums(
    near: NDArray[np.float32],
    held: NDArray[np.int64],
    flat: NDArray[np.int64],
    counts: NDArray[np.float32],
    owners: NDArray[np.int64],
    papers: int,
) -> NDArray[np.float32]:
    """For each token of the question and each paper the summed likeness of the paper's tokens, shape (tokens, papers).

    ``near`` is the likeness of each of the tokens ``held``; ``flat`` are all papers' tokens, one after another, with
    ``counts`` and ``owners``, the papers' numbers. Most tokens are like none of the question's: they are left out
    first, which is most of the speed.
    """
    alike = near.any(axis=0)
    column = np.full(int(held[-1]) + 1 if len(held) else 0, -1, dtype=np.int32)
    column[held[alike]] = np.arange(int(alike.sum()), dtype=np.int32)
    columns = column[flat]
    kept = columns >= 0
    owners = owners[kept]
    weighted = near[:, alike][:, columns[kept]] * counts[kept]
    matched = np.zeros((len(near), papers), dtype=np.float32)
    if len(owners):
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        matched[:, owners[starts]] = np.add.reduceat(weighted, starts, axis=1)
    return matched


def _word(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of the whole word around a token's span."""
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors at length 1, zeros staying zeros."""
    return vectors / norms(vectors)


def norms(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors' lengths, shape (vectors, 1), never quite 0."""
    return np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9))
