"""Sentences are read, ranked and chosen by what they say; every span is exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import Passage
from assistant.evidence import features as evidence
from assistant.evidence import reading, selection
from assistant.evidence.meaning import Meaning
from assistant.evidence.rarity import Frequencies
from assistant.evidence.selection import Judge
from assistant.language import terms
from assistant.questions import analyse
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper, paper_id
from tests.assistant.language.test_dates import TODAY


def paper(title: str, abstract: str) -> Paper:
    return Paper(paper_id(title), title, abstract)


ZIGZAG = paper(
    "ZigZag: Bouncing Back from Plateaus",
    "Training of deep networks often stalls on plateaus. However, existing remedies are costly. "
    "We propose ZigZag (ZZ), which bounces the step size between two bounds. "
    "It does so because a plateau has no slope to follow. "
    "In the first stage, the bounds are widened until the loss moves. "
    "In the second stage, they are narrowed by a third after every epoch. "
    "Experiments on 12 tasks show that ZigZag cuts training time by 31.5% and reaches 84.2% accuracy. "
    "Code: https://github.com/example/zigzag.",
)


@pytest.fixture(scope="module")
def library(bundled_library: Path) -> Iterator[Library]:
    with Library.open(bundled_library, load_embedder("default")) as opened:
        yield opened


@pytest.fixture(scope="module")
def judge(library: Library) -> Judge:
    return Judge(Frequencies(library), Meaning(library.embedder))


def shown(judge: Judge, question: str, of: Paper = ZIGZAG) -> list[str]:
    judged = judge.judge(judge.ask(analyse(question, today=TODAY)), of)
    return [judged.reading.sentences[i].text for i in selection.choose(judged)]


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("What is ZigZag?", "We propose ZigZag"),
        ("How much training time does ZigZag save?", "31.5%"),
        ("what accuracy does it reach?", "84.2%"),
        ("Where is the code?", "github.com/example/zigzag"),
        ("On how many tasks was it tried?", "12 tasks"),
    ],
)
def test_the_sentence_that_answers_comes_first(judge: Judge, question: str, held: str) -> None:
    assert held in shown(judge, question)[0]


def test_a_reason_is_shown_where_why_is_asked(judge: Judge) -> None:
    assert any(
        "because a plateau has no slope" in text for text in shown(judge, "Why does ZigZag bounce the step size?")
    )


def test_every_part_of_a_question_gets_its_sentence(judge: Judge) -> None:
    text = " ".join(shown(judge, "What does ZigZag do to the step size, and by how much does it cut training time?"))
    assert "between two bounds" in text
    assert "31.5%" in text


def test_a_series_is_shown_to_its_end(judge: Judge) -> None:
    text = " ".join(shown(judge, "Which two stages does ZigZag have?"))
    assert "In the first stage" in text
    assert "In the second stage" in text


def test_at_most_three_sentences_and_each_once(judge: Judge) -> None:
    chosen = shown(judge, "What is ZigZag, why does it work, how much does it save, and where is the code?")
    assert 1 <= len(chosen) <= selection.MOST
    assert len(set(chosen)) == len(chosen)


def test_the_ranking_needs_no_embedder(library: Library) -> None:
    assert "31.5%" in shown(Judge(Frequencies(library), None), "How much training time does ZigZag save?")[0]


def test_an_embedder_that_costs_by_the_call_is_not_asked_for_words(library: Library) -> None:
    asked: list[str] = []

    class Dear:
        def embed(self, texts):
            asked.extend(texts)
            return library.embedder.embed(texts)

    judge = Judge(Frequencies(library), Meaning(Dear(), words=False))
    assert "31.5%" in shown(judge, "How much training time does ZigZag save?")[0]
    assert asked
    assert all(" " in text for text in asked)


def test_other_spelling_is_the_same_word() -> None:
    assert terms.stems(["optimisation", "behaviour", "modelling"]) == terms.stems(
        ["optimization", "behavior", "modeling"]
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("How does A*-PO beat GAIN-RL?", ["A*-PO", "GAIN-RL"]),
        ("R1-Searcher++ against Qwen2.5-Math-1.5B on MATH500", ["R1-Searcher++", "Qwen2.5-Math-1.5B", "MATH500"]),
        ("the 2-bits-per-parameter experiments", []),
        ("how many GPUs did the LLM take?", []),
        ("What does Tree of Thoughts reach on the Game of 24?", ["Tree of Thoughts", "Game"]),
        ("how does it do without names?", []),
    ],
)
def test_names_are_told_by_their_spelling(text: str, names: list[str]) -> None:
    assert terms.proper_names(text) == names


def test_numbers_are_figures_and_not_parts_of_names() -> None:
    text = "Qwen2.5 gains 8.4 points over GPT-4, from 36.0% to 73.6%, on 2,728 questions; a 7B model (1) wins twice."
    assert [text[a:b] for a, b in terms.numbers(text)] == ["8.4", "36.0%", "73.6%", "2,728", "7B", "twice"]


def test_a_paper_is_known_by_the_name_it_gives_itself() -> None:
    assert reading.read(ZIGZAG).short_name == "ZigZag"
    named = paper(
        "A long title without any name", "We introduce FooNet, a net. FooNet is small. Large nets (LN) are not."
    )
    assert reading.read(named).short_name == "FooNet"
    assert reading.read(paper("A title", "Nothing here has a name of its own.")).short_name == ""


def test_an_abstract_of_one_sentence_or_none_is_read() -> None:
    assert len(reading.read(paper("One", "It is short.")).sentences) == 1
    assert reading.read(paper("None", "")).sentences == ()


@settings(max_examples=60)
@given(abstract=st.text(max_size=600), question=st.text(min_size=1, max_size=120))
def test_spans_are_exact_and_choosing_never_fails(judge: Judge, abstract: str, question: str) -> None:
    odd = paper("Any title", abstract)
    judged = judge.judge(judge.ask(analyse(question, today=TODAY)), odd)
    assert all(odd.abstract[s.start : s.end] == s.text for s in judged.reading.sentences)
    chosen = selection.choose(judged)
    assert len(chosen) == len(set(chosen)) <= selection.MOST
    assert all(
        len(row) == len(evidence.FEATURES)
        for row in judge.rows(judge.ask(analyse("q", today=TODAY))[0], judged.reading)
    )


def test_the_foremost_paper_need_not_have_been_found() -> None:
    other = paper("Other", "Another abstract.")
    found = [Passage(other, other.abstract, 0, len(other.abstract), 0.5)]
    assert [p.paper for p in selection.foremost(found, [ZIGZAG])] == [ZIGZAG, other]
    assert [p.paper for p in selection.foremost(found, [other])] == [other]


def test_the_weights_name_every_feature() -> None:
    assert set(selection.weights()["sentence"]) == set(evidence.FEATURES)
