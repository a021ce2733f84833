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
from ingest.library import Library
from ingest.papers import Filters, Hit, Paper

#: Chunks that each side proposes.
POOL = 100
#: Words whose frequency, and papers whose vectors, are kept in memory; a vector is about 1 kB.
KEPT_WORDS, KEPT_PAPERS = 50_000, 20_000
#: BM25's bound for a word that fills a paper, k1 + 1, in shares of its rarity.
MOST_OF_A_WORD = 2.2


@dataclass(frozen=True, slots=True)
class Candidates:
    """Papers with their best chunk; columns are of shape (papers,).

    ``vectors`` are those of the best chunks, shape (papers, dimension); ``dense`` the cosine similarity; ``bm25`` the
    BM25 score, 0 where no word is shared, and ``share`` the same as a share, 0..1, of the score of a paper in which
    every word of the question stands out.
    """

    papers: tuple[Paper, ...]
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
    """Proposes candidates from one generation of a library, keeping the vectors of papers seen."""

    def __init__(self, library: Library, rarity: Rarity) -> None:
        self._library = library
        self._rarity = rarity
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def gather(self, query: str, vector: NDArray[np.float32], filters: Filters) -> Candidates:
        """The candidates for ``query``, whose embedding is ``vector``. Raises the subclasses of LibraryError."""
        words = [t.text for t in tokens(query) if t.content]
        lexical = _best(self._library.lexical(" ".join(words) or query, POOL, filters))
        dense = _best(self._library.dense(vector, POOL, filters))
        papers = self._library.get(list(dict.fromkeys([*lexical, *dense])))
        chunks = self._chunk_vectors(list(papers))
        ids = [key for key in papers if key in chunks]  # one may have gone between the search and the reading
        alike = [chunks[key] @ vector for key in ids]
        best = [int(row.argmax()) for row in alike]
        bm25 = np.array([lexical[key].score if key in lexical else 0.0 for key in ids])
        most = MOST_OF_A_WORD * sum(map(self._rarity, words)) or 1.0
        return Candidates(
            papers=tuple(papers[key] for key in ids),
            ordinals=tuple(best),
            vectors=np.stack([chunks[key][n] for key, n in zip(ids, best, strict=True)])
            if ids
            else np.zeros((0, 0), np.float32),
            dense=np.array([row[n] for row, n in zip(alike, best, strict=True)], dtype=np.float64),
            bm25=bm25,
            share=np.clip(bm25 / most, 0.0, 1.0),
        )

    def _chunk_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of all chunks of each paper, shape (chunks, dimension)."""
        known = {key: self._vectors[key] for key in ids if key in self._vectors}
        missing = [key for key in ids if key not in known]
        if missing:
            found = {key: rows for key, rows in self._library.vectors(missing).items() if len(rows)}
            if len(self._vectors) + len(found) > KEPT_PAPERS:
                self._vectors = {}
            self._vectors = {**self._vectors, **found}
            known.update(found)
        return known


def _best(hits: Sequence[Hit]) -> dict[str, Hit]:
    """Each paper's best chunk, in order of score."""
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.paper_id not in best or best[hit.paper_id].score < hit.score:
            best[hit.paper_id] = hit
    return best
