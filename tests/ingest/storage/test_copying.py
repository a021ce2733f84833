"""Copies of libraries: equal to the row, gone on with after a break, never half a copy that looks whole."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryBusy, LibraryError, LibraryMissing, LibraryUnfinished, LibraryUnreachable
from ingest.library import Library, check, copy, repair
from ingest.papers import Paper
from ingest.pipeline import ingest_papers
from ingest.storage import copying
from ingest.storage.place import place
from ingest.storage.shelf import Shelf
from tests.ingest.libraries import ChromaServer, a_paper, many_papers

PAPERS = [
    *many_papers(300),
    a_paper("Long Chains", " ".join(f"Chains of thought number {n} help reasoning models." for n in range(300))),
]
HELD = {paper.id: paper for paper in PAPERS}
CHILD = """
import sys
from ingest.storage import copying
copying.BLOCK = 20
copying.copy(sys.argv[1], sys.argv[2], progress=lambda *_: print("go", flush=True))
"""


class Broken(Exception):
    """What a test's listener raises to break a copy off."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(copying, "BLOCK", 40)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, tiny: StaticEmbedder) -> str:
    folder = str(tmp_path_factory.mktemp("sources") / "library")
    with Library.open(folder, tiny, create=True) as library:
        ingest_papers(PAPERS, library)
    return folder


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "target")


def contents(location: str, embedder: StaticEmbedder) -> tuple[dict[str, Paper], np.ndarray]:
    """All papers by id, and all their vectors in the order of the ids."""
    with Library.open(location, embedder) as library:
        papers = {paper.id: paper for paper in library.papers()}
        assert library.lexical("chains of thought", 1)
        assert library.dense(embedder.embed(["reward search"])[0], 3)
        vectors = library.vectors(list(papers))
        return papers, np.concatenate([vectors[name] for name in sorted(papers)])


def same(location: str, source: str, embedder: StaticEmbedder) -> bool:
    (papers, vectors), (originals, theirs) = contents(location, embedder), contents(source, embedder)
    return papers == originals == HELD and np.allclose(vectors, theirs, rtol=0, atol=1e-6)


def until(stage: str, done: int) -> Callable[[str, int, int], None]:
    def listen(at: str, count: int, total: int) -> None:
        if at == stage and count >= done:
            raise Broken

    return listen


def test_a_copy_is_the_same_library(source: str, location: str, tiny: StaticEmbedder):
    told: list[tuple[str, int, int]] = []
    done = copy(source, location, progress=lambda *news: told.append(news))
    assert same(location, source, tiny)
    assert check(location) == []
    assert (done.papers, done.written) == (len(HELD), done.rows)
    assert done.rows > len(HELD)
    assert {stage for stage, _, _ in told} == {"copying", "comparing"}
    assert told[-1] == ("comparing", done.rows, done.rows)


def test_a_library_on_a_server_comes_back_into_a_folder(
    source: str, chroma_server: ChromaServer, tiny: StaticEmbedder, tmp_path: Path
):
    drop_everything(chroma_server)
    copy(source, chroma_server.url)
    back = str(tmp_path / "back")
    copy(chroma_server.url, back)
    assert same(back, source, tiny)
    drop_everything(chroma_server)


def test_a_second_copy_writes_nothing(source: str, location: str):
    copy(source, location)
    assert copy(source, location).written == 0


def test_a_copy_takes_further_papers(source: str, target: str, tiny: StaticEmbedder):
    copy(source, target)
    with Library.open(target, tiny) as library:
        report = ingest_papers([*PAPERS, a_paper("Graph Retrieval")], library)
        assert (report.added, report.unchanged) == (1, len(HELD))


@pytest.mark.parametrize("stage", ["copying", "comparing"])
def test_half_a_copy_is_no_library_and_is_gone_on_with(
    stage: str, source: str, location: str, tiny: StaticEmbedder
) -> None:
    with pytest.raises(Broken):
        copy(source, location, progress=until(stage, 120))
    with pytest.raises(LibraryUnfinished, match="paper-assistant copy"):
        Library.open(location, tiny, create=True)
    with pytest.raises(LibraryUnfinished):
        list(repair(location, tiny))
    assert "half a copy" in check(location)[0]
    done = copy(source, location)
    assert done.written == (done.rows - 120 if stage == "copying" else 0)
    assert same(location, source, tiny)


def test_half_a_copy_of_another_library_is_left_alone(source: str, target: str, tiny: StaticEmbedder, tmp_path: Path):
    with pytest.raises(Broken):
        copy(source, target, progress=until("copying", 40))
    with Library.open(tmp_path / "other", tiny, create=True) as library:
        ingest_papers(many_papers(3), library)
    with pytest.raises(LibraryError, match=f"half a copy of {re.escape(source)}"):
        copy(tmp_path / "other", target)
    assert copy(source, target).papers == len(HELD)


def test_a_source_that_has_changed_since_is_copied_anew(target: str, tiny: StaticEmbedder, tmp_path: Path):
    with Library.open(tmp_path / "source", tiny, create=True) as library:
        ingest_papers(many_papers(100), library)
    with pytest.raises(Broken):
        copy(tmp_path / "source", target, progress=until("copying", 80))
    changed = a_paper(many_papers(1)[0].title, "Another abstract of the same paper on language models.", "many.txt")
    with Library.open(tmp_path / "source", tiny) as library:
        ingest_papers([changed], library)
    assert copy(tmp_path / "source", target).written == 100
    with Library.open(target, tiny) as library:
        assert library.get([changed.id])[changed.id].abstract == changed.abstract


def test_another_library_is_never_written_over(source: str, target: str, tiny: StaticEmbedder):
    with Library.open(target, tiny, create=True) as library:
        ingest_papers(many_papers(3, start=900), library)
    with pytest.raises(LibraryError, match="holds another library, of 3 rows"):
        copy(source, target)
    with Library.open(target, tiny) as library:
        assert library.count() == 3


def test_an_empty_library_gives_way(source: str, target: str, tiny: StaticEmbedder):
    Library.open(target, tiny, create=True).close()
    assert copy(source, target).papers == len(HELD)


@pytest.mark.parametrize("target", ["", "./", "../library"], ids=repr)
def test_a_library_is_not_copied_onto_itself(target: str, source: str):
    with pytest.raises(LibraryError, match="onto itself"):
        copy(source, Path(source) / target)


def test_what_can_not_be_copied_is_said_and_makes_nothing(tmp_path: Path, source: str, tiny: StaticEmbedder):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("mine")
    with pytest.raises(LibraryMissing):
        copy(tmp_path / "none", tmp_path / "new")
    with pytest.raises(LibraryError, match=r"thesis\.tex"):
        copy(source, tmp_path / "thesis")
    with pytest.raises(LibraryUnreachable):
        copy(source, "http://127.0.0.1:9")
    with Library.open(source, tiny) as library, library.writing(), pytest.raises(LibraryBusy, match="process"):
        copy(source, tmp_path / "new")
    assert not (tmp_path / "none").exists()
    assert not (tmp_path / "new").exists()


def test_a_row_that_came_over_wrong_is_noticed(source: str, target: str, tiny: StaticEmbedder):
    with pytest.raises(Broken):
        copy(source, target, progress=until("comparing", 40))
    shelf = Shelf(place(target))
    begun = shelf.manifests.read()
    assert begun
    table = shelf.table(begun)
    row = next(iter(table.scan()))
    table.update([type(row)(row.id, "", {"listed": 19_990_101})])
    shelf.close()
    with pytest.raises(LibraryError, match="copy it again"):
        copy(source, target)
    with pytest.raises(LibraryUnfinished):
        Library.open(target, tiny)
    copy(source, target)
    assert same(target, source, tiny)


def test_a_broken_half_is_begun_anew(source: str, tmp_path: Path, tiny: StaticEmbedder):
    target = tmp_path / "target"
    with pytest.raises(Broken):
        copy(source, target, progress=until("copying", 200))
    os.truncate(target / "chroma" / "chroma.sqlite3", 40_960)
    assert copy(source, target).written > len(HELD)
    assert same(str(target), source, tiny)


def test_a_copy_killed_at_any_moment_is_completed_by_the_next(source: str, tmp_path: Path, tiny: StaticEmbedder):
    moments, target = random.Random(3), tmp_path / "target"
    for _ in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, source, str(target)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert child.stdout
        child.stdout.readline()
        time.sleep(moments.random() * 0.4)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        try:
            Library.open(target, tiny).close()
        except LibraryUnfinished:
            continue
        assert contents(str(target), tiny)[0] == HELD  # it had finished
    copy(source, target)
    assert same(str(target), source, tiny)
    assert check(target) == []


def test_a_server_that_dies_in_mid_copy_loses_nothing(source: str, tmp_path: Path, tiny: StaticEmbedder):
    server = ChromaServer(tmp_path / "served")

    def kill(stage: str, done: int, total: int) -> None:
        if done == 120:
            server.stop()

    with pytest.raises(LibraryUnreachable, match="does not answer"):
        copy(source, server.url, progress=kill)
    server.start()
    try:
        with pytest.raises(LibraryUnfinished):
            Library.open(server.url, tiny)
        done = copy(source, server.url)
        assert done.written <= done.rows - 120
        assert same(server.url, source, tiny)
    finally:
        server.stop()


def drop_everything(server: ChromaServer) -> None:
    shelf = Shelf(place(server.url))
    for name in shelf.store.names():
        shelf.store.drop(name)
    shelf.close()
