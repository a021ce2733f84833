"""Who asks for the same in other words gets the same.

The topics are those that the bundled pages are known to have, the questions those of ``reader.jsonl``; none was chosen
for this.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.evaluation.questions import read_questions
from ingest.papers import Filters

LABELLED = Path(__file__).parents[1] / "bench" / "labelled" / "topics.jsonl"
TOPIC = re.compile(r"(?:papers|anything|work|about|stud(?:y|ies)) (?:on|about) (.+?)\W*$")


def topics(every: int = 5) -> list[str]:
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    asked = [row["question"] for row in rows if row["among"] == "bundled" and row["there"]]
    return sorted({found[1] for question in asked if (found := TOPIC.search(question))})[::every]


def cited(assistant: Assistant, question: str, filters: Filters | None = None) -> set[str]:
    return {citation.paper.title for citation in assistant.ask(question, filters=filters).citations}


@pytest.mark.parametrize(
    "wording",
    [
        "papers on {}",
        "{}",
        "What do you have on {}?",
        "Which papers build on {}?",
        "Which papers make use of {}, and what for?",
        "Recommend me papers about {}",
        "Which papers investigate {}: variants of it, analyses, evaluations of it?",
    ],
)
def test_the_wording_of_a_wish_for_papers_does_not_change_what_is_found(assistant: Assistant, wording: str) -> None:
    assert len(topics()) >= 8
    plain = {topic: cited(assistant, f"Which papers are about {topic}?") for topic in topics()}
    assert sum(map(bool, plain.values())) >= len(plain) - 1
    assert {topic: cited(assistant, wording.format(topic)) for topic in plain} == plain


def test_a_time_in_the_question_is_a_filter_and_no_word_to_search_for(assistant: Assistant) -> None:
    since = Filters(since=date(2025, 1, 1))
    for topic in topics():
        expected = cited(assistant, f"Which papers are about {topic}?", since)
        assert cited(assistant, f"papers on {topic} since January 2025") == expected


def test_where_the_newest_are_asked_for_and_none_is_dated_all_are_given_and_it_is_said(assistant: Assistant) -> None:
    undated = [topic for topic in topics(1) if not dated(assistant, topic)]
    assert undated
    for topic in undated[:3]:
        answer = assistant.ask(f"What is new on {topic}?")
        assert {c.paper.title for c in answer.citations} == cited(assistant, f"Which papers are about {topic}?")
        assert any("no date" in note for note in answer.notes)


def dated(assistant: Assistant, topic: str) -> bool:
    answer = assistant.ask(f"Which papers are about {topic}?")
    return not answer.answered or any(citation.paper.listed for citation in answer.citations)


@pytest.mark.parametrize(
    "wrapped",
    [
        "Hi! I'm a PhD student and new to this area. {} Thanks a lot!",
        "For my thesis, could you please tell me: {}",
        "Sorry for the basic question, but {} I need it for a talk tomorrow.",
    ],
)
def test_courtesies_change_no_answer(assistant: Assistant, wrapped: str) -> None:
    asked = [q.question for q in read_questions(Path(__file__).with_name("reader.jsonl")) if not q.history]
    assert len(asked) >= 30
    for question in (q if q.endswith((".", "?", "!")) else f"{q}." for q in asked):
        plain, polite = assistant.ask(question), assistant.ask(wrapped.format(question))
        assert (polite.text, polite.confidence) == (plain.text, plain.confidence), question
