"""What is installed, what is missing, where the library is and whether it is sound."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from assistant.settings import Settings, config_file
from assistant.wiring import api_configured, locate
from ingest.embedding import load_embedder
from ingest.errors import IngestError, LibraryMissing
from ingest.library import Library
from ingest.storage.repair import check, repair

CORE = ("chromadb", "tantivy", "model2vec", "llama-index-core", "openai", "gradio")
LOCAL = ("torch", "transformers", "sentence-transformers")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``absent`` is something optional that isn't there."""

    what: str
    state: Literal["good", "absent", "broken"]
    detail: str


def diagnose(settings: Settings) -> list[Finding]:
    """Everything worth knowing before asking for help. Changes nothing."""
    return [*_packages(), *_configuration(settings), *_readers(settings), *_library(settings)]


def mend(settings: Settings) -> Iterator[str]:
    """Repair the library, saying what was done. Raises the errors of :mod:`ingest.errors`."""
    yield from repair(locate(settings), load_embedder(settings.embedder))


def _packages() -> Iterator[Finding]:
    yield Finding("Python", "good", sys.version.split()[0])
    for name in CORE:
        found = _version(name)
        yield Finding(name, "good" if found else "broken", found or f"missing; run: pip install {name}")
    missing = [name for name in LOCAL if not _version(name)]
    if missing:
        yield Finding("local models", "absent", f"need {', '.join(missing)}; run: pip install 'paper-assistant[local]'")
    else:
        yield Finding("local models", "good", ", ".join(f"{name} {_version(name)}" for name in LOCAL))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _configuration(settings: Settings) -> Iterator[Finding]:
    path = config_file()
    yield Finding("config file", "good" if path.is_file() else "absent", str(path))
    for name, origin in settings.origins.items():
        if origin != "default":
            yield Finding(f"setting {name}", "good", f"{getattr(settings, name)} (from {origin})")


def _readers(settings: Settings) -> Iterator[Finding]:
    yield Finding("reader builtin", "good", "always there")
    if api_configured(os.environ):
        key = "a key is set" if os.environ.get("OPENAI_API_KEY") else "no key"
        yield Finding("reader openai", "good", f"{os.environ.get('OPENAI_BASE_URL') or 'api.openai.com'}, {key}")
    else:
        yield Finding("reader openai", "absent", "set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server")
    from assistant.readers.huggingface import weights_on_disk

    ready = weights_on_disk(settings.model)
    yield Finding(
        f"reader hf:{settings.model}",
        "good" if ready else "absent",
        "weights are on disk" if ready else f"no weights; run: hf download {settings.model}",
    )


def _library(settings: Settings) -> Iterator[Finding]:
    place = locate(settings)
    try:
        problems = list(check(place))
        for problem in problems:
            yield Finding("library", "broken", problem)
        if not problems:
            with Library.open(place, load_embedder(settings.embedder)) as library:
                yield Finding("library", "good", f"{place}: {library.count()} papers, embedder {library.identity.name}")
    except LibraryMissing:
        yield Finding("library", "absent", f"{place}: nothing ingested yet; the first question does it")
    except IngestError as error:
        yield Finding("library", "broken", str(error))
