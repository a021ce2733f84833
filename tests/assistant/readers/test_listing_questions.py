"""Questions for the listing's facts: whose facts they are, how many papers have code, who made what."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.questions import Kind, Wants, analyse
from ingest.papers import Filters
from tests.assistant.language.test_dates import TODAY


@pytest.mark.parametrize("question", ["Who wrote the GRPO paper?", "When was the PPO paper listed?"])
def test_facts_of_a_paper_that_is_only_mentioned_are_not_anothers(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert not answer.answered
    assert "No paper here is called" in answer.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many authors does the AMPO paper have?", "has 8 authors"),
        ("How many authors does BNPO have?", "has 3 authors"),
        ("When was the Absolute Zero paper listed?", "May 6, 2025"),
    ],
)
def test_facts_of_a_paper_called_by_its_own_name_are_given(assistant: Assistant, question: str, said: str) -> None:
    answer = assistant.ask(question)
    assert said in answer.text
    assert answer.citations[0].listing


def test_papers_with_code_are_all_counted(assistant: Assistant) -> None:
    with_code = sum(1 for _ in assistant.library.papers(Filters(has_code=True)))
    for question in ("How many papers have code?", "how many papers release their code?"):
        assert assistant.ask(question).text.startswith(f"{with_code} of {assistant.library.count()} papers match")


def test_an_organization_is_known_by_its_whole_name_or_said_to_be_unknown(assistant: Assistant) -> None:
    known = assistant.ask("list papers by Princeton University")
    assert {c.paper.organization for c in known.citations} == {"Princeton University"}
    unknown = assistant.ask("how many papers by Google?")
    assert not unknown.answered
    assert "The listing names no organization Google." in unknown.text


def test_a_lone_technique_is_compared_with_another_by_no_two_papers(assistant: Assistant) -> None:
    assert "|---|" not in assistant.ask("compare PPO and GRPO").text
    assert "|---|" in assistant.ask("compare AMPO and BNPO").text


def test_a_name_that_no_paper_mentions_is_pointed_out(assistant: Assistant) -> None:
    answer = assistant.ask("How is R1-Searcher different from Search-R1?")
    assert "No paper found mentions Search-R1." in answer.notes
    assert {c.paper.title.partition(":")[0] for c in answer.citations} == {"R1-Searcher"}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how many authors does the AMPO paper have?", Kind.POINT),
        ("how many comments did the WSRL paper get?", Kind.POINT),
        ("how many papers use LoRA?", Kind.COUNT),
        ("how many of these recent papers use LoRA?", Kind.COUNT),
    ],
)
def test_only_papers_that_are_counted_make_a_count(question: str, kind: Kind) -> None:
    assert analyse(question, today=TODAY).kind is kind


@pytest.mark.parametrize("question", ["Is there code for WSRL?", "Did the authors of WSRL release their code?"])
def test_code_is_asked_for_in_many_ways(question: str) -> None:
    assert Wants.CODE in analyse(question, today=TODAY).wants


@pytest.mark.parametrize(
    "question", ["Which paper has the most comments?", "the paper with the highest number of comments"]
)
def test_most_comments_is_most_discussed(question: str) -> None:
    assert analyse(question, today=TODAY).order == "discussed"
