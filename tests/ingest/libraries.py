"""Real parts for the library's tests: tiny static models, listings, a Chroma server on loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import httpx
import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

from ingest.embedding import EmbedderIdentity, StaticEmbedder, Vectors
from ingest.papers import Paper, Source, paper_id

WORDS = [
    "[UNK]",
    "a",
    "adapters",
    "agents",
    "alignment",
    "and",
    "attention",
    "better",
    "by",
    "chains",
    "code",
    "compress",
    "context",
    "data",
    "diffusion",
    "distillation",
    "editing",
    "for",
    "from",
    "graph",
    "image",
    "in",
    "is",
    "language",
    "large",
    "learning",
    "long",
    "maps",
    "memory",
    "method",
    "model",
    "models",
    "of",
    "on",
    "optimization",
    "optimizes",
    "paper",
    "policy",
    "prompt",
    "pruning",
    "reasoning",
    "retrieval",
    "reward",
    "robots",
    "rubrics",
    "sampling",
    "search",
    "small",
    "student",
    "teacher",
    "the",
    "thought",
    "to",
    "tokens",
    "training",
    "transformer",
    "video",
    "vision",
    "we",
    "with",
    "world",
]


def static_model(folder: Path, *, seed: int = 0, dimension: int = 32) -> StaticEmbedder:
    """A static model of a few words with random vectors, saved and loaded as the shipped one is."""
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    vectors = np.random.default_rng(seed).standard_normal((len(WORDS), dimension)).astype(np.float32)
    StaticModel(vectors, tokenizer, normalize=True).save_pretrained(folder)
    return StaticEmbedder(folder)


@dataclass
class CountingEmbedder:
    """A real embedder that remembers what it was asked to embed."""

    inner: StaticEmbedder
    texts: list[str] = field(default_factory=list)

    @property
    def identity(self) -> EmbedderIdentity:
        return self.inner.identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return self.inner.embed(texts)


def a_paper(title: str, abstract: str = "", page: str = "one.txt", position: int = 1, **facts: object) -> Paper:
    text = abstract or f"We present {title}, a method for training large language models with reward."
    return Paper(paper_id(title), title, text, text, sources=(Source(page, position),), **facts)  # type: ignore[arg-type]


def many_papers(count: int, page: str = "many.txt", start: int = 0) -> list[Paper]:
    """Papers that differ from each other, with dates a day apart."""
    picks = np.random.default_rng(start).integers(1, len(WORDS), (count, 60))
    return [
        a_paper(
            f"Paper {start + n} on {WORDS[row[0]]} {WORDS[row[1]]}",
            " ".join(WORDS[word] for word in row) + ".",
            page,
            n + 1,
            listed=date.fromordinal(730_000 + start + n),
        )
        for n, row in enumerate(picks)
    ]


def plain_page(folder: Path, name: str, papers: Sequence[tuple[str, str]]) -> Path:
    """A listing page in the plain form."""
    lines = [text for paper in papers for text in paper]
    path = folder / name
    path.write_text("New\n\nGet trending papers in your email inbox!\nSubscribe" + "\n".join(lines), encoding="utf-8")
    return path


class ChromaServer:
    """``chroma run`` on a free port of loopback."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), "--path", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/api/v2/heartbeat", timeout=1).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError("the Chroma server did not start")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
