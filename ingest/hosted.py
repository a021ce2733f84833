"""Embedders that others make: sentence-transformers models, OpenAI-compatible servers, llama-index embeddings.

Knows nothing of papers or libraries. Downloads nothing, runs no code that comes with a model, reads no pickles.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.errors import EmbedderError
from ingest.vectors import EmbedderIdentity, Vectors, reason, revision, unit

#: Inputs a request to an embeddings API: OpenAI takes 2,048 inputs and 300,000 tokens at most.
API_BATCH = 256


class HuggingFaceEmbedder:
    """A sentence-transformers model from a folder or the local Hugging Face cache: safetensors, no remote code."""

    def __init__(self, name: str) -> None:
        self.name = name
        folder = _weights_folder(name)
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EmbedderError(
                f"The embedder hf:{name} needs sentence-transformers; run: pip install 'paper-assistant[local]'"
            ) from error
        try:
            self._model = SentenceTransformer(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
            dimension = int(self._model.encode(["a"], show_progress_bar=False).shape[1])
        except Exception as error:  # transformers raises OSError, ValueError, ImportError and more of its own
            raise EmbedderError(f"The embedder hf:{name} can't be loaded: {reason(error)}") from error
        self._identity = EmbedderIdentity(f"hf:{name}", revision(folder), dimension)

    @property
    def identity(self) -> EmbedderIdentity:
        return self._identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._identity.dimension), dtype=np.float32)
        try:
            return unit(self._model.encode(list(texts), batch_size=64, show_progress_bar=False))
        except RuntimeError as error:  # out of memory, for one
            raise EmbedderError(f"The embedder hf:{self.name} failed: {reason(error)}") from error


def _weights_folder(name: str) -> Path:
    """The folder that holds the model's files. Raises EmbedderError where its weights are not on disk."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _cached_folder(name)
    if any(folder.rglob("*.safetensors")):
        return folder
    if any(folder.rglob("*.bin")) or any(folder.rglob("*.pt")):
        raise EmbedderError(
            f"The model {name} has only pickled weights, which can run code; use a model with safetensors weights."
        )
    raise EmbedderError(f"The folder {name} holds no safetensors weights; name the folder of a saved model.")


def _cached_folder(name: str) -> Path:
    advice = EmbedderError(f"The weights of {name} are not on this machine; fetch them with: hf download {name}")
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise EmbedderError(f"There is no model folder {name}; check the path.")
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(name, local_files_only=True))
    except Exception as error:  # LocalEntryNotFoundError, HFValidationError: subclasses vary by version
        raise advice from error


class OpenAIEmbedder:
    """Any OpenAI-compatible embeddings endpoint: OPENAI_API_KEY and OPENAI_BASE_URL say which."""

    def __init__(self, name: str) -> None:
        import openai

        self.name = name
        self._base = os.environ.get("OPENAI_BASE_URL", "").strip()
        key = os.environ.get("OPENAI_API_KEY", "").strip()
        if not key and not self._base:
            raise EmbedderError(
                f"The embedder openai:{name} needs OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server."
            )
        # Local servers ask for no key, but the SDK won't start without one.
        self._client = openai.OpenAI(api_key=key or "none", base_url=self._base or None)
        self._identity: EmbedderIdentity | None = None

    @property
    def identity(self) -> EmbedderIdentity:
        # Only the server knows the dimension, so the first look asks it for one vector.
        if self._identity is None:
            self._identity = EmbedderIdentity(f"openai:{self.name}", "", self._request(["dimension"]).shape[1])
        return self._identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        # The API refuses an empty input; a space stands in, and its vector is set to zero.
        inputs = [text if text.strip() else " " for text in texts]
        batches = [self._request(inputs[start : start + API_BATCH]) for start in range(0, len(inputs), API_BATCH)]
        if not batches:
            return np.zeros((0, self.identity.dimension), dtype=np.float32)
        vectors = np.concatenate(batches)
        vectors[[not text.strip() for text in texts]] = 0
        return vectors

    def _request(self, texts: Sequence[str]) -> Vectors:
        import openai

        try:
            answer = self._client.embeddings.create(model=self.name, input=list(texts), encoding_format="float")
            vectors = np.array(
                [item.embedding for item in sorted(answer.data, key=lambda item: item.index)], np.float32
            )
        except openai.OpenAIError as error:
            raise EmbedderError(self._explain(error)) from error
        except (TypeError, ValueError, AttributeError) as error:
            raise EmbedderError(f"{self._where} did not answer with embeddings; check OPENAI_BASE_URL.") from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise EmbedderError(f"{self._where} gave vectors that can't be used; check that {self.name} embeds text.")
        return unit(vectors)

    @property
    def _where(self) -> str:
        return f"The embeddings server at {self._client.base_url.host}"

    def _explain(self, error: Exception) -> str:
        import openai

        # The order matters: a timeout is a connection error too.
        if isinstance(error, openai.APITimeoutError):
            return f"{self._where} took too long; try again, or check that it is not overloaded."
        if isinstance(error, openai.APIConnectionError):
            return f"{self._where} can't be reached; check OPENAI_BASE_URL and that the server is running."
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"{self._where} refused the key; check OPENAI_API_KEY."
        if isinstance(error, openai.NotFoundError):
            return f"{self._where} does not know the model {self.name}; check the name and OPENAI_BASE_URL."
        if isinstance(error, openai.RateLimitError):
            return f"{self._where} turned the request away for its rate limit; wait a little and try again."
        return f"{self._where} failed: {reason(error)}"


class LlamaIndexEmbedder:
    """Any llama-index embedding. Its revision is unknown, so a changed model under the same name goes unnoticed."""

    def __init__(self, embedding: Any) -> None:
        self._embedding = embedding
        dimension = len(self._call(lambda: embedding.get_query_embedding("dimension")))
        self._identity = EmbedderIdentity(f"llama-index:{embedding.model_name}", "", dimension)

    @property
    def identity(self) -> EmbedderIdentity:
        return self._identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._identity.dimension), dtype=np.float32)
        found = self._call(lambda: self._embedding.get_text_embedding_batch(list(texts)))
        return unit(np.array(found, dtype=np.float32))

    def _call(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:  # a caller's embedding may raise anything
            raise EmbedderError(f"The embedding {type(self._embedding).__name__} failed: {reason(error)}") from error
