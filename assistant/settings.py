"""Every setting in one frozen value: defaults < config file < environment < arguments.

Secrets are never fields: the OpenAI key stays in the environment, where its own SDK reads it.
"""

from __future__ import annotations

import json
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
#: Largest config file that is read, in bytes: the starting file four times over, and too small to keep a parser busy.
LARGEST_FILE = 8_000
#: Longest value that an error repeats, in characters.
SHOWN = 40


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


#: What each setting means, in the words of the starting config file.
ABOUT: Mapping[str, str] = {
    "library": "Folder of the library, or http://host:port of a Chroma server; empty for your user data folder.",
    "reader": "Who answers: auto, builtin, hf:ORG/MODEL, hf:FOLDER or openai:MODEL.",
    "embedder": "What embeds: default, hf:ID-or-DIR or openai:NAME. A library keeps the one it was made with.",
    "model": "The Hugging Face model that reader = 'auto' takes where its weights are on disk.",
    "reranker": "hf:ID-or-DIR of a cross-encoder that re-orders what was found; empty for none.",
    "prompts": "A folder whose *.md go in front of the bundled prompts; empty for none.",
    "limit": "How many papers are read for one answer, 1 to 100.",
    "rewrite": "Whether a generative reader rewrites the question for the search.",
    "strict": "Whether sentences are dropped that the abstracts don't bear out.",
    "max_tokens": "How much a generative reader may write, in tokens.",
    "timeout": "How long a model's server may keep silent, in seconds.",
}
#: Smallest and largest value of each number.
RANGES: Mapping[str, tuple[float, float]] = {"limit": (1, 100), "max_tokens": (1, 1_000_000), "timeout": (0.1, 86_400)}


def data_home() -> Path:
    """The folder for the default library: PAPER_ASSISTANT_HOME, or the platform's place for user data.

    Where no home folder is known or writable the system's temporary folder serves.
    """
    if home := os.environ.get(f"{PREFIX}HOME"):
        return expanded(home)
    import platformdirs

    return Path(platformdirs.user_data_dir("paper-assistant", appauthor=False))


def config_file() -> Path:
    """The config file: PAPER_ASSISTANT_CONFIG, or config.toml in the platform's folder for settings."""
    if path := os.environ.get(f"{PREFIX}CONFIG"):
        return expanded(path)
    import platformdirs

    return Path(platformdirs.user_config_dir("paper-assistant", appauthor=False)) / "config.toml"


def expanded(path: str) -> Path:
    """``path`` with the home folder for ``~``, or as it is where nobody has that home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def load(arguments: Mapping[str, Any] | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from all four places; ``arguments`` that are None are not set.

    Raises UsageError for an unknown key, a value of the wrong type or out of its range, or a config file that is not
    TOML.
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
            values[name] = _checked(name, _typed(name, value, type(getattr(Settings(), name)), origin), origin)
            origins[name] = origin
    return replace(Settings(), **values, origins=origins)


def starting_file() -> str:
    """A config file that sets nothing: every key with its meaning and default, behind a ``#``."""
    head = "# Settings of Paper Assistant. Take the '#' from in front of a key to set it.\n"
    head += "# The environment (PAPER_ASSISTANT_LIMIT and so on) and the options of a command go before this file.\n"
    defaults = Settings()
    return head + "".join(
        f"\n# {about}\n# {name} = {_toml(getattr(defaults, name))}\n" for name, about in ABOUT.items()
    )


def _toml(value: str | float | bool) -> str:
    # A JSON string without escapes beyond its quotes is a TOML string; so are JSON's numbers and booleans.
    return json.dumps(value, ensure_ascii=False)


def _read_config(path: Path, known: Mapping[str, object]) -> dict[str, Any]:
    text = ""
    try:
        if path.exists() and not path.is_file() and str(path) != os.devnull:
            raise UsageError(f"The config file {path} is no file; name another with {PREFIX}CONFIG.")
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE + 1).decode("utf-8-sig")
        if len(text) > LARGEST_FILE:
            raise UsageError(f"The config file {path} is too large to be one; it may have {LARGEST_FILE:,} bytes.")
        values = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"The config file {path} can't be read ({_why(error, text)}); mend or remove it.") from error
    if unknown := sorted(set(values) - set(known)):
        key = unknown[0] if len(unknown[0]) <= SHOWN else f"{unknown[0][:SHOWN]}…"
        raise UsageError(f"The config file {path} has an unknown key '{key}'; known are {', '.join(known)}.")
    return values


def _why(error: Exception, text: str) -> str:
    if isinstance(error, OSError):
        return error.strerror or "it was refused"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    hint = r"; write a Windows path in single quotes: 'C:\papers'" if "\\" in text else ""
    return f"{' '.join(str(error).split())[:200]}{hint}"


def _typed(name: str, value: object, kind: type, origin: str) -> Any:
    try:
        text = str(value).strip()  # refuses a number of thousands of digits
        if kind is bool:
            if isinstance(value, bool):
                return value
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
        if isinstance(value, bool) or (kind is str and not isinstance(value, str)):
            raise ValueError
        return kind(text)
    except (ValueError, KeyError, OverflowError, RecursionError):
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]
        raise UsageError(f"'{name}' from {origin} must be {wanted}, not {_shown(value)}.") from None


def _checked(name: str, value: Any, origin: str) -> Any:
    if isinstance(value, str) and any(ord(char) < ord(" ") for char in value):
        raise UsageError(f"'{name}' from {origin} holds a control character; write it anew.")
    if name not in RANGES:
        return value
    least, most = RANGES[name]
    if not least <= float(value) <= most:  # what is not a number lies nowhere
        raise UsageError(f"'{name}' from {origin} must be between {least:,} and {most:,}, not {_shown(value)}.")
    return value


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "this"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
