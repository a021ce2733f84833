"""A question about something else altogether is refused, mostly; on questions that nothing was fitted on."""

from __future__ import annotations

from pathlib import Path

from assistant import Assistant
from assistant.evaluation import evaluate_questions


def test_most_questions_about_something_else_are_refused(assistant: Assistant) -> None:
    figures = evaluate_questions(assistant, Path(__file__).with_name("elsewhere.jsonl")).figures("unanswerable")
    assert figures.refusal is not None
    assert figures.refusal >= 0.84
