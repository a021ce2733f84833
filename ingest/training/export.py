"""Writes a model folder that ``model2vec.StaticModel.from_pretrained`` loads: weights in int8, tokenizer, config."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

#: The largest of so many values sets the scale; a handful of outliers would otherwise coarsen all the rest.
UNCLIPPED = 0.9999
LONGEST_TEXT = 512


def quantise(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """The vectors in whole numbers from -127 to 127, on one scale, which normalising undoes."""
    largest = float(np.quantile(np.abs(vectors), UNCLIPPED))
    return np.clip(np.rint(vectors * (127 / largest)), -127, 127).astype(np.int8)


def write_model(folder: Path, vectors: NDArray[np.float32], tokenizer: Tokenizer, leading: Sequence[int] = ()) -> None:
    """Puts the model into ``folder``; files of other names there (a model card, say) stay.

    ``leading``: how many of the leading dimensions were trained to do without the others. All files are complete before
    the first one is put in its place.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_file({"embeddings": quantise(vectors)}, fresh / "model.safetensors")
    tokenizer.save(str(fresh / "tokenizer.json"), pretty=False)
    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "hidden_dim": int(vectors.shape[1]),
        "normalize": True,
        "max_length": LONGEST_TEXT,
        "embedding_dtype": "int8",
        "leading_dimensions": list(leading),
    }
    (fresh / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for file in fresh.iterdir():
        file.chmod(0o644)
        file.replace(folder / file.name)
    fresh.rmdir()
