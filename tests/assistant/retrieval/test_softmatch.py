"""Token-level matching over real token vectors: near words count, rare words count more, length does not pay."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.retrieval.softmatch import SoftMatcher, TokenEmbedder
from ingest.embedding import load_embedder
from ingest.vectors import Counted, Tokenizing, counted

EVEN = {"the": 0.0, "a": 0.0, "of": 0.0}


def rarity(word: str) -> float:
    return EVEN.get(word.lower(), 1.0)


@pytest.fixture(scope="module")
def embedder() -> TokenEmbedder:
    found = load_embedder("default")
    assert isinstance(found, TokenEmbedder)
    return found


@pytest.fixture
def matcher(embedder: TokenEmbedder) -> SoftMatcher:
    return SoftMatcher(embedder)


def scores(matcher: SoftMatcher, question: str, *texts: str) -> list[float]:
    return matcher.score(question, tokens(*texts), rarity).tolist()


def tokens(*texts: str) -> list[Counted]:
    embedder = load_embedder("default")
    assert isinstance(embedder, Tokenizing)
    return counted(embedder.token_ids(texts))


def test_the_word_itself_beats_a_near_word_which_beats_a_far_one(matcher: SoftMatcher) -> None:
    same, near, far = scores(matcher, "doctor", "the doctor came", "the physician came", "the carpet came")
    assert same > near > far


def test_scores_lie_between_0_and_1(matcher: SoftMatcher) -> None:
    assert all(0.0 <= s <= 1.0 for s in scores(matcher, "dogs and cats", "dog cat " * 50, "", "stone"))


def test_a_weightless_question_scores_nothing(matcher: SoftMatcher) -> None:
    assert scores(matcher, "the of a", "the of a") == [0.0]
    assert scores(matcher, "", "words") == [0.0]


def test_no_papers_no_scores(matcher: SoftMatcher) -> None:
    assert matcher.score("dogs", [], rarity).shape == (0,)


def test_padding_a_paper_with_other_words_does_not_pay(matcher: SoftMatcher) -> None:
    short, padded = scores(matcher, "glacier", "glacier", "glacier " + "table chair window door " * 20)
    assert short > padded


def test_a_heavier_word_decides(embedder: TokenEmbedder) -> None:
    matcher = SoftMatcher(embedder)
    heavy = matcher.score("glacier window", tokens("glacier", "window"), {"glacier": 5.0, "window": 1.0}.__getitem__)
    assert heavy[0] > heavy[1]


def test_papers_in_any_number_of_calls_score_the_same(embedder: TokenEmbedder) -> None:
    texts = ["dogs bark at night", "cats sleep", "", "night trains run late", "glaciers melt"]
    together = scores(SoftMatcher(embedder), "a dog at night", *texts)
    matcher = SoftMatcher(embedder)
    scores(matcher, "warm up", *texts[:2])
    assert np.allclose(scores(matcher, "a dog at night", *texts), together)
