"""The library's promises, each tested in a folder and on a Chroma server."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ingest.embedding import StaticEmbedder
from ingest.errors import (
    LibraryBusy,
    LibraryError,
    LibraryMismatch,
    LibraryMissing,
    LibraryUnreachable,
)
from ingest.library import Library
from ingest.papers import Filters, admits
from ingest.pipeline import BLOCK, ingest_papers
from tests.ingest.libraries import ChromaServer, a_paper, many_papers, static_model

ATTENTION = a_paper(
    "Long Attention",
    "Attention over long context is compressed. Tokens are maps of memory.",
    organization="metalab Meta Lab",
    listed=date(2024, 5, 1),
    comments=3,
    links=("https://github.com/meta/attention",),
)
PRUNING = a_paper("Pruning Robots", "Pruning makes robots small. 修剪 ✂ café.", page="two.txt", listed=date(2025, 6, 2))
REWARD = a_paper("ReST-MCTS*: Reward Search", "Reward search with policy optimization.", page="two.txt", position=2)
THREE = [ATTENTION, PRUNING, REWARD]


@pytest.fixture
def library(location: str, tiny: StaticEmbedder):
    with Library.open(location, tiny, create=True) as opened:
        ingest_papers(THREE, opened)
        yield opened


def titles(library: Library, hits) -> list[str]:
    papers = library.get([hit.paper_id for hit in hits])
    return [papers[hit.paper_id].title for hit in hits]


def test_a_paper_comes_back_as_it_went_in(library: Library):
    assert library.get([paper.id for paper in THREE]) == {paper.id: paper for paper in THREE}
    assert library.count() == 3


def test_papers_come_back_after_reopening(library: Library, location: str, tiny: StaticEmbedder):
    library.close()
    with Library.open(location, tiny) as again:
        assert again.get([PRUNING.id]) == {PRUNING.id: PRUNING}
        assert [paper.title for paper in again.papers()] == [
            "Long Attention",
            "Pruning Robots",
            "ReST-MCTS*: Reward Search",
        ]


def test_unknown_ids_are_left_out(library: Library):
    assert library.get(["nothing", ATTENTION.id]) == {ATTENTION.id: ATTENTION}
    with pytest.raises(KeyError):
        library.chunk("nothing", 0)


def test_chunks_are_spans_of_the_abstract(library: Library):
    chunk = library.chunk(ATTENTION.id, 0)
    assert ATTENTION.abstract[chunk.start : chunk.end] == chunk.text
    assert library.chunks_of(ATTENTION) == (chunk,)


def test_dense_search_ranks_by_cosine(library: Library, tiny: StaticEmbedder):
    vector = tiny.embed(["pruning robots small"])[0]
    hits = library.dense(vector, 3)
    assert titles(library, hits)[0] == "Pruning Robots"
    stored = library.vectors([hit.paper_id for hit in hits])
    for hit in hits:
        assert hit.score == pytest.approx(float(stored[hit.paper_id][hit.ordinal] @ vector), abs=1e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("vector", [np.zeros(32), np.full(32, np.nan), np.full(32, np.inf)], ids=["zero", "nan", "inf"])
def test_a_vector_without_direction_finds_nothing(library: Library, vector: np.ndarray):
    assert library.dense(vector.astype(np.float32), 3) == []


@pytest.mark.parametrize(
    "filters",
    [
        Filters(since=date(2025, 1, 1)),
        Filters(until=date(2024, 12, 31)),
        Filters(since=date(2024, 5, 1), until=date(2024, 5, 1)),
        Filters(organization="META"),
        Filters(organization="nobody"),
        Filters(source="two"),
        Filters(source="two.txt", since=date(2020, 1, 1)),
        Filters(has_code=True),
        Filters(has_code=False),
    ],
    ids=str,
)
def test_filters_mean_the_same_everywhere(library: Library, tiny: StaticEmbedder, filters: Filters):
    wanted = {paper.id for paper in THREE if admits(filters, paper)}
    vector = tiny.embed(["reward attention robots"])[0]
    assert {hit.paper_id for hit in library.dense(vector, 10, filters)} == wanted
    assert {hit.paper_id for hit in library.lexical("attention pruning reward", 10, filters)} == wanted
    assert {paper.id for paper in library.papers(filters)} == wanted


def test_a_wide_filter_still_gives_as_many_as_asked_for(location: str, tiny: StaticEmbedder):
    papers = many_papers(2_400)
    with Library.open(location, tiny, create=True) as library:
        ingest_papers(papers, library)
        filters = Filters(since=papers[1_200].listed)
        hits = library.dense(tiny.embed([papers[0].abstract])[0], 40, filters)
        assert len(hits) == 40
        listed = [paper.listed for paper in library.get([hit.paper_id for hit in hits]).values()]
        assert all(day and filters.since and day >= filters.since for day in listed)


def test_what_there_is(library: Library):
    assert library.organizations() == ["metalab Meta Lab"]
    assert library.pages() == ["one.txt", "two.txt"]
    assert library.dates() == (date(2024, 5, 1), date(2025, 6, 2))
    assert library.document_frequency("rewards") == 1
    assert library.n_documents == 3


def test_the_same_papers_twice_write_nothing(library: Library):
    before = library.generation
    report = ingest_papers(THREE, library)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 3)
    assert library.generation == before


def test_a_new_abstract_replaces_the_old_with_all_its_chunks(location: str, tiny: StaticEmbedder):
    long = a_paper("Chains", " ".join(f"Chains of thought number {n} help reasoning models." for n in range(300)))
    short = replace(long, abstract="Chains help.", abstract_raw="Chains help.")
    with Library.open(location, tiny, create=True) as library:
        ingest_papers([long], library)
        assert len(library.chunks_of(long)) > 2
        ingest_papers([short], library)
        assert library.get([long.id]) == {long.id: short}
        assert library.n_documents == 1
        assert library.vectors([long.id])[long.id].shape == (1, 32)
        assert len(library.dense(tiny.embed(["chains"])[0], 10)) == 1


def test_metadata_that_went_away_is_gone(library: Library, location: str, tiny: StaticEmbedder):
    bare = replace(ATTENTION, organization=None, listed=None, comments=None)
    report = ingest_papers([bare], library)
    assert report.updated == 1
    library.close()
    with Library.open(location, tiny) as again:
        assert again.get([ATTENTION.id]) == {ATTENTION.id: bare}
        assert again.lexical("attention", 5, Filters(since=date(2000, 1, 1))) == []
        assert again.organizations() == []


def test_another_embedder_of_the_same_dimension_is_refused(library: Library, location: str, tmp_path: Path):
    other = static_model(tmp_path / "other", seed=1)
    with pytest.raises(LibraryMismatch, match="ingest --rebuild"):
        Library.open(location, other)
    with pytest.raises(LibraryMismatch, match="revision"):
        Library.open(location, static_model(tmp_path / "tiny", seed=2))


def test_nothing_there_is_said_in_a_sentence(location: str, tiny: StaticEmbedder):
    with pytest.raises(LibraryMissing, match="no library"):
        Library.open(location, tiny)


def test_a_second_writer_hears_who_holds_the_library(library: Library, location: str, tiny: StaticEmbedder):
    with Library.open(location, tiny) as second, library.writing():
        with pytest.raises(LibraryBusy, match="process"), second.writing():
            pass
        assert second.count() == 3
    with Library.open(location, tiny) as third, third.writing():
        pass


def test_an_open_reader_sees_what_another_has_written(
    library: Library, location: str, tiny: StaticEmbedder, monkeypatch
):
    monkeypatch.setattr("ingest.library.LOOK_EVERY", 0.0)
    with Library.open(location, tiny) as writer:
        ingest_papers([a_paper("Video Diffusion", page="three.txt")], writer)
    assert library.count() == 4
    assert titles(library, library.lexical("video", 5)) == ["Video Diffusion"]


def test_reads_from_many_threads(library: Library, tiny: StaticEmbedder):
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                assert library.dense(tiny.embed(["reward search"])[0], 2)
                assert library.lexical("reward", 2)
                assert len(library.get([paper.id for paper in THREE])) == 3
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_failure_in_mid_ingest_keeps_what_was_written(location: str, tiny: StaticEmbedder):
    def papers():
        yield from many_papers(BLOCK + 500)
        raise RuntimeError("the source broke off")

    with Library.open(location, tiny, create=True) as library:
        with pytest.raises(RuntimeError):
            ingest_papers(papers(), library)
        assert library.count() == BLOCK
        report = ingest_papers(many_papers(BLOCK + 500), library)
        assert (report.added, report.unchanged) == (500, BLOCK)


def test_closing_twice_is_allowed_and_use_after_it_is_an_error(library: Library, tiny: StaticEmbedder):
    library.close()
    library.close()
    with pytest.raises(LibraryError):
        library.dense(tiny.embed(["reward"])[0], 1)


def test_a_server_that_went_away_is_named(tmp_path: Path, tiny: StaticEmbedder, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    server = ChromaServer(tmp_path / "served")
    with Library.open(server.url, tiny, create=True) as library:
        ingest_papers(THREE, library)
        server.stop()
        with pytest.raises(LibraryUnreachable, match="does not answer"):
            list(library.papers())
        with pytest.raises(LibraryUnreachable):
            ingest_papers([a_paper("Graph Retrieval")], library)
        server.start()
        assert library.count() == 3
        ingest_papers([a_paper("Graph Retrieval")], library)
        assert library.count() == 4
    server.stop()
    with pytest.raises(LibraryUnreachable):
        Library.open(server.url, tiny)


@pytest.mark.parametrize(
    "location",
    ["", "ftp://host", "http://", "http://host:port", "http://host:80/path", "http://host:99999", "a\0b"],
    ids=repr,
)
def test_a_place_that_is_none_is_refused(location: str, tiny: StaticEmbedder):
    with pytest.raises(LibraryError):
        Library.open(location, tiny, create=True)


def test_credentials_never_show(tiny: StaticEmbedder):
    with pytest.raises(LibraryUnreachable) as caught:
        Library.open("http://user:secret@127.0.0.1:9", tiny)
    assert "secret" not in str(caught.value)


def test_the_manifest_is_plain_json(tmp_path: Path, tiny: StaticEmbedder):
    with Library.open(tmp_path / "library", tiny, create=True) as library:
        ingest_papers(THREE, library)
    manifest = json.loads((tmp_path / "library" / "manifest.json").read_text())
    assert manifest["embedder"] == {
        "name": "tiny",
        "revision": tiny.identity.revision,
        "dimension": 32,
        "normalized": True,
    }
    assert manifest["generation"] == 1
    assert manifest["pending"] is None
