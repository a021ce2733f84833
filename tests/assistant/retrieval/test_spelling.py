"""Misspelt words are put right from the library's own; real words and unknown names are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.retrieval.candidates import Rarity
from assistant.retrieval.spelling import respelled
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pipeline import ingest_papers
from tests.ingest.libraries import many_papers


@pytest.fixture(scope="module")
def library(bundled_library: Path) -> Iterator[Library]:
    with Library.open(bundled_library, load_embedder("default")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        pytest.param("retreived passages", "retrieve", id="letters swapped"),
        pytest.param("top-1 acuracy", "accuracy", id="letter missing"),
        pytest.param("a new benchamrk", "benchmark", id="letters swapped later"),
        pytest.param("what is MobilCLIP", "MobileCLIP", id="name"),
        pytest.param("what is PretrainZeroo", "PretrainZero", id="name, letter too many"),
    ],
)
def test_a_misspelt_word_is_put_right(library: Library, asked: str, meant: str) -> None:
    assert (
        meant
        in respelled(library, asked, Rarity(library), lambda _: False).split()[-1 if "passages" not in asked else 0]
    )


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("homework for gardeners", id="words that the embedder knows"),
        pytest.param("blurt out", id="a short word"),
        pytest.param("what is ZQXWV-9000", id="a name like no other"),
        pytest.param("强化学习", id="another script"),
        pytest.param("12345678", id="a number"),
    ],
)
def test_everything_else_stays(library: Library, asked: str) -> None:
    known = set("homework gardeners".split())  # noqa: SIM905 - reads as the phrase it comes from
    assert respelled(library, asked, Rarity(library), known.__contains__) == asked


def test_of_names_equally_near_that_of_the_nearest_paper_is_meant(tmp_path: Path) -> None:
    """Whatever Python's hashes are at this run: words in no order would make it another name each time."""
    papers = many_papers(8)
    named = [
        replace(paper, title=f"HEM{letter}: {paper.title}") for letter, paper in zip("ABCDEFGH", papers, strict=True)
    ]
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        ingest_papers(named, library)
        first = library.lexical("HEMZ", 12, fuzzy=True)[0].paper_id
        meant = next(paper.title[:4] for paper in named if paper.id == first)
        assert respelled(library, "what is HEMZ", Rarity(library), lambda _: False) == f"what is {meant}"
