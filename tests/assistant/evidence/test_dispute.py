"""Disputes: an abstract that sets itself against a view is heard where the question is about that view."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.evidence import dispute
from assistant.evidence.dispute import Dispute
from ingest.papers import Paper


def disputes(abstract: str) -> tuple[Dispute, ...]:
    return dispute.disputes(Paper(id="p", title="On gardens", abstract=abstract))


@pytest.mark.parametrize(
    "abstract",
    [
        "We water plants. These results challenge the common belief that roses need daily water.",
        "We water plants. Contrary to conventional wisdom, roses that dry out live longer.",
        "We water plants. Our trial casts doubt on the widely held assumption that sand drains best.",
        "We water plants. Contrary to earlier findings, shade does no harm.",
    ],
)
def test_a_view_disputed_outright_is_found_in_its_own_sentence(abstract: str) -> None:
    assert disputes(abstract) == (Dispute(view=1, against=1),)


def test_a_view_named_in_the_sentence_before_belongs_to_the_dispute() -> None:
    abstract = "Roses are said to die in clay. We challenge this narrative with a trial of 40 beds. They live."
    assert disputes(abstract) == (Dispute(view=0, against=1),)


def test_a_belief_is_disputed_by_the_finding_that_turns_against_it() -> None:
    abstract = (
        "It is widely believed that roses need daily water. We dried 40 beds for a month. "
        "Surprisingly, the roses did not suffer."
    )
    assert disputes(abstract) == (Dispute(view=0, against=2),)


@pytest.mark.parametrize(
    "abstract",
    [
        "It is widely believed that roses need daily water. We built a pump that gives it. It saves time.",
        "Watering roses poses a challenge in practice. We answer questions about the notion of thirst.",
        "This raises a question: how can one water roses? Unlike previous pumps, ours reads the soil.",
        "We address the challenge of setting a meaningful threshold in practice. However, it does not help.",
    ],
)
def test_a_belief_without_a_turn_and_a_mere_challenge_are_no_dispute(abstract: str) -> None:
    assert disputes(abstract) == ()


def test_said_outright_a_dispute_goes_before_what_merely_follows_the_belief() -> None:
    abstract = (
        "Clay is often credited with killing roses. However, no trial was ever made. "
        "We also reject the assumption that sand helps."
    )
    assert disputes(abstract) == (Dispute(0, 1), Dispute(2, 2))


def test_the_dissenting_abstract_is_cited_beside_the_answer(assistant: Assistant) -> None:
    answer = assistant.ask("Do incorrect rewards improve performance?")
    assert "This is disputed." in answer.text
    dissent = answer.citations[-1]
    assert dissent.paper.abstract[dissent.start : dissent.end] == dissent.quote
    assert "failing to achieve similar gains" in dissent.quote
    assert len({c.paper.id for c in answer.citations}) >= 2


@pytest.mark.parametrize(
    "question",
    [
        "What does AMPO do?",
        "Does Concise Reasoning via Reinforcement Learning need a large training set?",
        "Can a robot be taught new household motions just from sentences, without anyone showing each motion?",
    ],
)
def test_where_nothing_is_disputed_or_one_paper_is_asked_nothing_is_added(assistant: Assistant, question: str) -> None:
    assert "disputed" not in assistant.ask(question).text


def test_a_dissent_that_is_quoted_already_is_not_said_twice(assistant: Assistant) -> None:
    answer = assistant.ask("Does RL elicit new reasoning patterns?")
    assert answer.text.count("does not, in fact, elicit fundamentally new reasoning patterns") == 1
