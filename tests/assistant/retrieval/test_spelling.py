"""Misspelt words are put right from those that are known; real words and unknown names are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.retrieval.candidates import Rarity
from assistant.retrieval.spelling import Speller
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
        pytest.param("retreived passages", "retrieved passages", id="letters swapped"),
        pytest.param("top-1 acuracy", "top-1 accuracy", id="letter missing"),
        pytest.param("a new benchamrk", "a new benchmark", id="letters swapped later"),
        pytest.param("a captionng modle", "a captioning model", id="in the ending, and a short word"),
        pytest.param("do the pupils convesre", "do the pupils converse", id="a word that few papers have"),
        pytest.param("what is MobilCLIP", "what is MobileCLIP", id="name"),
        pytest.param("what is PretrainZeroo", "what is PretrainZero", id="name, letter too many"),
    ],
)
def test_a_misspelt_word_is_put_right(library: Library, asked: str, meant: str) -> None:
    assert Speller(library, Rarity(library)).respelled(asked) == meant


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("homework for gardeners", id="words that the embedder knows"),
        pytest.param("blurt out", id="a short word"),
        pytest.param("what is ZQXWV-9000", id="a name like no other"),
        pytest.param("强化学习", id="another script"),
        pytest.param("12345678", id="a number"),
        pytest.param("comment entrainer un roboot qui parle", id="another language"),
    ],
)
def test_everything_else_stays(library: Library, asked: str) -> None:
    assert Speller(library, Rarity(library)).respelled(asked) == asked


def test_names_are_left_as_they_are_where_that_is_asked_for(library: Library) -> None:
    """A paper that was asked for by a name that it does not bear is not to be taken for the one that was meant."""
    speller = Speller(library, Rarity(library))
    assert speller.slips("what acuracy has MobilCLIP", names=False) == {"acuracy": "accuracy"}
    assert speller.slips("what acuracy has MobilCLIP")["MobilCLIP"] == "MobileCLIP"


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
        assert Speller(library, Rarity(library)).respelled("what is HEMZ") == f"what is {meant}"
