"""A cross-encoder that reads question and abstract together and rates how well they fit; off unless asked for.

Slower than everything else here by far, so only the first few papers are rated. Knows no library and no ranking.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import ReaderFailed, ReaderUnavailable

#: Pairs rated at once.
BATCH = 16


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder with one output, from a folder or the local cache; safetensors alone."""

    def __init__(self, name: str) -> None:
        self.name = f"hf:{name}"
        place = Path(name).expanduser()
        if name.startswith((".", "/", "~")) and not place.is_dir():
            raise ReaderUnavailable(f"There is no folder {place} to load the reranker from; check the path.")
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise ReaderUnavailable(
                f"The reranker {self.name} needs sentence-transformers; run: pip install 'paper-assistant[local]'"
            ) from error
        try:
            self._model = CrossEncoder(
                str(place) if place.is_dir() else name,
                num_labels=1,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # transformers raises OSError, ValueError, ImportError and more of its own
            raise ReaderUnavailable(
                f"The reranker {self.name} can't be loaded ({_first_line(error)}); fetch it with: hf download {name}"
            ) from error

    def rate(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question, 0..1. Raises ReaderFailed."""
        if not texts:
            return []
        try:
            rates = self._model.predict(
                [(question, text) for text in texts], batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True
            )
        except Exception as error:  # out of memory, a tokenizer without a padding token, an index beyond its positions
            raise ReaderFailed(f"The reranker {self.name} failed ({_first_line(error)}).") from error
        values = [float(rate) for rate in rates]
        if all(0.0 <= value <= 1.0 for value in values):  # the model's own last layer is a sigmoid
            return values
        return [1.0 / (1.0 + math.exp(-min(max(value, -50.0), 50.0))) for value in values]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
