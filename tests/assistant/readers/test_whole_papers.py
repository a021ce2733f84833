"""Questions for a paper as a whole: in short, its problem, others like it; and for what papers leave out."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.questions import Kind, analyse
from tests.assistant.language.test_dates import TODAY


@pytest.mark.parametrize(
    "question",
    [
        "Summarize the AMPO paper",
        "tl;dr AMPO",
        "Give me an overview of AMPO",
        "What problem does AMPO solve?",
        "What is the main contribution of AMPO?",
        "What is the key idea of AMPO?",
    ],
)
def test_what_every_abstract_has_is_answered(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.answered
    assert {c.paper.title.partition(":")[0] for c in answer.citations} == {"More Than One Teacher"}


def test_a_paper_in_short_has_more_sentences_than_a_detail_of_it(assistant: Assistant) -> None:
    short = assistant.ask("Summarize the SwinLSTM paper")
    detail = assistant.ask("Which layers does SwinLSTM combine?")
    assert len(short.citations) > len(detail.citations) or len(short.citations) == 4
    assert len(short.text.split()) <= 130


def test_papers_like_one_are_its_neighbours_without_itself(assistant: Assistant) -> None:
    answer = assistant.ask("papers similar to R1-Searcher")
    titles = [c.paper.title for c in answer.citations]
    assert titles[0].startswith("R1-Searcher++")
    assert len(titles) == 5
    assert not any(title.startswith("R1-Searcher:") for title in titles)


def test_papers_like_one_can_be_asked_for_in_a_follow_up(assistant: Assistant) -> None:
    first = assistant.ask("What does R1-Searcher do?")
    answer = assistant.ask("Are there any papers like it?", history=[("user", "What does R1-Searcher do?"), first])
    assert "nearest to “R1-Searcher:" in answer.text


def test_a_relation_between_things_is_no_wish_for_neighbours(assistant: Assistant) -> None:
    assert "nearest to" not in assistant.ask("How is AMPO related to GRPO?").text
    assert analyse("papers related to robot learning", today=TODAY).kind is Kind.SURVEY


def test_what_papers_leave_out_is_not_listed(assistant: Assistant) -> None:
    answer = assistant.ask("Which papers do not use reinforcement learning?")
    assert not answer.answered
    assert "what they leave out" in answer.text
    assert assistant.ask("Which papers learn without human labels?").answered


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What does RLVR stand for?", "Reinforcement Learning with Verifiable Rewards (RLVR)"),
        ("What is RLHF?", "Reinforcement Learning from Human Feedback (RLHF)"),
        ("what is GRPO?", "group relative policy optimization (GRPO)"),
    ],
)
def test_an_abbreviation_is_spelled_out_by_a_paper_that_does_so(
    assistant: Assistant, question: str, words: str
) -> None:
    answer = assistant.ask(question)
    assert any(words in citation.quote for citation in answer.citations)


def test_who_asks_for_names_the_listing_lacks_is_told_so(assistant: Assistant) -> None:
    answer = assistant.ask("Who wrote AMPO?")
    assert "has 8 authors" in answer.text
    assert any("no names of authors" in note for note in answer.notes)
    assert not assistant.ask("How many authors does AMPO have?").notes


def test_two_papers_called_by_name_are_set_side_by_side_however_it_is_asked(assistant: Assistant) -> None:
    answer = assistant.ask("Which policies do AMPO and BNPO train?")
    assert "|---|" in answer.text
    assert {c.paper.title.partition(":")[0] for c in answer.citations} == {
        "More Than One Teacher",
        "BNPO",
    }
    assert "|---|" not in assistant.ask("What mAP does SwinLSTM report on Moving MNIST and KTH?").text


@pytest.mark.parametrize(
    "manner", ["to a five-year-old", "like I'm five", "in simple terms", "in plain English", "briefly", "to a layman"]
)
def test_for_whom_something_is_explained_is_no_part_of_what(assistant: Assistant, manner: str) -> None:
    assert assistant.ask(f"Explain LoRAMoE {manner}").text == assistant.ask("Explain LoRAMoE").text


def test_the_sentences_that_are_asked_for_are_the_sentences_given(assistant: Assistant) -> None:
    assert len(assistant.ask("What is UPGD, in one sentence?").citations) == 1
    assert len(assistant.ask("Summarize UPGD in two sentences.").citations) == 2


def test_a_name_is_known_without_its_accents(assistant: Assistant) -> None:
    assert {c.paper.title[:6] for c in assistant.ask("what is TULU 3?").citations} == {"TÜLU 3"}
