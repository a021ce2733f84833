"""Every setting in one frozen value: defaults < config file < environment < arguments.

Secrets are never fields: the OpenAI key stays in the environment, where its own SDK reads it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from assistant.errors import UsageError

#: Environment variable of each field: PAPER_ASSISTANT_LIBRARY and so on.
PREFIX = "PAPER_ASSISTANT_"
#: A small instruction model that runs on a laptop's CPU: 0.5 billion parameters, 1 GB of weights.
DEFAULT_MODEL = "Qwen/Qwen2.5-0.5B-Instruct"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and who reads. ``origins`` says where each value came from."""

    library: str = ""
    reader: str = "auto"
    embedder: str = "default"
    model: str = DEFAULT_MODEL
    reranker: str = ""
    prompts: str = ""
    limit: int = 8
    rewrite: bool = True
    strict: bool = False
    max_tokens: int = 700
    timeout: float = 60.0
    origins: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)


def data_home() -> Path:
    """The folder for the default library: PAPER_ASSISTANT_HOME, or the platform's place for user data.

    Where no home folder is known or writable the system's temporary folder serves.
    """
    if home := os.environ.get(f"{PREFIX}HOME"):
        return Path(home).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("paper-assistant", appauthor=False))


def config_file() -> Path:
    """The config file: PAPER_ASSISTANT_CONFIG, or config.toml in the platform's folder for settings."""
    if path := os.environ.get(f"{PREFIX}CONFIG"):
        return Path(path).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("paper-assistant", appauthor=False)) / "config.toml"


def load(arguments: Mapping[str, Any] | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from all four places; ``arguments`` that are None are not set.

    Raises UsageError for an unknown key, a value of the wrong type or a config file that is not TOML.
    """
    environ = os.environ if environ is None else environ
    known = {f.name: f for f in fields(Settings) if f.name != "origins"}
    path = config_file()
    layers = [
        (str(path), _read_config(path, known)),
        ("environment", {n: environ[PREFIX + n.upper()] for n in known if environ.get(PREFIX + n.upper())}),
        ("argument", {n: v for n, v in (arguments or {}).items() if v is not None}),
    ]
    values: dict[str, Any] = {}
    origins = dict.fromkeys(known, "default")
    for origin, layer in layers:
        for name, value in layer.items():
            values[name] = _typed(name, value, type(getattr(Settings(), name)), origin)
            origins[name] = origin
    settings = replace(Settings(), **values, origins=origins)
    if not 1 <= settings.limit <= 100:
        raise UsageError(f"The limit must be between 1 and 100, not {settings.limit}.")
    return settings


def _read_config(path: Path, known: Mapping[str, object]) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The config file {path} can't be read ({error}); mend or remove it.") from error
    if unknown := sorted(set(values) - set(known)):
        raise UsageError(f"The config file {path} has an unknown key '{unknown[0]}'; known are {', '.join(known)}.")
    return values


def _typed(name: str, value: object, kind: type, origin: str) -> Any:
    text = str(value).strip()
    try:
        if kind is bool:
            if isinstance(value, bool):
                return value
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        if kind is str and not isinstance(value, str):
            raise ValueError
        return kind(text)
    except (ValueError, KeyError):
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]
        raise UsageError(f"'{name}' from {origin} must be {wanted}, not {value!r}.") from None
