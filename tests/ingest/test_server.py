"""A library on a Chroma server: several clients, a writer that dies, a server that dies, a cache that is lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryBusy, LibraryMismatch
from ingest.library import Library, check, repair
from ingest.pipeline import ingest_papers, rebuild_library
from tests.ingest.libraries import ChromaServer, many_papers, static_model
from tests.ingest.test_crashes import CHILD


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChromaServer]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    running = ChromaServer(tmp_path / "served")
    yield running
    running.stop()


def test_a_client_without_a_cache_builds_its_own_index(server: ChromaServer, tiny: StaticEmbedder, tmp_path: Path):
    papers = many_papers(50)
    with Library.open(server.url, tiny, create=True) as library:
        ingest_papers(papers, library)
    shutil.rmtree(tmp_path / "cache")
    assert "missing" in check(server.url)[0]
    with Library.open(server.url, tiny) as library:
        assert library.count() == 50
        assert library.lexical(papers[3].title, 1)[0].paper_id == papers[3].id
    assert check(server.url) == []


def test_a_writer_that_was_killed_holds_nobody_up(server: ChromaServer, tiny: StaticEmbedder, tmp_path: Path):
    model = tmp_path / "models" / "tiny"
    static_model(model)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, server.url, str(model), "2000", "100"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    child.stdout.readline()
    time.sleep(0.3)
    child.send_signal(signal.SIGKILL)
    child.wait()
    papers = many_papers(2_000)
    with Library.open(server.url, tiny) as library:
        ingest_papers(papers, library)
        assert {paper.id: paper for paper in library.papers()} == {paper.id: paper for paper in papers}
        assert library.n_documents == 2_000
    assert check(server.url) == []


def test_a_lease_of_another_machine_is_respected_until_it_is_stale(
    server: ChromaServer, tiny: StaticEmbedder, monkeypatch: pytest.MonkeyPatch
):
    from ingest.storage.locks import LEASE, STALE
    from ingest.storage.place import place
    from ingest.storage.store import Store

    with Library.open(server.url, tiny, create=True) as library:
        store = Store(place(server.url))
        store.create_new(LEASE, {"holder": "process 7 on elsewhere, since noon", "renewed": time.time()})
        with pytest.raises(LibraryBusy, match="process 7 on elsewhere"):
            ingest_papers(many_papers(3), library)
        store.drop(LEASE)
        store.create_new(LEASE, {"holder": "process 7 on elsewhere, since noon", "renewed": time.time() - STALE - 1})
        assert ingest_papers(many_papers(3), library).added == 3
        assert LEASE not in store.names()
        store.close()


def test_rebuild_and_repair_on_a_server(server: ChromaServer, tiny: StaticEmbedder, tmp_path: Path):
    papers = many_papers(30)
    with Library.open(server.url, tiny, create=True) as library:
        ingest_papers(papers, library)
    wide = static_model(tmp_path / "wide", dimension=48)
    assert rebuild_library(server.url, wide) == 30
    with pytest.raises(LibraryMismatch):
        Library.open(server.url, tiny)
    shutil.rmtree(tmp_path / "cache")
    assert len(list(repair(server.url, wide))) == 1
    with Library.open(server.url, wide) as library:
        assert {paper.id: paper for paper in library.papers()} == {paper.id: paper for paper in papers}
