"""One library of the bundled pages for the whole run, and no test that sees the developer's own settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_HOME = tempfile.mkdtemp(prefix="paper-assistant-tests-")
for _name in list(os.environ):
    if _name.startswith(("PAPER_ASSISTANT_", "OPENAI_")) and _name != "PAPER_ASSISTANT_CHROMIUM":
        del os.environ[_name]
os.environ.update(
    PAPER_ASSISTANT_HOME=_HOME,
    PAPER_ASSISTANT_CONFIG=str(Path(_HOME) / "config.toml"),
    HF_HUB_OFFLINE="1",
    HF_HOME=str(Path(_HOME) / "huggingface"),
    NO_COLOR="1",
)


@pytest.fixture(scope="session")
def bundled_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the bundled pages; tests that write take a copy of their own."""
    from ingest.embedding import load_embedder
    from ingest.library import Library
    from ingest.pages import bundled
    from ingest.pipeline import ingest_pages

    place = tmp_path_factory.mktemp("bundled") / "library"
    with Library.open(place, load_embedder("default"), create=True) as library:
        ingest_pages(bundled(), library)
    return place


@pytest.fixture(scope="session")
def assistant(bundled_library: Path) -> Iterator[object]:
    """An open assistant with the built-in reader over the bundled pages."""
    from assistant import Assistant

    with Assistant.open(bundled_library, reader="builtin") as opened:
        yield opened
