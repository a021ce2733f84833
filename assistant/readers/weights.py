"""Where a Hugging Face model lies on this machine, found without importing anything and without any request.

The hub's cache is laid out so::

    ~/.cache/huggingface/hub/models--ORG--NAME/refs/main                      the commit that "main" stood for
    ~/.cache/huggingface/hub/models--ORG--NAME/snapshots/COMMIT/config.json   and the weights beside it

``HF_HUB_CACHE`` and ``HF_HOME`` move it, as they do for the hub's own library.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

from assistant.errors import ReaderUnavailable, UsageError

_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
#: Tokens taken for the window of a model whose files don't say.
UNKNOWN_WINDOW = 2_048
#: Tokenizers without a limit of their own say a number of 30 digits.
NO_LIMIT = 10**9


def weights_on_disk(model: str) -> bool:
    """Whether a model, a folder or an id, is here with weights that may be loaded, and what loads them is installed.

    Costs a few file look-ups.
    """
    if not installed():
        return False
    try:
        return bool(find(model.partition("?")[0]))
    except (ReaderUnavailable, UsageError):
        return False


def installed() -> bool:
    """Whether torch and transformers are, found without importing them."""
    return all(importlib.util.find_spec(package) for package in ("torch", "transformers"))


def find(model: str) -> Path:
    """The folder of a model: ``model`` itself, or its snapshot in the hub's cache.

    Raises ReaderUnavailable in one sentence that names the model and the way to get it, UsageError for an id that
    can't be one.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return _sound(folder, model)
    if not _ID.fullmatch(model) or model.startswith((".", "~")):
        raise ReaderUnavailable(f"There is no folder {folder} to load a model from; check the path.")
    if ".." in model or "--" in model:  # the hub allows neither, and a path could be made of them
        raise UsageError(f"'{model}' can't be the name of a model; write it like ORG/MODEL.")
    snapshots = _snapshots(model)
    if not snapshots:
        raise ReaderUnavailable(
            f"The weights of '{model}' are not on this machine; fetch them with: hf download {model}"
        )
    return _sound(snapshots[0], model)


def context_window(folder: Path) -> int:
    """Tokens that the model takes, from its own files: the smaller of what model and tokenizer say."""
    config = _read(folder / "config.json")
    nested = config.get("text_config")
    text = nested if isinstance(nested, dict) else config
    said = [text.get(name) for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")]
    said.append(_read(folder / "tokenizer_config.json").get("model_max_length"))
    sizes = [int(size) for size in said if isinstance(size, (int, float)) and 0 < size < NO_LIMIT]
    return min(sizes, default=UNKNOWN_WINDOW)


def size(folder: Path) -> int:
    """Bytes of the weights."""
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _snapshots(model: str) -> list[Path]:
    """The model's snapshots, the one that "main" stands for first, then the newest."""
    home = _cache() / f"models--{model.replace('/', '--')}"
    found = [path for path in (home / "snapshots").glob("*") if path.is_dir()]
    try:
        main = (home / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        main = ""
    return sorted(found, key=lambda path: (path.name == main, path.stat().st_mtime), reverse=True)


def _cache() -> Path:
    if place := os.environ.get("HF_HUB_CACHE"):
        return Path(place).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(home).expanduser() / "hub"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "huggingface" / "hub"


def _sound(folder: Path, model: str) -> Path:
    if not (folder / "config.json").is_file():
        raise ReaderUnavailable(f"'{model}' is no model: its folder {folder} has no config.json.")
    if missing := _missing(folder):
        raise ReaderUnavailable(f"The weights of '{model}' are incomplete ({missing}); fetch them with: {_cure(model)}")
    if not any(folder.glob("*.safetensors")):
        pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
        if pickled:
            raise ReaderUnavailable(
                f"The weights of '{model}' are pickle files, which can run code and are never loaded; "
                "take a model that has safetensors."
            )
        raise ReaderUnavailable(f"'{model}' has no weights here; fetch them with: {_cure(model)}")
    return folder


def _missing(folder: Path) -> str:
    """The first file that the index of a model in several files names and that isn't there."""
    shards = _read(folder / "model.safetensors.index.json").get("weight_map", {})
    names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
    return next((f"{name} is missing" for name in names if not (folder / name).is_file()), "")


def _cure(model: str) -> str:
    return (
        f"hf download {model}" if not Path(model).expanduser().is_dir() else "hf download ORG/MODEL --local-dir FOLDER"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
