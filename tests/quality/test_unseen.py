"""Hard questions about bundled papers that nothing was fitted on; and the same with a slip of the hand."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.evaluation import evaluate_questions
from assistant.evaluation.questions import read_questions
from tests.quality.test_wordings import cited

HELD = Path(__file__).parents[1] / "bench" / "labelled" / "bundled-held.jsonl"


def test_most_of_what_the_abstracts_say_is_answered_and_most_else_refused(assistant: Assistant) -> None:
    figures = evaluate_questions(assistant, HELD).figures()
    assert figures.verbatim == 1.0
    assert (figures.recall or 0) >= 0.90
    assert (figures.facts or 0) >= 0.72
    assert (figures.refusal or 0) >= 0.64
    assert (figures.false_refusal or 0) <= 0.07
    assert (figures.brier or 1) <= 0.10


@pytest.mark.parametrize("slip", ["swapped", "left out", "doubled"])
def test_a_slip_of_the_hand_in_a_long_word_loses_hardly_an_answer(assistant: Assistant, slip: str) -> None:
    lost = tried = 0
    for question in read_questions(HELD):
        slipped = _slipped(question.question, slip)
        if question.history or not question.gold or slipped == question.question:
            continue
        right = cited(assistant, question.question) & set(question.gold)
        tried += bool(right)
        lost += bool(right) and not cited(assistant, slipped) & set(question.gold)
    assert tried >= 25
    assert lost <= 2


def _slipped(text: str, slip: str) -> str:
    """The text with a slip within one of its long words, the same each time."""
    words, chance = text.split(), random.Random(text)
    long = [place for place, word in enumerate(words) if word.isalpha() and word.islower() and len(word) > 6]
    if not long:
        return text
    place = chance.choice(long)
    word, at = words[place], chance.randrange(1, len(words[place]) - 2)
    words[place] = {
        "swapped": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "left out": word[:at] + word[at + 1 :],
        "doubled": word[: at + 1] + word[at:],
    }[slip]
    return " ".join(words)
