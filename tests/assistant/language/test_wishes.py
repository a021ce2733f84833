"""What a question about many papers wishes for, however it asks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language import wishes

PLAIN = "Which papers are about sparse attention?"


@pytest.mark.parametrize(
    "asked",
    [
        "Which papers build on sparse attention?",
        "Which papers make heavy use of sparse attention, and what for?",
        "What papers published in this library deal mainly with sparse attention?",
        "Which papers propose a new way of sparse attention?",
        "papers on sparse attention?",
        "Is there any work on sparse attention?",
        "What do you have on sparse attention?",
        "How many papers are there about sparse attention?",
        "Recommend me papers about sparse attention?",
        "Which papers extend sparse attention, and what do they find?",
        "I'd like to see papers on sparse attention for my thesis?",
        "Which papers on sparse attention should I cite in my related-work section?",
    ],
)
def test_questions_for_the_same_papers_become_the_same_question(asked: str) -> None:
    assert wishes.sought(asked).casefold().replace("what papers", "which papers") == PLAIN.casefold()


@pytest.mark.parametrize(
    "asked",
    [
        "Which papers improve sparse attention?",
        "Which papers evaluate tutors with students?",
        "blood vessels in scans: which papers segment or trace them?",
        "Which papers call themselves a survey?",
        "Which papers use?",
        "sparse attention",
        "",
    ],
)
def test_words_that_say_what_is_sought_stay(asked: str) -> None:
    assert wishes.sought(asked) == asked


def test_what_papers_may_do_with_the_subject_is_left_out_and_what_explains_it_stays() -> None:
    assert wishes.sought("Which papers build on GRPO: variants of it, analyses?") == "Which papers are about GRPO"
    explained = "Which papers choose data by a bandit (UCB, arms): list all"
    assert wishes.sought(explained) == explained


def test_an_article_goes_with_the_verb_but_a_word_that_begins_like_one_stays_whole() -> None:
    assert wishes.sought("Which papers use the Adam optimizer?") == "Which papers are about Adam optimizer?"
    assert wishes.sought("Which papers investigate theory?") == "Which papers are about theory?"


WORDS = st.sampled_from(
    ["which", "papers", "use", "build", "on", "a", "way", "of", "it", ":", "(", "and", "what", "they"]
)


@given(st.lists(WORDS))
def test_nothing_is_added_but_the_plain_opening(words: list[str]) -> None:
    text = " ".join(words)
    assert set(wishes.sought(text).split()) <= set(text.split()) | {"Which", "papers", "are", "about"}


@pytest.mark.parametrize(
    "piece", ["papers ( ", "papers: it ", "and what do they ,,,,", "which papers that ", "papers use a way "]
)
def test_long_questions_take_no_longer_than_their_length(piece: str) -> None:
    began = time.perf_counter()
    wishes.sought(piece * (10_000 // len(piece)))
    assert time.perf_counter() - began < 0.5
