"""Signals are a short cut: they say what Chroma says, and nothing is lost where they are not there."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval import Retriever
from ingest.chunking import ChunkerSettings
from ingest.embedding import StaticEmbedder
from ingest.library import Library, copy, repair
from ingest.papers import Filters
from ingest.pipeline import ingest_papers
from ingest.rows import token_text
from ingest.storage import dense
from ingest.storage.signals import NAME, Signals, SignalStore, packed, unpacked
from ingest.vectors import Counted, counted
from tests.ingest.libraries import CountingEmbedder, a_paper, many_papers, static_model

PAPERS = many_papers(60)
QUESTIONS = ("reward for language agents", "Paper 7", "memory search")
LATE = Filters(since=PAPERS[30].listed)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> StaticEmbedder:
    return static_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def library(tmp_path: Path, tiny: StaticEmbedder) -> Iterator[Library]:
    with Library.open(tmp_path / "library", tiny, create=True) as library:
        ingest_papers(PAPERS, library)
        yield library


def signals_file(library: Library) -> Path:
    (found,) = Path(library.location).rglob(NAME)
    return found


def found(library: Library, filters: Filters) -> list[list[tuple[str, float]]]:
    retriever = Retriever(library)
    return [[(p.paper.id, round(p.score, 5)) for p in retriever.search(q, filters=filters)] for q in QUESTIONS]


def assert_same(one: Signals, other: Signals) -> None:
    assert (one.title, one.abstract) == (other.title, other.abstract)
    assert np.allclose(one.vectors, other.vectors, atol=1e-6)
    assert counts(one.tokens) == counts(other.tokens)


def counts(tokens: Counted | None) -> dict[int, int]:
    assert tokens is not None
    return dict(zip(tokens.ids.tolist(), tokens.counts.tolist(), strict=True))


@given(st.dictionaries(st.integers(0, 200_000), st.integers(1, 700)))
def test_tokens_are_read_as_they_were_written(times: dict[int, int]) -> None:
    tokens = Counted(np.array(list(times), dtype=np.int64), np.array(list(times.values()), dtype=np.int64))
    read: dict[int, int] = {}
    again = unpacked(packed(tokens))
    for token, count in zip(again.ids.tolist(), again.counts.tolist(), strict=True):
        read[token] = read.get(token, 0) + count
    assert read == times


@given(st.lists(st.lists(st.integers(0, 50), max_size=30), max_size=8))
def test_each_text_has_its_own_counts(texts: list[list[int]]) -> None:
    made = counted([np.array(text, dtype=np.int64) for text in texts])
    assert [counts(own) for own in made] == [{token: text.count(token) for token in text} for text in texts]


def test_what_is_kept_is_what_chroma_gives(library: Library) -> None:
    ids = [paper.id for paper in PAPERS]
    kept = library.signals(ids)
    assert list(kept) == ids
    signals_file(library).unlink()
    with Library.open(library.location, library.embedder) as other:
        for key, signals in other.signals(ids).items():
            assert_same(kept[key], signals)


@pytest.mark.parametrize("filters", [Filters(), LATE], ids=["everything", "by date"])
@pytest.mark.parametrize("narrow", [0, dense.NARROW])
def test_a_search_finds_the_same_without_them(
    library: Library, filters: Filters, narrow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = found(library, filters)
    assert all(expected)
    monkeypatch.setattr(dense, "NARROW", narrow)
    monkeypatch.setattr(dense, "SMALL", narrow)
    with Library.open(library.location, library.embedder) as other:
        assert found(other, filters) == expected
    signals_file(library).unlink()
    with Library.open(library.location, library.embedder) as other:
        assert found(other, filters) == expected


def test_vectors_read_together_are_those_read_one_by_one(library: Library) -> None:
    longer = a_paper("Long", " ".join(f"Sentence {number} of robots that walk and search." for number in range(60)))
    ingest_papers([longer], library)
    store = SignalStore(signals_file(library).parent, 32)
    ids = [*(paper.id for paper in PAPERS), "unknown", longer.id]
    single = store.vectors(ids)
    places, flat = store.stacked(ids)
    assert places.keys() == single.keys() == {*ids} - {"unknown"}
    assert len(single[longer.id]) > 1
    assert sum(map(len, single.values())) == len(flat)
    assert all(np.array_equal(flat[own.start : own.stop], single[key]) for key, own in places.items())
    store.close()


def test_what_is_no_vector_is_not_read_as_one(library: Library) -> None:
    """Two broken ones whose bytes come to whole vectors together are told apart from whole ones."""
    ids = [paper.id for paper in PAPERS[:3]]
    expected = library.dense(library.embedder.embed(["reward"])[0], 60)
    with closing(sqlite3.connect(signals_file(library))) as broken, broken:
        for key, size in zip(ids, (64, 192), strict=False):
            broken.execute("UPDATE papers SET vectors = zeroblob(?) WHERE paper = ?", (size, key))
    store = SignalStore(signals_file(library).parent, 32)
    assert store.stacked(ids)[0] == store.vectors(ids) == {}
    store.close()
    with Library.open(library.location, library.embedder) as other:
        hits = other.dense(library.embedder.embed(["reward"])[0], 60)
    assert [hit.paper_id for hit in hits] == [hit.paper_id for hit in expected]
    assert np.allclose([hit.score for hit in hits], [hit.score for hit in expected], atol=1e-5)


def test_a_paper_without_a_date_passes_no_date(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    undated = a_paper("Timeless")
    ingest_papers([undated], library)
    monkeypatch.setattr(dense, "NARROW", 0)
    vector = library.embedder.embed(["reward"])[0]
    hits = library.dense(vector, 61, Filters(since=date(1, 1, 1)))
    assert {hit.paper_id for hit in hits} == {paper.id for paper in PAPERS}


def test_a_paper_that_changes_is_known_as_it_is_now(library: Library) -> None:
    changed = a_paper(PAPERS[0].title, "Robots walk.", PAPERS[0].sources[0].page)
    ingest_papers([changed], library)
    assert library.signals([changed.id])[changed.id].abstract == "Robots walk."


def test_what_another_machine_changed_is_not_remembered_as_it_was(library: Library) -> None:
    """Its signals were written elsewhere, as those of a library on a server are: here they are of before."""
    here = signals_file(library).parent
    before = Path(library.location).with_name("before")
    shutil.copytree(here, before)
    changed = a_paper(PAPERS[0].title, "Robots walk.", PAPERS[0].sources[0].page)
    ingest_papers([changed], library)
    library.close()
    shutil.rmtree(here)
    before.rename(here)
    with Library.open(library.location, library.embedder) as other:
        found = other.signals([changed.id, PAPERS[1].id])
    assert found[changed.id].abstract == "Robots walk."
    assert found[PAPERS[1].id].abstract == PAPERS[1].abstract


def test_a_new_reading_of_the_date_is_heard(library: Library) -> None:
    days = library._current().signals
    later = a_paper(PAPERS[0].title, PAPERS[0].abstract, PAPERS[0].sources[0].page, 1, listed=date(2099, 1, 1))
    ingest_papers([later], library)
    assert days.days([later.id]) == {later.id: 20990101}


def test_a_broken_file_is_done_without_and_replaced(library: Library, tiny: StaticEmbedder) -> None:
    expected = found(library, Filters())
    library.close()
    signals_file(library).write_bytes(b"no database at all" * 1000)
    with Library.open(library.location, tiny) as other:
        assert found(other, Filters()) == expected
        fresh = a_paper("Fresh Paper")
        ingest_papers([fresh], other)
        ingest_papers([a_paper("Fresher Paper")], other)
        assert fresh.id in other.signals([fresh.id])


def test_a_rebuilt_library_has_them_too(library: Library, tmp_path: Path) -> None:
    from ingest.pipeline import rebuild_library

    other = static_model(tmp_path / "other", seed=1)
    library.close()
    rebuild_library(library.location, other)
    with Library.open(library.location, other) as rebuilt:
        store = rebuilt._current().signals
        assert len(store.get([paper.id for paper in PAPERS], tokens=True)) == len(PAPERS)
        text = token_text(PAPERS[3].title, PAPERS[3].abstract)
        (expected,) = counted(other.token_ids([text]))
        assert counts(store.get([PAPERS[3].id], tokens=True)[PAPERS[3].id].tokens) == counts(expected)
    assert rebuilt.chunker == ChunkerSettings()


@pytest.mark.parametrize("how", ["copied", "mended"])
def test_a_library_copied_or_mended_has_them_too(library: Library, tmp_path: Path, how: str) -> None:
    ids = [paper.id for paper in PAPERS]
    kept = library.signals(ids)
    library.close()
    where = Path(library.location)
    if how == "copied":
        where = tmp_path / "copy"
        copy(library.location, where)
    else:
        shutil.rmtree(signals_file(library).parent)
        assert list(repair(where, library.embedder))
    with Library.open(where, library.embedder) as other:
        there = other._current().signals.get(ids, tokens=True)
    assert sorted(there) == sorted(ids)
    for key, signals in there.items():
        assert_same(kept[key], signals)


def test_tokens_that_another_embedder_could_not_give_are_made(library: Library) -> None:
    """An embedder that only embeds has the same vectors, and no tokens."""
    (fresh,) = many_papers(1, start=900)
    where, embedder = library.location, library.embedder
    library.close()
    with Library.open(where, CountingEmbedder(embedder)) as plain:  # type: ignore[arg-type]
        ingest_papers([fresh], plain)
    with Library.open(where, embedder) as other:
        assert counts(other.signals([fresh.id])[fresh.id].tokens)


@pytest.mark.parametrize("column", ["vectors", "tokens"])
def test_a_row_that_makes_no_sense_is_done_without(library: Library, column: str) -> None:
    expected = found(library, Filters())
    library.close()
    with closing(sqlite3.connect(signals_file(library))) as connection, connection:
        connection.execute(f"UPDATE papers SET {column} = x'09'")
    with Library.open(library.location, library.embedder) as other:
        assert found(other, Filters()) == expected


def test_what_a_killed_writer_left_half_done_is_taken_back(library: Library) -> None:
    ids = [paper.id for paper in PAPERS]
    library.close()
    path = signals_file(library)
    script = (
        "import os, signal, sqlite3, sys\n"
        "half = sqlite3.connect(sys.argv[1])\n"
        "half.execute('PRAGMA cache_size = 1')\n"  # what does not fit is written before it is committed
        "half.execute(\"UPDATE papers SET title = 'half', vectors = zeroblob(60000)\")\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert path.with_name(f"{NAME}-journal").exists()
    with Library.open(library.location, library.embedder) as other:
        there = other._current().signals.get(ids, tokens=True)
    assert {key: found.title for key, found in there.items()} == {paper.id: paper.title for paper in PAPERS}


def test_asking_makes_no_file(tmp_path: Path) -> None:
    store = SignalStore(tmp_path, 4)
    assert not store.get(["a"], tokens=False)
    store.forget(["a"])
    assert not list(tmp_path.iterdir())
