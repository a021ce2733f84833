"""A small library that no hostile input may change, and a way to call the command line in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile.harness import Case, fingerprint, one_sentence, page


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from ingest.embedding import load_embedder
    from ingest.library import Library
    from ingest.pipeline import ingest_pages

    folder = tmp_path_factory.mktemp("hostile")
    (folder / "base.txt").write_text(page(), encoding="utf-8")
    with Library.open(folder / "library", load_embedder("default"), create=True) as opened:
        assert ingest_pages([folder / "base.txt"], opened).added == 3
    return folder / "library"


@pytest.fixture
def untouched(library: Path) -> Iterator[Path]:
    """The library; whatever happens in the test must leave it as it was."""
    before = fingerprint(library)
    yield library
    assert fingerprint(library) == before


@pytest.fixture
def call(
    untouched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Case], str]:
    """Call the command line as a case says, in an empty folder; its sentence, after the checks that all cases share."""
    from assistant.cli import run

    def calling(case: Case) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PAPER_ASSISTANT_LIBRARY", str(untouched))
        for name, value in case.environment.items():
            monkeypatch.setenv(name, value.replace("{here}", str(tmp_path)))
        if case.prepare is not None:
            case.prepare(tmp_path)
        monkeypatch.setattr(sys, "stdin", io.StringIO(case.stdin or ""))
        code = run([argument.replace("{here}", str(tmp_path)) for argument in case.arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out
        assert code in case.codes, f"{code}: {said.err}"
        if code in (1, 2):
            one_sentence(said.err, *case.says)
        else:
            assert said.err == ""
        return said.out + said.err

    return calling
