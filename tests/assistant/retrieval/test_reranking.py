"""The optional cross-encoder: a tiny real one, made here, changes the order and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import ReaderUnavailable

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer BERT with random weights, saved as a person would have it on disk."""
    pytest.importorskip("sentence_transformers")
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("reranker")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "knowledge", "distillation", "reward", "policy", "robot", "search"]
    raw = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    raw.normalizer = normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=raw,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(folder, safe_serialization=True)
    return folder


def test_rates_lie_between_0_and_1_one_for_each_text(tiny: Path) -> None:
    from assistant.retrieval.reranking import CrossEncoderReranker

    rates = CrossEncoderReranker(str(tiny)).rate("knowledge distillation", ["reward model", "robot policy search", ""])
    assert len(rates) == 3
    assert all(0.0 <= rate <= 1.0 for rate in rates)


def test_passages_come_in_the_order_of_the_rates(tiny: Path, bundled_library: Path) -> None:
    from assistant.retrieval.reranking import CrossEncoderReranker
    from assistant.retrieval.retriever import Retriever
    from ingest.embedding import load_embedder
    from ingest.library import Library

    reranker = CrossEncoderReranker(str(tiny))
    with Library.open(bundled_library, load_embedder("default")) as library:
        found = Retriever(library, reranker=reranker).search("robot policy search", limit=5)
    rates = reranker.rate("robot policy search", [f"{p.paper.title}. {p.paper.abstract}" for p in found])
    assert [p.score for p in found] == pytest.approx(rates, abs=1e-5)
    assert rates == sorted(rates, reverse=True)


def test_missing_weights_are_named_with_the_cure(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    from assistant.retrieval.reranking import CrossEncoderReranker

    with pytest.raises(ReaderUnavailable, match="hf download"):
        CrossEncoderReranker("nobody/nowhere")
    with pytest.raises(ReaderUnavailable, match="no folder"):
        CrossEncoderReranker(str(tmp_path / "nowhere"))
