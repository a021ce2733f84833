"""The token-level match looked up: the same as when it is worked out, whichever papers are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.retrieval import softindex
from assistant.retrieval.softindex import SoftIndex
from assistant.retrieval.softmatch import SoftMatcher, TokenEmbedder
from ingest.embedding import load_embedder
from ingest.vectors import Counted, Tokenizing, counted

TEXTS = {
    "night": "dogs bark at night and the night is long",
    "cats": "cats sleep",
    "empty": "",
    "trains": "night trains run late",
    "ice": "glaciers melt; a glacier is ice, and ice melts",
}
QUESTIONS = ("a dog at night", "physician", "melting glaciers", "the of", "", "cats and dogs on trains at night")


def rarity(word: str) -> float:
    return {"the": 0.0, "a": 0.0, "of": 0.0}.get(word, 1.0 + len(word) / 10)


@pytest.fixture(scope="module")
def embedder() -> TokenEmbedder:
    found = load_embedder("default")
    assert isinstance(found, TokenEmbedder)
    return found


@pytest.fixture(scope="module")
def papers(embedder: TokenEmbedder) -> dict[str, Counted]:
    assert isinstance(embedder, Tokenizing)
    return dict(zip(TEXTS, counted(embedder.token_ids(list(TEXTS.values()))), strict=True))


@pytest.mark.parametrize("ids", [list(TEXTS), ["ice", "night"], ["empty"], []])
def test_what_is_looked_up_is_what_is_worked_out(
    embedder: TokenEmbedder, papers: dict[str, Counted], ids: list[str]
) -> None:
    index, matcher = SoftIndex(embedder, papers), SoftMatcher(embedder)
    for question in QUESTIONS:
        worked_out = matcher.score(question, [papers[key] for key in ids], rarity)
        assert np.allclose(index.score(question, ids, rarity), worked_out, atol=1e-6), question


def test_words_forgotten_are_worked_out_again(
    embedder: TokenEmbedder, papers: dict[str, Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [SoftIndex(embedder, papers).score(question, list(TEXTS), rarity) for question in QUESTIONS]
    monkeypatch.setattr(softindex, "KEPT_WORDS", 2)
    index = SoftIndex(embedder, papers)
    for _ in range(2):
        for question, scores in zip(QUESTIONS, before, strict=True):
            assert np.allclose(index.score(question, list(TEXTS), rarity), scores, atol=1e-6)


def test_it_says_which_papers_it_knows(embedder: TokenEmbedder, papers: dict[str, Counted]) -> None:
    index = SoftIndex(embedder, papers)
    assert "ice" in index
    assert "fire" not in index
    with pytest.raises(KeyError):
        index.score("melting ice", ["fire"], rarity)


def test_an_empty_library_has_no_scores(embedder: TokenEmbedder) -> None:
    assert SoftIndex(embedder, {}).score("a dog", [], rarity).shape == (0,)
