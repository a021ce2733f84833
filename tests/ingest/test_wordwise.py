"""Token ids word by word are the tokenizer's own, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import wordwise
from ingest.embedding import StaticEmbedder, load_embedder
from ingest.pages import bundled, read_page

#: White space, control characters, accents, marks that join, several scripts, a lone mark, an unknown sign.
UGLY = (
    "",
    " ",
    "a\x1cb\x85c\u00a0d\u200be\x00f\x7fg",
    "naïve café ΣΑΣ ſtraße İstanbul",
    "深度学习 模型 in 2024，用于 图像",
    "http://a.b/c_d?e=f&g=%20 " * 3,
    "[UNK] [CLS] ##ing e\u0301 \u0301x",
    "x" * 100 + " " + "é" * 60,
    "Pre-trained\tLLMs\r\n(e.g., GPT-4.1)…",
)


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    embedder = load_embedder("default")
    assert isinstance(embedder, StaticEmbedder)
    embedder.embed(["sets the model's truncation"])
    return embedder


def whole(embedder: StaticEmbedder, texts: list[str]) -> list[list[int]]:
    return [tokens.ids.tolist() for tokens in embedder.tokens(texts)]


def test_real_abstracts_and_ugly_texts_give_the_tokenizers_ids(embedder: StaticEmbedder):
    texts = [paper.abstract for paper in read_page(bundled()[0]).papers] + list(UGLY)
    for _ in range(2):  # the second time from what was kept
        assert [ids.tolist() for ids in embedder.token_ids(texts)] == whole(embedder, texts)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=80), max_size=4))
def test_any_text_gives_the_tokenizers_ids(embedder: StaticEmbedder, texts: list[str]):
    assert [ids.tolist() for ids in embedder.token_ids(texts)] == whole(embedder, texts)


def test_a_long_text_is_cut_where_the_tokenizer_cuts_it(embedder: StaticEmbedder):
    long = "a robot searches " * 1_000
    (ids,) = embedder.token_ids([long])
    assert ids.tolist() == whole(embedder, [long])[0]
    assert len(ids) == 512


def test_what_is_kept_stays_within_bounds_and_right(embedder: StaticEmbedder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wordwise, "KEPT", 50)
    own = wordwise.WordwiseTokenizer(embedder._model.tokenizer)
    texts = [paper.abstract for paper in read_page(bundled()[0]).papers][:30]
    for text in texts:
        found = own.ids([text])
        assert found == [embedder._model.tokenizer.encode(text, add_special_tokens=False).ids]
    assert len(own._known) <= 250  # of one text, where that alone has more parts
