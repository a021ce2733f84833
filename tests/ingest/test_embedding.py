"""The static embedder and the choice of embedders."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from llama_index.core import MockEmbedding

from ingest.embedding import StaticEmbedder, adapt_embedder, load_embedder, revision
from ingest.errors import EmbedderError
from tests.ingest.libraries import static_model


def test_vectors_have_length_one_and_the_promised_shape(tiny: StaticEmbedder):
    vectors = tiny.embed(["robots search", "attention " * 2_000, "", "zebra"])
    assert vectors.shape == (4, 32)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 0, 0], abs=1e-5)
    assert tiny.embed([]).shape == (0, 32)


def test_a_text_has_one_vector_whatever_stands_beside_it(tiny: StaticEmbedder):
    alone = tiny.embed(["robots search maps"])
    among = tiny.embed(["a paper", "robots search maps", "video"])
    assert np.allclose(alone[0], among[1], atol=1e-6)


@pytest.mark.parametrize(
    "text", ["\ud800", "\0", "🤖" * 1000, "x" * 100_000], ids=["surrogate", "nul", "emoji", "long"]
)
def test_odd_texts_have_finite_vectors(text: str, tiny: StaticEmbedder):
    assert np.isfinite(tiny.embed([text])).all()


def test_the_shipped_model_tells_subjects_apart():
    embedder = load_embedder("default")
    assert embedder.identity.name == "default"
    vectors = embedder.embed(
        ["reinforcement learning of language models", "training LLMs with rewards", "bird migration routes"]
    )
    assert vectors.shape[1] == embedder.identity.dimension
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_the_revision_follows_the_weights_and_the_tokenizer(tmp_path: Path):
    one, same, other = tmp_path / "one", tmp_path / "same", tmp_path / "other"
    static_model(one, seed=0)
    static_model(other, seed=1)
    shutil.copytree(one, same)
    assert revision(one) == revision(same) != revision(other)
    tokenizer = same / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace("robots", "rabbit"))
    assert revision(same) != revision(one)


@pytest.mark.parametrize("spec", ["", "nothing", "hf:", "openai:", "cohere:x"], ids=repr)
def test_an_unknown_embedder_is_refused(spec: str):
    with pytest.raises(EmbedderError, match="use default"):
        load_embedder(spec)


def test_a_model_folder_without_weights_or_with_broken_ones_is_named(tmp_path: Path):
    with pytest.raises(EmbedderError, match="missing"):
        StaticEmbedder(tmp_path)
    static_model(tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(EmbedderError, match="broken"):
        StaticEmbedder(tmp_path / "broken")


def test_a_llama_index_embedding_is_taken(tiny: StaticEmbedder):
    adapted = adapt_embedder(MockEmbedding(embed_dim=8))
    vectors = adapted.embed(["a", "b"])
    assert vectors.shape == (2, 8)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1])
    assert adapted.identity.name.startswith("llama-index:")
    assert adapted.embed([]).shape == (0, 8)
    assert adapt_embedder(tiny) is tiny
    with pytest.raises(EmbedderError):
        adapt_embedder(object())
