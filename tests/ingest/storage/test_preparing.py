"""Chunks and vectors are the same wherever they are made, and a helper that fails costs nothing but time."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from ingest.chunking import ChunkerSettings, chunks
from ingest.embedding import StaticEmbedder, load_embedder
from ingest.rows import Entry, observe, with_chunks
from ingest.storage import preparing
from ingest.storage.preparing import Preparer
from ingest.storage.writing import Prepared, prepared
from tests.ingest.libraries import many_papers, static_model

SETTINGS = ChunkerSettings(size=40)
BATCH = 20


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    embedder = load_embedder("default")
    assert isinstance(embedder, StaticEmbedder)
    return embedder


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "BATCH", BATCH)
    monkeypatch.setattr(preparing, "WORTHWHILE", 3 * BATCH)


def entries(count: int) -> list[Entry]:
    return [observe(None, [paper]) for paper in many_papers(count)]


def assert_right(made: list[Prepared], given: list[Entry], embedder: StaticEmbedder) -> None:
    cut = [with_chunks(entry, chunks(entry.paper, SETTINGS)) for entry in given]
    wanted = prepared(embedder, cut)
    assert [entry for part in made for entry in part.entries] == cut
    assert any(len(entry.spans) > 1 for entry in cut)
    assert np.array_equal(np.concatenate([part.vectors for part in made]), wanted.vectors)
    assert [own for part in made for own in part.tokens or ()] == wanted.tokens
    assert [own for part in made for own in part.marks] == wanted.marks


def test_a_helper_makes_the_same_chunks_and_vectors(embedder: StaticEmbedder):
    with Preparer(embedder, SETTINGS) as preparer:
        for count in (5 * BATCH, 2 * BATCH + 1, 3, 0):
            given = entries(count)
            made = list(preparer.prepare(given))
            assert preparer._helper is not None
            if count > BATCH:
                assert_right(made, given, embedder)
            else:
                assert [entry.paper for part in made for entry in part.entries] == [entry.paper for entry in given]
        process = preparer._helper._process
    assert process.returncode is not None


def test_few_papers_need_no_helper(embedder: StaticEmbedder):
    with Preparer(embedder, SETTINGS) as preparer:
        list(preparer.prepare(entries(2 * BATCH)))
        assert preparer._helper is None


def test_a_helper_that_dies_is_done_without(embedder: StaticEmbedder):
    given = entries(6 * BATCH)
    with Preparer(embedder, SETTINGS) as preparer:
        work = preparer.prepare(given)
        made = [next(work), next(work)]
        assert preparer._helper is not None
        os.kill(preparer._helper._process.pid, signal.SIGKILL)
        made += work
        assert preparer._helper is None
    assert_right(made, given, embedder)


def test_a_model_that_the_helper_can_not_load_is_used_here(tmp_path: Path):
    tiny = static_model(tmp_path / "tiny")
    given = entries(4 * BATCH)
    with Preparer(tiny, SETTINGS) as preparer:
        made = list(preparer.prepare(given))
    assert_right(made, given, tiny)


def test_another_model_of_the_same_name_is_not_mixed_in(tmp_path: Path):
    static_model(tmp_path / "default")
    other = StaticEmbedder(tmp_path / "default")
    given = entries(4 * BATCH)
    with Preparer(other, SETTINGS) as preparer:
        made = list(preparer.prepare(given))
    assert_right(made, given, other)


def test_the_helper_ends_when_its_parent_is_gone(embedder: StaticEmbedder):
    with Preparer(embedder, SETTINGS) as preparer:
        work = preparer.prepare(entries(4 * BATCH))
        next(work)
        next(work)
        assert preparer._helper is not None
        process: subprocess.Popen[bytes] = preparer._helper._process
        preparer._helper._feeder.shutdown(wait=True)
        assert process.stdin
        process.stdin.close()  # what a parent's end, however it came, amounts to
        assert process.stdout
        process.stdout.close()
        process.wait(timeout=60)
