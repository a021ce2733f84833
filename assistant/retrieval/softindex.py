"""The token-level match of :mod:`assistant.retrieval.softmatch`, worked out ahead for all papers of a small library.

How much of a word each paper holds, near words counted, follows from the library alone: it is worked out when a
question has the word for the first time, from the few tokens of the library that are like it and the papers that these
stand in. Knows no library and no filter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.softmatch import UNRELATED, Counted, TokenEmbedder, scaled, shares, unit, weigh

#: Words of questions that are kept, each with a number a paper.
KEPT_WORDS = 500


class SoftIndex:
    """Scores papers of a library against questions. Thread-safe."""

    def __init__(self, embedder: TokenEmbedder, papers: Mapping[str, Counted]) -> None:
        """``papers`` are the tokens of every paper by its id."""
        self._embedder = embedder
        self._places = {paper_id: place for place, paper_id in enumerate(papers)}
        held = list(papers.values())
        counts = np.concatenate([np.zeros(0), *(paper.counts for paper in held)]).astype(np.float32)
        owners = np.repeat(np.arange(len(held)), [len(paper.ids) for paper in held])
        flat = np.concatenate([np.zeros(0, np.int64), *(paper.ids for paper in held)])
        tokens, rows = np.unique(flat.astype(np.int64), return_inverse=True)
        # Token by token: where those of each begin, the papers it stands in, and how often.
        order = np.argsort(rows, kind="stable")
        self._starts = np.searchsorted(rows[order], np.arange(len(tokens) + 1))
        self._owners, self._counts = owners[order], counts[order]
        self._lengths = np.bincount(owners, weights=counts, minlength=len(held))
        self._vectors = np.ascontiguousarray(unit(embedder.token_vectors(tokens)).T)
        self._known: dict[int, NDArray[np.float32]] = {}

    def __contains__(self, paper_id: str) -> bool:
        return paper_id in self._places

    def score(self, question: str, paper_ids: Sequence[str], rarity: Callable[[str], float]) -> NDArray[np.float64]:
        """As :meth:`assistant.retrieval.softmatch.SoftMatcher.score`. Raises KeyError for a paper not held."""
        ids, weights = weigh(self._embedder, question, rarity)
        if not paper_ids or not weights.any():
            return np.zeros(len(paper_ids))
        places = np.array([self._places[paper_id] for paper_id in paper_ids])
        matched = np.stack(self._matched(ids.tolist()))[:, places]
        return shares(matched, self._lengths[places], weights)

    def _matched(self, ids: Sequence[int]) -> list[NDArray[np.float32]]:
        """How much of each token every paper holds, near tokens counted by their nearness."""
        known = self._known
        if new := [token for token in ids if token not in known]:
            if len(known) + len(new) > KEPT_WORDS:
                # Another thread may be reading what is known: it is left to that one.
                known = self._known = {token: known[token] for token in ids if token in known}
            known.update(zip(new, self._held(np.array(new)), strict=True))
        return [known[token] for token in ids]

    def _held(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """For each token and each paper the summed nearness of the paper's tokens, shape (ids, papers)."""
        likeness = unit(self._embedder.token_vectors(ids)) @ self._vectors
        # Only some twenty tokens of thousands are like one: what follows is about these.
        asked, rows = np.nonzero(likeness > UNRELATED)
        near = scaled(likeness[asked, rows])
        starts, sizes = self._starts[rows], np.diff(self._starts)[rows]
        entries = np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        cells = np.repeat(asked, sizes) * len(self._lengths) + self._owners[entries]
        weights = np.repeat(near, sizes) * self._counts[entries]
        held = np.bincount(cells, weights, minlength=len(ids) * len(self._lengths))
        return held.reshape(len(ids), -1).astype(np.float32)
