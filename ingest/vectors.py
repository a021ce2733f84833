"""What an embedder is: texts to vectors, with an identity that says which vectors may be compared.

The identity goes into the library's manifest, because a vector database can't tell two models of the same dimension
apart. Knows no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

#: Bytes read from each end of a weights file for its revision: hashing all of it would slow every start.
SAMPLED_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class EmbedderIdentity:
    """What makes two vectors comparable: name, revision (a hash of the weights, where there are any), dimension."""

    name: str
    revision: str
    dimension: int
    normalized: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as token ids, and the span of the text that each came from."""

    ids: NDArray[np.int64]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A text's distinct tokens, each with how often it occurs: both of shape (distinct,)."""

    ids: NDArray[np.integer]
    counts: NDArray[np.number]


def counted(texts: Sequence[NDArray[np.int64]]) -> list[Counted]:
    """The token ids of each text, counted; all at once, which is quicker than one by one."""
    if not texts:
        return []
    owners = np.repeat(np.arange(len(texts)), [len(ids) for ids in texts])
    flat = np.concatenate(texts)
    width = int(flat.max(initial=0)) + 1
    keys, counts = np.unique(owners * width + flat, return_counts=True)
    ends = np.searchsorted(keys // width, np.arange(1, len(texts)))
    parts = zip(np.split(keys % width, ends), np.split(counts, ends), strict=True)
    return [Counted(ids, times) for ids, times in parts]


@runtime_checkable
class Tokenizing(Protocol):
    """An embedder that has a vector for each token, so that words can be compared one by one."""

    def token_ids(self, texts: Sequence[str]) -> Sequence[NDArray[np.int64]]:
        """The ids of the texts' known tokens, unknown ones left out."""
        ...


@runtime_checkable
class Nested(Protocol):
    """An embedder whose leading numbers alone are a vector of the text, trained as such (Kusupati et al. 2022)."""

    @property
    def leading(self) -> tuple[int, ...]:
        """How many leading numbers may stand for all of them; empty where they may not be cut."""
        ...


class Embedder(Protocol):
    """Texts to L2-normalised vectors."""

    @property
    def identity(self) -> EmbedderIdentity: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, float32, shape (len(texts), dimension), each of length 1 (or 0 for an empty text).

        Raises EmbedderError.
        """
        ...


def revision(folder: Path) -> str:
    """Sixteen hexadecimal digits that change with a model folder's weights or tokenizer.

    Both ends and the size of each weights file and the whole of the small tokenizer files are hashed: the first
    bytes of a safetensors file describe every tensor, and any training moves the last ones.
    """
    digest = hashlib.sha256()
    for path in sorted([*folder.rglob("*.safetensors"), *folder.rglob("tokenizer.json"), *folder.rglob("vocab.txt")]):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()} {size}".encode())
        with path.open("rb") as file:
            digest.update(file.read(SAMPLED_BYTES))
            file.seek(max(0, size - SAMPLED_BYTES))
            digest.update(file.read(SAMPLED_BYTES))
    return digest.hexdigest()[:16]


def unit(vectors: NDArray[Any]) -> Vectors:
    """The vectors scaled to length 1, float32, same shape; zero ones stay."""
    wide = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0)


def reason(error: BaseException) -> str:
    """The first line of a foreign error, in a length fit for one sentence."""
    text = next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "…"
