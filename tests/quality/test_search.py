"""Floors under the search itself, on questions of our own over the bundled pages; they only rise."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant
from assistant.evaluation import Report, evaluate_search

QUESTIONS = Path(__file__).with_name("search.jsonl")


@pytest.fixture(scope="module")
def report(assistant: Assistant) -> Report:
    return evaluate_search(lambda asked, limit: assistant.search(asked.question, limit=limit), QUESTIONS)


def test_a_question_that_names_its_paper_finds_it_first(report: Report) -> None:
    figures = report.figures("lookup")
    assert figures.recall == 1.0
    assert figures.mrr is not None
    assert figures.mrr >= 0.95


def test_a_question_in_the_askers_own_words_mostly_finds_its_paper(report: Report) -> None:
    figures = report.figures("paraphrase")
    assert figures.recall is not None
    assert figures.mrr is not None
    assert figures.recall >= 0.75
    assert figures.mrr >= 0.62
