"""Nearness in meaning between a question and a paper's sentences and words, by any embedder.

A static embedder makes single words comparable too, which is how "shrinking" meets "decay"; for other embedders
the words are left out, since a call for each word would cost more than it tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Protocol

from assistant.evidence.reading import Reading

#: Words of papers whose vectors are kept: 40,000 of 256 dimensions are 40 MB, 385 abstracts have 7,000.
MAX_WORDS = 40_000
#: Papers whose sentences' vectors and words' places are kept: those of ten sentences and a hundred words are 12 kB.
MAX_PAPERS = 1_024
#: Texts and lists of words of questions whose vectors are kept: as long as the question is being answered.
MAX_ASKED = 128


class Embedder(Protocol):
    """What turns texts into vectors of length 1, shape (len(texts), dimension)."""

    def embed(self, texts: Sequence[str]) -> Any: ...


@dataclass(frozen=True, slots=True)
class Spoken:
    """A paper's words: the row of each distinct one, each sentence's words as places among them, and where it starts.

    Shapes (distinct,), (words,) and (sentences,).
    """

    reading: Reading
    rows: Any
    where: Any
    starts: Any


class Words:
    """The distinct words of papers, each with its vector once, in a matrix that grows; safe to share by threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._row_of: dict[str, int] = {}
        self._matrix: Any = ()
        self._spoken: dict[int, Spoken] = {}
        self._lock = Lock()

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._row_of) > MAX_WORDS or len(self._spoken) >= MAX_PAPERS

    def spoken(self, reading: Reading) -> Spoken:
        """The words of a paper that has sentences."""
        import numpy as np

        found = self._spoken.get(id(reading))
        if found is None:
            # A sentence without content words borrows the first word, so that every sentence has a place.
            first = next((w for s in reading.sentences for w in s.words), "")
            spoken = [s.words or (first,) for s in reading.sentences]
            own = list(dict.fromkeys(w for words in spoken for w in words))
            place = {word: i for i, word in enumerate(own)}
            where = np.array([place[w] for words in spoken for w in words], dtype=np.int32)
            starts = np.cumsum([0, *(len(words) for words in spoken[:-1])])
            found = self._spoken[id(reading)] = Spoken(reading, self._rows(own), where, starts)
        return found

    def vectors(self, spoken: Spoken) -> Any:
        """The vectors of its distinct words, shape (distinct, dimension)."""
        return self._matrix[spoken.rows]

    def _rows(self, words: Sequence[str]) -> Any:
        import numpy as np

        with self._lock:
            if new := [word for word in words if word not in self._row_of]:
                size = len(self._row_of)
                self._append(np.asarray(self._embedder.embed(new), dtype=np.float32), size)
                self._row_of.update(zip(new, range(size, size + len(new)), strict=True))
            return np.array([self._row_of[word] for word in words], dtype=np.int32)

    def _append(self, vectors: Any, size: int) -> None:
        import numpy as np

        needed = size + len(vectors)
        if needed > len(self._matrix):
            larger = np.zeros((max(needed, size + size // 2), vectors.shape[1]), dtype=np.float32)
            if size:
                larger[:size] = self._matrix[:size]
            larger[size:needed] = vectors
            self._matrix = larger  # who reads the old one finds every row that it knows
        else:
            self._matrix[size:needed] = vectors


class Meaning:
    """Vectors of papers' sentences and words, kept from question to question, within bounds; safe to share by threads.

    ``words`` says whether words are compared.
    """

    def __init__(self, embedder: Embedder, *, words: bool = True) -> None:
        self._embedder = embedder
        self._words = Words(embedder) if words else None
        self._sentences: dict[int, tuple[Reading, Any]] = {}
        self._asked = lru_cache(maxsize=MAX_ASKED)(embedder.embed)

    def sentences(self, text: str, reading: Reading) -> list[float]:
        """Cosine similarity of ``text`` to each sentence, shape (sentences,)."""
        if not reading.sentences:
            return []
        found = self._sentences.get(id(reading)) or self._prepared([reading])[id(reading)]
        return [float(value) for value in found[1] @ self._asked((text,))[0]]

    def coverage(self, words: Sequence[tuple[str, float]], reading: Reading) -> list[float]:
        """How far each sentence covers the weighted ``words``, 0..1, a near word counting by its nearness.

        Shape (sentences,). Where words are not compared only the very word counts.
        """
        import numpy as np

        weights = np.array([weight for _, weight in words], dtype=np.float32)
        best = self._nearness([word for word, _ in words], reading)
        return (weights @ best / max(float(weights.sum()), 1e-9)).tolist()

    def nearness(self, words: Sequence[str], reading: Reading) -> list[list[float]]:
        """How near each of ``words`` comes to its nearest in each sentence, 0..1, shape (words, sentences)."""
        return self._nearness(words, reading).tolist()

    def prepare(self, readings: Sequence[Reading]) -> None:
        """Embed the sentences of several papers in one call, and their words."""
        kept = self._sentences
        if new := [r for r in readings if r.sentences and id(r) not in kept]:
            self._prepared(new)
            if known := self._known():
                for reading in new:
                    known.spoken(reading)

    def _prepared(self, readings: Sequence[Reading]) -> dict[int, tuple[Reading, Any]]:
        """The sentences of the papers embedded, each under the identity of its reading."""
        kept, at = self._sentences, 0
        vectors = self._embedder.embed([s.text for r in readings for s in r.sentences])
        fresh: dict[int, tuple[Reading, Any]] = {}
        for reading in readings:
            fresh[id(reading)] = reading, vectors[at : at + len(reading.sentences)]
            at += len(reading.sentences)
        # Another thread may be reading what is kept: it only grows, and is left to that one instead of emptied.
        if len(kept) + len(fresh) > MAX_PAPERS:
            self._sentences = dict(fresh)
        else:
            kept.update(fresh)
        return fresh

    def _known(self) -> Words | None:
        """The words of papers, none where words are not compared; a full store is left to who still reads it."""
        if self._words and self._words.full:
            self._words = Words(self._embedder)
        return self._words

    def _nearness(self, words: Sequence[str], reading: Reading) -> Any:
        import numpy as np

        if not words or not reading.sentences:
            return np.zeros((len(words), len(reading.sentences)), dtype=np.float32)
        known = self._known()
        if known is None:
            return np.array([[float(word in s.words) for s in reading.sentences] for word in words], dtype=np.float32)
        spoken = known.spoken(reading)
        near = np.maximum(self._asked(tuple(words)) @ known.vectors(spoken).T, 0.0)
        return np.maximum.reduceat(near[:, spoken.where], spoken.starts, axis=1)
