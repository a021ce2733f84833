"""Follow-ups made whole against a library of the bundled pages; a new subject is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.answers import Turn
from assistant.conversation import Standalone, leans, standalone
from assistant.questions import Kind
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def library(bundled_library: Path) -> Iterator[Library]:
    with Library.open(bundled_library, load_embedder("default")) as opened:
        yield opened


@pytest.fixture(scope="module")
def papers(library: Library) -> dict[str, Paper]:
    return {paper.title.partition(":")[0]: paper for paper in library.papers()}


def whole(library: Library, question: str, *turns: Turn) -> Standalone:
    return standalone(question, turns, Retriever(library), library, today=TODAY)


def exchange(question: str, answer: str, *sources: Paper) -> tuple[Turn, Turn]:
    return Turn("user", question), Turn("assistant", answer, {n: p.id for n, p in enumerate(sources, start=1)})


@pytest.mark.parametrize(
    "question",
    [
        "how much does it gain?",
        "And on ImageNet?",
        "its authors",
        "What do they do about it?",
        "the second one",
        "why?",
        "which datasets was it tested on?",
        "So what is new about that?",
        "how many authors?",
        "and [2]?",
        "它的代码在哪里?",
    ],
)
def test_a_follow_up_leans_on_what_came_before(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    [
        "What does RoboFuME need from people to learn a new task?",
        "Which papers prune networks with bi-level optimisation?",
        "Is there a method that keeps robots practising without resets?",
        "How many GPUs did Kimina-Prover take to train?",
    ],
)
def test_a_whole_question_does_not(question: str) -> None:
    assert not leans(question)


def test_it_is_the_paper_that_the_last_answer_cites(library: Library, papers: dict[str, Paper]) -> None:
    found = whole(library, "how much does it gain?", *exchange("what is OVOR?", "OVOR is … [1].", papers["OVOR"]))
    assert found.about == (papers["OVOR"],)
    assert papers["OVOR"].title in found.text
    assert found.understood(today=TODAY).about == (papers["OVOR"].id,)


def test_marks_that_mean_nothing_here_are_passed_over_and_the_words_searched_for(
    library: Library, papers: dict[str, Paper]
) -> None:
    turns = (
        Turn("user", "Is there an RL method that merges agents trained on different tasks?"),
        Turn(
            "assistant",
            "Yes, RAM keeps the unique parameter updates of each RL-trained agent and rescales them [P123].",
        ),
    )
    found = whole(library, "and which models was it tried on?", *turns)
    assert [paper.title for paper in found.about] == [
        papers["Behavior Knowledge Merge in Reinforced Agentic Models"].title
    ]


def test_the_name_in_an_earlier_answer_outweighs_a_vague_last_one(library: Library, papers: dict[str, Paper]) -> None:
    turns = (
        Turn("user", "Which recurrent cell mixes Swin blocks with an LSTM?"),
        Turn("assistant", "SwinLSTM."),
        Turn("user", "Does it need tricks?"),
        Turn("assistant", "No, none are needed."),
    )
    assert whole(library, "and on which datasets was it tested?", *turns).about[0].title.startswith("SwinLSTM")


@pytest.mark.parametrize(
    ("words", "place"), [("the second one", 1), ("and the first?", 0), ("what about the last one?", 2)]
)
def test_a_place_in_the_list_is_counted(library: Library, papers: dict[str, Paper], words: str, place: int) -> None:
    listed = (papers["OVOR"], papers["DiffClass"], papers["CorDA"])
    found = whole(library, words, *exchange("which papers …", "1. … [1] 2. … [2] 3. … [3]", *listed))
    assert found.about == (listed[place],)


def test_a_mark_of_the_conversation_is_that_paper(library: Library, papers: dict[str, Paper]) -> None:
    turns = exchange("which papers …", "… [1] … [2]", papers["OVOR"], papers["CorDA"])
    assert whole(library, "what does [2] do?", *turns).about == (papers["CorDA"],)


def test_several_papers_are_meant_by_both(library: Library, papers: dict[str, Paper]) -> None:
    turns = exchange("compare them", "… [1] … [2]", papers["OVOR"], papers["DiffClass"])
    assert whole(library, "do both of them keep old images?", *turns).about == (papers["OVOR"], papers["DiffClass"])


def test_another_name_changes_the_subject(library: Library, papers: dict[str, Paper]) -> None:
    turns = exchange("what is OVOR?", "OVOR is … [1].", papers["OVOR"])
    found = whole(library, "And how does LazyDiT do this?", *turns)
    assert found.about == ()
    assert found.text == "And how does LazyDiT do this?"


def test_a_whole_question_leaves_the_old_paper_behind(library: Library, papers: dict[str, Paper]) -> None:
    question = "What does RoboFuME need from people to learn a new task?"
    turns = exchange("what is OVOR?", "OVOR is … [1].", papers["OVOR"])
    assert whole(library, question, *turns) == Standalone(question, question)


def test_and_2023_asks_the_last_question_again_for_that_year(library: Library) -> None:
    turns = exchange("Which papers from 2024 use diffusion?", "…")
    found = whole(library, "And 2023?", *turns).understood(today=TODAY)
    assert found.kind is Kind.SURVEY
    assert found.filters.since == date(2023, 1, 1)
    assert "diffusion" in found.text
    assert "2024" not in found.text


def test_thanks_is_no_follow_up(library: Library, papers: dict[str, Paper]) -> None:
    found = whole(library, "thanks!", *exchange("what is OVOR?", "… [1].", papers["OVOR"]))
    assert found.about == ()
    assert found.understood(today=TODAY).kind is Kind.SMALLTALK


def test_without_history_nothing_is_searched(library: Library) -> None:
    class Silent:
        def search(self, *_: object, **__: object) -> list[object]:
            raise AssertionError("searched")

    found = standalone("how much does it gain?", (), Silent(), library, today=TODAY)  # type: ignore[arg-type]
    assert found == Standalone("how much does it gain?", "how much does it gain?")
