"""A library whose graph holds shortened vectors finds by the whole ones what one with whole vectors finds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.embedding import StaticEmbedder, load_embedder
from ingest.library import Library, check, copy, repair
from ingest.papers import Filters, Hit
from ingest.pipeline import ingest_papers, rebuild_library
from ingest.storage import dense, layout
from ingest.storage.place import place
from ingest.storage.shelf import Shelf
from ingest.storage.signals import SignalStore
from ingest.vectors import Vectors
from tests.ingest.libraries import many_papers, static_model

COUNT = 60
LATER = Filters(since=date.fromordinal(730_000 + COUNT // 3))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries of sixty papers are searched as large ones are."""
    monkeypatch.setattr(layout, "SEARCHED", 8)
    monkeypatch.setattr(dense, "SMALL", 5)
    monkeypatch.setattr(dense, "NARROW", 5)


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> StaticEmbedder:
    embedder = static_model(tmp_path_factory.mktemp("models") / "nested")
    embedder.leading = (8, 4)
    return embedder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> StaticEmbedder:
    """The same model, of which nobody says that it may be cut."""
    return static_model(tmp_path_factory.mktemp("models") / "nested")


def filled(folder: Path, embedder: StaticEmbedder, count: int = COUNT) -> Path:
    with Library.open(folder, embedder, create=True) as library:
        ingest_papers(many_papers(count), library)
    return folder


def held_numbers(folder: Path) -> int:
    """How many numbers of a vector Chroma holds."""
    shelf = Shelf(place(folder))
    try:
        vectors = shelf.table(shelf.manifest()).vectors([f"{many_papers(1)[0].id}:0"])
        return len(next(iter(vectors.values())))
    finally:
        shelf.close()


def found(folder: Path, embedder: StaticEmbedder) -> list[list[Hit]]:
    asked = embedder.embed(["reward search", "video diffusion models", "graph memory of robots"])
    with Library.open(folder, embedder) as library:
        return [library.dense(vector, 10, filters) for vector in asked for filters in (Filters(), LATER)]


def assert_same(some: Sequence[Sequence[Hit]], others: Sequence[Sequence[Hit]]) -> None:
    assert all(len(hits) == 10 for hits in some)
    for hits, wanted in zip(some, others, strict=True):
        assert [(hit.paper_id, hit.ordinal) for hit in hits] == [(hit.paper_id, hit.ordinal) for hit in wanted]
        assert np.allclose([hit.score for hit in hits], [hit.score for hit in wanted], atol=1e-5)


def signals_of(folder: Path) -> Path:
    return next(folder.glob("lexical/*/signals.sqlite"))


def test_the_shipped_embedder_says_that_its_vectors_may_be_cut():
    embedder = load_embedder("default")
    assert isinstance(embedder, StaticEmbedder)
    assert embedder.leading == (128, 64)
    assert embedder.identity.dimension == 256


def test_a_large_library_finds_by_whole_vectors_what_it_holds_shortened(
    nested: StaticEmbedder, plain: StaticEmbedder, tmp_path: Path
):
    short, whole = filled(tmp_path / "short", nested), filled(tmp_path / "whole", plain)
    assert (held_numbers(short), held_numbers(whole)) == (8, 32)
    assert_same(found(short, nested), found(whole, plain))
    with Library.open(short, nested) as library:
        paper = many_papers(1)[0]
        vectors = library.vectors([paper.id])[paper.id]
        assert np.allclose(vectors, nested.embed([f"{paper.title}. {paper.abstract}"]), atol=1e-6)


@given(
    st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.75]), min_size=1, max_size=30).map(
        lambda scores: np.array([[score, 0.0] for score in scores], np.float32)
    ),
    st.integers(1, 40),
)
def test_the_best_of_a_few_are_those_of_all_of_them_sorted(vectors: Vectors, limit: int):
    few = dense._Few([(f"p{number}", 0) for number in range(len(vectors))], vectors)
    hits = dense._compared(few, np.array([1.0, 0.0], np.float32), limit)
    order = sorted(range(len(vectors)), key=lambda number: -vectors[number, 0])[:limit]
    assert [hit.paper_id for hit in hits] == [f"p{number}" for number in order]


def test_a_small_library_is_compared_whole(
    nested: StaticEmbedder, plain: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dense, "SMALL", 500)
    monkeypatch.setattr(dense, "NARROW", 500)
    short, whole = filled(tmp_path / "short", nested), filled(tmp_path / "whole", plain)
    assert found(short, nested) == found(whole, plain)


def test_without_signals_the_papers_are_embedded_anew(nested: StaticEmbedder, tmp_path: Path):
    folder = filled(tmp_path / "library", nested)
    before = found(folder, nested)
    assert check(folder) == []
    signals_of(folder).unlink()
    assert_same(found(folder, nested), before)
    assert ["whole vectors of 0 papers, not of 60" in said for said in check(folder)] == [True]
    assert len(list(repair(folder, nested))) == 1
    assert check(folder) == []
    assert_same(found(folder, nested), before)


def test_whole_vectors_that_a_writer_that_died_left_unwritten_are_written_on_opening(
    nested: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = filled(tmp_path / "library", nested, COUNT - 20)
    with monkeypatch.context() as patched:
        patched.setattr(SignalStore, "put", lambda *_: None)  # it did not come to that
        filled(folder, nested)
    manifest = folder / "manifest.json"
    values = json.loads(manifest.read_text())
    assert len(check(folder)) == 1
    manifest.write_text(json.dumps(values | {"generation": values["generation"] - 1, "pending": values["generation"]}))
    with Library.open(folder, nested) as library:
        assert library.count() == COUNT
    assert check(folder) == []


def test_a_library_made_before_stays_whole_until_it_is_rebuilt(
    nested: StaticEmbedder, plain: StaticEmbedder, tmp_path: Path
):
    folder = filled(tmp_path / "library", plain, COUNT // 2)
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text()) | {"format": 2}
    del said["layout"]
    manifest.write_text(json.dumps(said))
    filled(folder, nested)
    assert held_numbers(folder) == 32
    before = found(folder, nested)
    rebuild_library(folder, nested)
    assert held_numbers(folder) == 8
    assert json.loads(manifest.read_text())["layout"]["searched"] == 8
    assert_same(found(folder, nested), before)


def test_a_copy_is_what_its_source_is(nested: StaticEmbedder, tmp_path: Path):
    folder = filled(tmp_path / "library", nested)
    done = copy(folder, tmp_path / "copy")
    assert (done.papers, held_numbers(tmp_path / "copy")) == (COUNT, 8)
    assert_same(found(tmp_path / "copy", nested), found(folder, nested))


def test_a_library_on_a_server_is_not_shortened(nested: StaticEmbedder, plain: StaticEmbedder):
    assert layout.suited(nested, place("library")).searched == 8
    assert layout.suited(nested, place("http://localhost:8000")).searched is None
    assert layout.suited(plain, place("library")).searched is None
