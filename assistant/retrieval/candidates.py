"""The papers worth judging for one question, with each side's score of every one of them.

Dense and lexical search propose. Knows nothing of weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.language.terms import STOP, tokens
from assistant.retrieval.softmatch import Counted
from ingest.library import Library, Signals
from ingest.papers import Filters, Hit, Paper

#: Chunks that each side proposes.
POOL = 100
#: Words whose frequency, and papers whose signals, are kept in memory: the latter take about 4 kB each.
KEPT_WORDS, KEPT_PAPERS = 50_000, 5_000
#: BM25's bound for a word that fills a paper, k1 + 1, in shares of its rarity.
MOST_OF_A_WORD = 2.2


@dataclass(frozen=True, slots=True)
class Candidates:
    """Papers with their best chunk; columns are of shape (papers,).

    The ``papers`` have id, title and abstract alone; ``tokens`` are theirs, or none with an embedder without tokens.
    ``vectors`` are those of the best chunks, shape (papers, dimension); ``dense`` the cosine similarity; ``bm25`` the
    BM25 score, 0 where no word is shared, and ``share`` the same as a share, 0..1, of the score of a paper in which
    every word of the question stands out.
    """

    papers: tuple[Paper, ...]
    tokens: tuple[Counted, ...]
    ordinals: tuple[int, ...]
    vectors: NDArray[np.float32]
    dense: NDArray[np.float64]
    bm25: NDArray[np.float64]
    share: NDArray[np.float64]


class Rarity:
    """What a word of a question weighs: its inverse document frequency in the library, 0 if it has no content.

    Keeps what it has looked up, so it is good for one generation of the library.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._count = max(library.n_documents, 1)
        self._frequencies: dict[str, int] = {}

    def frequency(self, word: str) -> int:
        """In how many chunks the word occurs, in any of its forms."""
        folded = word.lower()
        if folded not in self._frequencies:
            if len(self._frequencies) >= KEPT_WORDS:
                self._frequencies.clear()
            self._frequencies[folded] = self._library.document_frequency(folded)
        return self._frequencies[folded]

    def __call__(self, word: str) -> float:
        """Lucene's inverse document frequency, always positive for a word with content."""
        if word.lower() in STOP:
            return 0.0
        found = min(self.frequency(word), self._count)
        return math.log(1.0 + (self._count - found + 0.5) / (found + 0.5))


class Gatherer:
    """Proposes candidates from one generation of a library, keeping the signals of papers seen."""

    def __init__(self, library: Library, rarity: Rarity) -> None:
        self._library = library
        self._rarity = rarity
        self._kept: dict[str, tuple[Paper, Signals]] = {}

    def gather(self, query: str, vector: NDArray[np.float32], filters: Filters) -> Candidates:
        """The candidates for ``query``, whose embedding is ``vector``. Raises the subclasses of LibraryError."""
        words = [t.text for t in tokens(query) if t.content]
        lexical = _best(self._library.lexical(" ".join(words) or query, POOL, filters))
        dense = _best(self._library.dense(vector, POOL, filters))
        # A paper may have gone between the search and the reading.
        found = self.signals(list(dict.fromkeys([*lexical, *dense])))
        chunks = [signals.vectors for _, signals in found.values()]
        vectors, alike, best = _best_chunks(chunks, vector)
        bm25 = np.array([lexical[key].score if key in lexical else 0.0 for key in found])
        most = MOST_OF_A_WORD * sum(map(self._rarity, words)) or 1.0
        return Candidates(
            papers=tuple(paper for paper, _ in found.values()),
            tokens=tuple(signals.tokens for _, signals in found.values() if signals.tokens is not None),
            ordinals=tuple(best),
            vectors=vectors,
            dense=alike,
            bm25=bm25,
            share=np.clip(bm25 / most, 0.0, 1.0),
        )

    def signals(self, ids: Sequence[str]) -> dict[str, tuple[Paper, Signals]]:
        """What is known of each paper, in the order asked."""
        kept = self._kept
        if missing := [key for key in ids if key not in kept]:
            fresh = {
                key: (Paper(key, found.title, found.abstract, found.abstract), found)
                for key, found in self._library.signals(missing).items()
            }
            # Another thread may be reading what is kept: it only grows, and is left to that one instead of shrinking.
            if len(kept) + len(fresh) > KEPT_PAPERS:
                kept = {key: kept[key] for key in ids if key in kept} | fresh
                self._kept = kept
            else:
                kept.update(fresh)
        return {key: kept[key] for key in ids if key in kept}


def _best_chunks(
    chunks: Sequence[NDArray[np.float32]], vector: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64], list[int]]:
    """Of each paper's chunks the one most alike to ``vector``: their vectors, likenesses and ordinals."""
    if not chunks:
        return np.zeros((0, 0), np.float32), np.zeros(0), []
    flat = np.concatenate(chunks)
    alike = flat @ vector
    lengths = np.array([len(own) for own in chunks], dtype=np.int64)
    starts = np.cumsum(lengths) - lengths
    if len(flat) == len(chunks):
        return flat, alike.astype(np.float64), [0] * len(chunks)
    best = [int(alike[start : start + length].argmax()) for start, length in zip(starts, lengths, strict=True)]
    rows = starts + np.array(best, dtype=np.int64)
    return flat[rows], alike[rows].astype(np.float64), best


def _best(hits: Sequence[Hit]) -> dict[str, Hit]:
    """Each paper's best chunk, in order of score."""
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.paper_id not in best or best[hit.paper_id].score < hit.score:
            best[hit.paper_id] = hit
    return best
