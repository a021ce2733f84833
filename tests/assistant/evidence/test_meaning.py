"""Nearness in meaning is the embedder's own, whatever is kept of it, and what is kept has bounds."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from assistant.evidence import meaning
from assistant.evidence.meaning import Meaning
from assistant.evidence.reading import Reading, read
from ingest.embedding import load_embedder
from ingest.papers import Paper, paper_id


def papers(count: int) -> list[Reading]:
    """Papers of two sentences, each with words of its own."""
    texts = [f"Robots grasp the {n}th mug with care. A zylg{n} gripper learns from {n} trials." for n in range(count)]
    return [read(Paper(paper_id(f"Paper {n}"), f"Paper {n}", text)) for n, text in enumerate(texts)]


class Noting:
    """The default embedder, and what it was asked to embed."""

    def __init__(self) -> None:
        self._real = load_embedder("default")
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> object:
        self.seen.extend(texts)
        return self._real.embed(texts)


@pytest.fixture
def noting() -> Noting:
    return Noting()


def near(embedder: Noting, word: str, reading: Reading) -> list[float]:
    """The nearness of one word to each sentence, worked out anew."""
    asked = np.asarray(embedder.embed([word]))[0]
    return [max(0.0, *(np.asarray(embedder.embed(list(s.words))) @ asked).tolist()) for s in reading.sentences]


def test_nearness_is_that_of_the_nearest_word_of_each_sentence(noting: Noting) -> None:
    known = Meaning(noting)
    for reading in papers(3):
        found = known.nearness(["hand", "trial"], reading)
        assert np.allclose(found, [near(noting, word, reading) for word in ("hand", "trial")], atol=1e-5)


def test_a_word_that_papers_share_and_a_question_asked_again_are_embedded_once(noting: Noting) -> None:
    known, some = Meaning(noting), papers(5)
    known.prepare(some)
    assert noting.seen.count("robots") == 1
    noting.seen.clear()
    for _ in range(2):
        for reading in some:
            known.sentences("What grasps a mug?", reading)
            known.coverage([("grasps", 1.0), ("mug", 2.0)], reading)
    assert noting.seen == ["What grasps a mug?", "grasps", "mug"]


def test_papers_beyond_the_bounds_are_judged_alike(noting: Noting, monkeypatch: pytest.MonkeyPatch) -> None:
    some = papers(12)
    free = [Meaning(noting).nearness(["hand"], reading) for reading in some]
    monkeypatch.setattr(meaning, "MAX_PAPERS", 4)
    bound = Meaning(noting)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert list(pool.map(lambda reading: bound.nearness(["hand"], reading), some)) == free
            assert all(len(found) == 2 for found in pool.map(lambda r: bound.sentences("a hand", r), some))
    monkeypatch.setattr(meaning, "MAX_WORDS", 5)
    assert [bound.nearness(["hand"], reading) for reading in some] == free
