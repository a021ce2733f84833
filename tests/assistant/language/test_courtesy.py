"""Courtesies around a question go, whatever may tell something of the matter stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.courtesy import idle, stripped

ASKED = "What does AMPO gain?"


@pytest.mark.parametrize(
    "wrapped",
    [
        "Hi! {}",
        "{} Thanks a lot!",
        "Please help me, I am a PhD student. {}",
        "I'm writing a related-work section. {} I need it for a talk tomorrow.",
        "Quick question: {}",
        "Dear assistant, here is my question: {}",
        "For my thesis, {}",
        "Based on the papers you have, {}",
        "As a PhD student, I'd like to know: {}",
        "{} Please cite the paper.",
        "Could you please tell me: {}",
        "Sorry for the basic question, but {}",
        "Can you help me with this? {}",
        "{} Answer briefly.",
        "Question: {} Answer:",
        "Q: {}",
        "> {}",
        "1. {}",
        "/ask {}",
        "“{}”",
        "**{}**",
    ],
)
def test_courtesies_go(wrapped: str) -> None:
    assert stripped(wrapped.format(ASKED)) == ASKED


@pytest.mark.parametrize(
    "asked",
    [
        "We only have API access to the giant model. Could a little open one be trained?",
        "In the paper, what loss is used?",
        "humanoid robots: list the papers",
        "Related work: what does AMPO build on?",
        "I study robots. What is new?",
        "Can you tell me about DPO?",
        "Homework chatbots blurt out the solution, has anybody trained one to hold back?",
        "Do you have papers on sound?",
        "Do you know the AMPO paper?",
        "thanks",
        "Cite your sources.",
        "Explain it briefly.",
        "",
    ],
)
def test_what_may_tell_something_stays(asked: str) -> None:
    assert stripped(asked) == asked


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("Could you tell me how AMPO works?", "how AMPO works?"),
        ("I was wondering if you could tell me what AMPO gains", "what AMPO gains"),
        ("Do you know whether AMPO needs labels?", "whether AMPO needs labels?"),
        ("What is AMPO, please?", "What is AMPO?"),
        ("thanks! and who wrote it?", "and who wrote it?"),
    ],
)
def test_an_indirect_question_is_left_as_it_stands_behind_its_courtesy(asked: str, left: str) -> None:
    assert stripped(asked) == left


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("WHAT DOES AMPO GAIN BY BRANCHES?", "what does ampo gain by branches?"),
        ("What Does AMPO Gain With Three Branches?", "what does AMPO gain with three branches?"),
        ("What does AMPO Gain With Its Branches?", "What does AMPO Gain With Its Branches?"),
        ("What Is “Attention Is All You Need” About?", "What Is “Attention Is All You Need” About?"),
        ("Attention Is All You Need", "Attention Is All You Need"),
        ("AMPO VS GRPO?", "AMPO VS GRPO?"),
        ("Who won the 2022 World Cup?", "Who won the 2022 World Cup?"),
    ],
)
def test_capitals_on_every_word_mark_no_names(asked: str, left: str) -> None:
    assert stripped(asked) == left


def test_who_introduces_themselves_asks_nothing_and_who_asks_something_too_does() -> None:
    assert idle("Hi, I'm a student and need help with my thesis.")
    assert not idle("I'm a student and need help with robots.")
    assert not idle("related work")
    assert not idle(f"Hi! {ASKED}")


WORDS = st.sampled_from(
    ["hi", "I'm", "a", "student", ",", ":", ".", "thanks", "what", "is", "AMPO", "?", "please", "tell me"]
)


@given(st.lists(WORDS))
def test_what_is_left_is_a_part_of_what_was_asked_and_never_nothing(words: list[str]) -> None:
    text = " ".join(words)
    left = stripped(text)
    assert set(left.replace("?", " ?").split()) <= set(text.split())
    assert bool(left.strip()) == bool(text.strip())


@given(st.text(max_size=300))
def test_any_text_keeps_a_word_if_it_has_one(text: str) -> None:
    assert any(c.isalnum() for c in stripped(text)) == any(c.isalnum() for c in text) or "_" in text


@pytest.mark.parametrize("piece", ["hi, ", "please ", "thanks! ", ", - ", "I'm curious ", "a b c d e ", "answer: "])
def test_long_questions_take_no_longer_than_their_length(piece: str) -> None:
    began = time.perf_counter()
    stripped(piece * (10_000 // len(piece)))
    assert time.perf_counter() - began < 1
