"""Nearness in meaning between a question and a paper's sentences and words, by any embedder.

A static embedder makes single words comparable too, which is how "shrinking" meets "decay"; for other embedders
the words are left out, since a call for each word would cost more than it tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from assistant.evidence.reading import Reading

#: Words whose vectors are kept: 40,000 of 256 dimensions are 40 MB.
MAX_WORDS = 40_000
#: Papers whose vectors are kept: ten sentences and a hundred words of 256 dimensions are 110 kB.
MAX_PAPERS = 512


class Embedder(Protocol):
    """What turns texts into vectors of length 1, shape (len(texts), dimension)."""

    def embed(self, texts: Sequence[str]) -> Any: ...


class Meaning:
    """Vectors of sentences and words, kept from question to question. ``words`` says whether words are compared."""

    def __init__(self, embedder: Embedder, *, words: bool = True) -> None:
        self._embedder = embedder
        self._with_words = words
        self._sentences: dict[int, Any] = {}
        self._words: dict[str, Any] = {}
        self._vocabularies: dict[int, Any] = {}

    def sentences(self, text: str, reading: Reading) -> list[float]:
        """Cosine similarity of ``text`` to each sentence, shape (sentences,)."""
        if not reading.sentences:
            return []
        vectors = self._sentence_vectors(reading)
        question = self._vectors([text])[0]
        return [float(value) for value in vectors @ question]

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

    def _nearness(self, words: Sequence[str], reading: Reading) -> Any:
        import numpy as np

        if not words or not reading.sentences:
            return np.zeros((len(words), len(reading.sentences)), dtype=np.float32)
        if not self._with_words:
            return np.array([[float(word in s.words) for s in reading.sentences] for word in words], dtype=np.float32)
        own, where, starts = self._vocabulary(reading)
        near = np.maximum(self._vectors(words) @ own.T, 0.0)
        return np.maximum.reduceat(near[:, where], starts, axis=1)

    def _vocabulary(self, reading: Reading) -> tuple[Any, Any, Any]:
        """Vectors of the distinct words, each sentence's words as places among them, and where each sentence starts."""
        import numpy as np

        found = self._vocabularies.get(id(reading))
        if found is None or found[0] is not reading:
            # A sentence without content words borrows the first word, so that every sentence has a place.
            first = next((w for s in reading.sentences for w in s.words), "")
            spoken = [s.words or (first,) for s in reading.sentences]
            own = list(dict.fromkeys(w for words in spoken for w in words))
            place = {word: i for i, word in enumerate(own)}
            where = np.array([place[w] for words in spoken for w in words], dtype=np.int64)
            starts = np.cumsum([0, *(len(words) for words in spoken[:-1])])
            if len(self._vocabularies) >= MAX_PAPERS:
                self._vocabularies.clear()
            found = reading, self._vectors(own), where, starts
            self._vocabularies[id(reading)] = found
        return found[1:]

    def prepare(self, readings: Sequence[Reading]) -> None:
        """Embed the sentences of several papers in one call."""
        new = [r for r in readings if r.sentences and id(r) not in self._sentences]
        texts = [s.text for r in new for s in r.sentences]
        if not texts:
            return
        if len(self._sentences) > MAX_PAPERS:
            self._sentences.clear()
        vectors, at = self._embedder.embed(texts), 0
        for reading in new:
            self._sentences[id(reading)] = (reading, vectors[at : at + len(reading.sentences)])
            at += len(reading.sentences)

    def _sentence_vectors(self, reading: Reading) -> Any:
        self.prepare([reading])
        return self._sentences[id(reading)][1]

    def _vectors(self, texts: Sequence[str]) -> Any:
        import numpy as np

        new = [t for t in dict.fromkeys(texts) if t not in self._words]
        if new:
            if len(self._words) > MAX_WORDS:
                self._words.clear()
                new = list(dict.fromkeys(texts))
            self._words.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._words[t] for t in texts])
