"""Embedders that others make, against a real loopback server and a real, tiny sentence-transformers model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.embedding import load_embedder
from ingest.errors import EmbedderError

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


class EmbeddingsServer(ThreadingHTTPServer):
    """An OpenAI-compatible embeddings endpoint that answers as ``answer`` says and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Answer = embeddings
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, EmbeddingsServer)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers.get("Authorization", ""))
        status, content = self.server.answer(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the name is http.server's
        """Silence."""


def vector_of(text: str) -> list[float]:
    return [float(len(text)), 3.0, 4.0]


def embeddings(body: dict[str, Any]) -> tuple[int, bytes]:
    """The vectors in reverse order: an index says whose each is."""
    data = [{"object": "embedding", "index": n, "embedding": vector_of(text)} for n, text in enumerate(body["input"])]
    return 200, json.dumps({"object": "list", "data": data[::-1], "model": body["model"], "usage": {}}).encode()


def failing(status: int, content: bytes = b'{"error": {"message": "no"}}') -> Answer:
    return lambda _: (status, content)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    running = EmbeddingsServer()
    threading.Thread(target=running.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENAI_BASE_URL", running.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    yield running
    running.shutdown()
    running.server_close()


def test_vectors_come_in_order_with_length_one(server: EmbeddingsServer):
    embedder = load_embedder("openai:some-model")
    texts = [f"{'x' * (n % 7)}y" for n in range(600)]
    vectors = embedder.embed(texts)
    expected = np.array([vector_of(text) for text in texts])
    assert vectors == pytest.approx(expected / np.linalg.norm(expected, axis=1, keepdims=True), abs=1e-6)
    assert len(server.asked) == 3
    assert {body["model"] for body in server.asked} == {"some-model"}
    assert embedder.identity.dimension == 3
    assert embedder.identity.name == "openai:some-model"


def test_an_empty_text_is_a_zero_vector_and_is_never_sent_empty(server: EmbeddingsServer):
    vectors = load_embedder("openai:m").embed(["", "a"])
    assert not vectors[0].any()
    assert vectors[1].any()
    assert all(text for body in server.asked for text in body["input"])
    assert load_embedder("openai:m").embed([]).shape == (0, 3)


def test_a_server_that_stumbles_is_asked_again(server: EmbeddingsServer):
    answers = iter([failing(500), failing(429), embeddings])
    server.answer = lambda body: next(answers)(body)
    assert load_embedder("openai:m").embed(["a"]).shape == (1, 3)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (failing(401), "OPENAI_API_KEY"),
        (failing(404), "does not know the model"),
        (failing(400), "failed"),
        (failing(200, b"<html>hello</html>"), "OPENAI_BASE_URL"),
        (failing(200, b'{"data": []}'), "can't be used"),
        (failing(200, b'{"data": [{"index": 0, "embedding": [NaN]}]}'), "can't be used"),
        (failing(200, b'{"error": "quota"}'), "embeddings"),
    ],
    ids=["key refused", "unknown model", "bad request", "html", "no vectors", "nan", "error with status 200"],
)
def test_each_fault_is_one_sentence(answer: Answer, said: str, server: EmbeddingsServer):
    server.answer = answer
    with pytest.raises(EmbedderError, match=said) as caught:
        load_embedder("openai:m").embed(["a"])
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_closed_port_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(EmbedderError, match="can't be reached"):
        load_embedder("openai:m").embed(["a"])


def test_neither_key_nor_server_is_said_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EmbedderError, match="OPENAI_API_KEY"):
        load_embedder("openai:m")


def test_a_model_that_is_not_on_disk_names_the_command_that_fetches_it():
    with pytest.raises(EmbedderError, match="hf download some-org/some-model"):
        load_embedder("hf:some-org/some-model")
    with pytest.raises(EmbedderError, match="check the path"):
        load_embedder("hf:/no/such/folder")


def test_pickled_weights_are_refused(tmp_path: Path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(EmbedderError, match="run code"):
        load_embedder(f"hf:{tmp_path}")
    (tmp_path / "pytorch_model.bin").unlink()
    with pytest.raises(EmbedderError, match="safetensors"):
        load_embedder(f"hf:{tmp_path}")


@pytest.mark.torch
def test_a_sentence_transformers_model_from_a_folder(tmp_path: Path):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "robots", "search", "maps"]
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]")
    made.save_pretrained(tmp_path / "bert")
    config = BertConfig(
        vocab_size=7, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32,
    )  # fmt: skip
    BertModel(config).save_pretrained(tmp_path / "bert")
    bert = Transformer(str(tmp_path / "bert"))
    sentence_transformers.SentenceTransformer(modules=[bert, Pooling(16)]).save(str(tmp_path / "model"))

    embedder = load_embedder(f"hf:{tmp_path / 'model'}")
    vectors = embedder.embed(["robots search", "maps", ""])
    assert vectors.shape == (3, 16)
    assert np.linalg.norm(vectors[:2], axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert embedder.identity.dimension == 16
    assert len(embedder.identity.revision) == 16
    assert embedder.embed([]).shape == (0, 16)
