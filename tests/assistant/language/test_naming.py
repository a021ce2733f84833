"""Names that a question mentions, and the papers that bear them."""

from __future__ import annotations

import pytest

from assistant.language.naming import bearing, names_in
from ingest.papers import Paper


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(title, title, abstract)


OTHERS = [paper(f"Paper {n}", "Nothing of the kind.") for n in range(20)]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        pytest.param("what does GAIN-RL do?", ("GAIN-RL",), id="spelling"),
        pytest.param('the "try again" paper', ("try again",), id="quotes"),
        pytest.param("is there any work on dogs?", (), id="none"),
    ],
)
def test_names_are_found_as_they_are_spelled(question: str, names: tuple[str, ...]) -> None:
    assert names_in(question) == names


@pytest.mark.parametrize(
    ("name", "bearer", "other"),
    [
        pytest.param("RoT", paper("RoT: Trees", ""), paper("Stop the rot", "Wood decays by rot."), id="capitals"),
        pytest.param("R1-S", paper("R1-S: Search", ""), paper("R1-S++: More Search", ""), id="a longer name"),
        pytest.param("R1-S++", paper("R1-S++: More", ""), paper("R1-S: Search", ""), id="signs"),
        pytest.param(
            "BAR", paper("Tall", "We propose BAR (BAR)."), paper("Low", "Unlike BAR, we don't."), id="its own"
        ),
        pytest.param("ABC", paper("Short (ABC)", ""), paper("Long", "ABC is a baseline."), id="title in brackets"),
    ],
)
def test_the_bearer_stands_above_the_other(name: str, bearer: Paper, other: Paper) -> None:
    found = bearing([name], [bearer, other, *OTHERS])
    assert found[0] > found[1] >= 0.0
    assert not found[2:].any()


def test_a_name_that_every_paper_bears_says_nothing() -> None:
    assert not bearing(["LLM"], [paper(f"LLM: Part {n}") for n in range(9)]).any()


def test_without_names_or_papers_there_is_nothing_to_bear() -> None:
    assert not bearing([], OTHERS).any()
    assert bearing(["X"], []).shape == (0,)
