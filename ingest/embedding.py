"""Which embedder a name means, and the static model that ships with the package; :mod:`ingest.hosted` has the others.

Knows nothing of papers or libraries, and downloads nothing: a model whose weights are not on disk is an error that
names the command which fetches them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EmbedderError, UnknownEmbedder
from ingest.hosted import HuggingFaceEmbedder, LlamaIndexEmbedder, OpenAIEmbedder
from ingest.vectors import Embedder, EmbedderIdentity, Tokens, Vectors, reason, revision, unit
from ingest.wordwise import WordwiseTokenizer

if TYPE_CHECKING:
    from model2vec import StaticModel

__all__ = [
    "Embedder",
    "EmbedderIdentity",
    "StaticEmbedder",
    "Tokens",
    "Vectors",
    "adapt_embedder",
    "load_embedder",
    "revision",
]


def load_embedder(spec: str) -> Embedder:
    """The embedder that ``spec`` names: ``default``, ``hf:ORG/MODEL``, ``hf:FOLDER`` or ``openai:MODEL``.

    Raises UnknownEmbedder, and EmbedderError where weights, package or key are missing.
    """
    kind, _, name = spec.partition(":")
    if spec == "default":
        return StaticEmbedder(Path(str(files("ingest"))) / "model", "default")
    if kind == "hf" and name:
        return HuggingFaceEmbedder(name)
    if kind == "openai" and name:
        return OpenAIEmbedder(name)
    raise UnknownEmbedder(f"There is no embedder '{spec}'; use default, hf:ORG/MODEL, hf:FOLDER or openai:MODEL.")


def adapt_embedder(embedder: Any) -> Embedder:
    """``embedder`` itself if it has an ``identity`` and ``embed``, else a llama-index embedding made into one.

    Raises EmbedderError for anything else.
    """
    if hasattr(embedder, "identity") and hasattr(embedder, "embed"):
        return embedder
    if hasattr(embedder, "get_text_embedding_batch") and hasattr(embedder, "model_name"):
        return LlamaIndexEmbedder(embedder)
    raise EmbedderError(
        f"{type(embedder).__name__} is no embedder: it needs identity and embed, or to be a llama-index embedding."
    )


class StaticEmbedder:
    """A static model (a vector a token, pooled) in model2vec's format, such as the one that ships with the package."""

    def __init__(self, folder: Path, name: str = "") -> None:
        """``name`` is what the library's manifest calls it (default: the folder's name)."""
        self._model = _load_static(folder)
        self._wordwise = WordwiseTokenizer(self._model.tokenizer)
        # The same ids in less than half the time; the model asks itself for them by keyword.
        self._model.tokenize = lambda sentences: self._ids(sentences)
        self._identity = EmbedderIdentity(name or folder.name, revision(folder), int(self._model.dim))
        self.leading = tuple(map(int, self._model.config.get("leading_dimensions", ())))

    @property
    def identity(self) -> EmbedderIdentity:
        return self._identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._identity.dimension), dtype=np.float32)
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return unit(self._model.encode(clean, use_multiprocessing=False))

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """The texts' known tokens; unknown ones are left out, as they are from the vectors."""
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        unknown = self._model.unk_token_id
        found = self._model.tokenizer.encode_batch(clean, add_special_tokens=False)
        return [_known(encoding.ids, encoding.offsets, unknown) for encoding in found]

    def token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """The ids that :meth:`tokens` gives, without the spans, in a third of the time."""
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        return [np.array(ids, dtype=np.int64) for ids in self._ids(clean)]

    def words(self) -> list[str]:
        """The words of plain letters that are a token each, commonest first, as training numbers them."""
        known = self._model.tokenizer.get_vocab()
        return [word for word in sorted(known, key=known.__getitem__) if word.isascii() and word.isalpha()]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        unknown = self._model.unk_token_id
        found = self._wordwise.ids(texts)
        return [[token for token in ids if token != unknown] if unknown in ids else ids for ids in found]

    def token_vectors(self, ids: NDArray[np.int64]) -> Vectors:
        """The tokens' own vectors, shape (len(ids), dimension), not normalised."""
        rows = ids if self._model.token_mapping is None else self._model.token_mapping[ids]
        vectors = self._model.embedding[rows].astype(np.float32)
        return vectors if self._model.weights is None else vectors * self._model.weights[ids, None].astype(np.float32)


def _known(ids: Sequence[int], spans: Sequence[tuple[int, int]], unknown: int | None) -> Tokens:
    kept = [(token, span) for token, span in zip(ids, spans, strict=True) if token != unknown]
    return Tokens(np.array([token for token, _ in kept], dtype=np.int64), tuple(span for _, span in kept))


def _load_static(folder: Path) -> StaticModel:
    if not (folder / "model.safetensors").is_file():
        raise EmbedderError(f"The embedding model in {folder} is missing; reinstall the package to restore it.")
    from model2vec import StaticModel
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    try:
        # model2vec's own loader imports the hub's client: a tenth of a second that a cold question feels.
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "model.safetensors")
        return StaticModel(
            tensors["embeddings"],
            Tokenizer.from_file(str(folder / "tokenizer.json")),
            config,
            normalize=bool(config.get("normalize")),
            weights=tensors.get("weights"),
            token_mapping=tensors.get("mapping"),
            max_length=config.get("max_length", 512),
        )
    except Exception as error:  # safetensors, tokenizers and json each raise types of their own
        raise EmbedderError(
            f"The embedding model in {folder} is broken ({reason(error)}); reinstall the package to restore it."
        ) from error
