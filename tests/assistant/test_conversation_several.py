"""Follow-ups about several papers: the two last spoken of, the last list, how many, which is newer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.answers import Answer
from assistant.assistant import Assistant


def talk(assistant: Assistant, questions: Sequence[str]) -> list[Answer]:
    history: list[tuple[str, str] | Answer] = []
    answers = []
    for question in questions:
        answer = assistant.ask(question, history=history)
        history += [("user", question), answer]
        answers.append(answer)
    return answers


def names(answer: Answer) -> set[str]:
    return {c.paper.title.partition(":")[0] for c in answer.citations}


@pytest.mark.parametrize("question", ["compare the two", "summarize both", "How do both of them work?"])
def test_two_papers_spoken_of_one_after_the_other_are_set_side_by_side(assistant: Assistant, question: str) -> None:
    *_, last = talk(assistant, ["What does AMPO do?", "and BNPO?", question])
    assert "|---|" in last.text
    assert names(last) == {"More Than One Teacher", "BNPO"}


def test_the_first_one_is_the_first_spoken_of(assistant: Assistant) -> None:
    *_, last = talk(assistant, ["What does AMPO do?", "and BNPO?", "what does the first one gain?"])
    assert names(last) == {"More Than One Teacher"}


def test_the_newer_of_two_is_told_by_the_listing(assistant: Assistant) -> None:
    *_, last = talk(assistant, ["What does AMPO do?", "and BNPO?", "which of them is newer?"])
    assert names(last) == {"More Than One Teacher"}
    assert "Oct 2, 2025" in last.text


def test_a_list_is_gone_back_to_after_one_of_it_was_asked_about(assistant: Assistant) -> None:
    questions = ["Which papers use MCTS?", "tell me more about the second one", "only those since 2025"]
    listed, _, last = talk(assistant, questions)
    assert {c.paper.id for c in last.citations} < {c.paper.id for c in listed.citations}
    assert all(c.paper.listed and c.paper.listed.year >= 2025 for c in last.citations)


def test_how_many_there_are_counts_the_papers_named_before(assistant: Assistant) -> None:
    listed, counted = talk(assistant, ["Which papers use MCTS?", "how many are there?"])
    assert {c.paper.id for c in counted.citations} == {c.paper.id for c in listed.citations}
    assert counted.text.startswith(f"{len({c.paper.id for c in listed.citations})} of ")


def test_how_many_of_them_have_code_counts_among_them(assistant: Assistant) -> None:
    listed, counted = talk(assistant, ["which papers replay old data?", "how many of them have code?"])
    assert {c.paper.id for c in counted.citations} < {c.paper.id for c in listed.citations}


def test_their_method_is_that_of_the_one_paper_spoken_of(assistant: Assistant) -> None:
    *_, last = talk(assistant, ["What does AMPO do?", "and BNPO?", "how does their method work?"])
    assert names(last) == {"BNPO"}
