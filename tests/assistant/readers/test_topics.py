"""Questions for a topic, however they are put: its papers where the library has some, and none where it has not."""

from __future__ import annotations

import pytest

from assistant.assistant import Assistant
from assistant.language.naming import spoken
from assistant.questions import Kind

ABSENT = """submarines;coffee brewing;dinosaurs;tattoos;rice farming;prime numbers;monetary policy;Shakespeare;
sourdough bread;lightning strikes;sewage treatment;hip replacement;cargo ships;ballet;Latin poetry;tropical diseases;
roller coasters;forest fires;organ donation;gambling addiction"""
PRESENT = """reward models;prompt tuning;catastrophic forgetting;diffusion models;process rewards;emotion recognition;
verifiable rewards;embodied agents;curriculum learning;experience replay;text-to-image generation;GUI agents;
medical question answering;stock prediction;LLM agents;robot imitation"""
WAYS = ("papers on {}", "which papers deal with {}?", "is there anything about {}?", "what do you have on {}?")


def answered(assistant: Assistant, topics: str) -> list[bool]:
    asked = [WAYS[n % len(WAYS)].format(topic.strip()) for n, topic in enumerate(topics.split(";"))]
    return [assistant.ask(question).answered for question in asked]


def test_topics_that_no_paper_is_about_are_refused(assistant: Assistant) -> None:
    found = answered(assistant, ABSENT)
    assert sum(found) <= len(found) // 10
    text = assistant.ask("papers about submarines").text
    assert text.startswith("The abstracts don't say. None of the ")


def test_topics_of_the_library_are_listed(assistant: Assistant) -> None:
    found = answered(assistant, PRESENT)
    assert sum(found) >= len(found) - 1


@pytest.mark.parametrize("question", ["mixture of experts", "offline RL", "reward hacking?", "robots used for driving"])
def test_a_bare_topic_gets_its_papers(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.kind == Kind.SURVEY
    assert len({c.paper.id for c in answer.citations}) > 1


@pytest.mark.parametrize("capitals", [str, str.lower])
def test_a_title_alone_gets_its_paper(assistant: Assistant, capitals: type[str]) -> None:
    answer = assistant.ask(capitals("Learning to Prompt for Continual Learning"))
    assert {c.paper.title for c in answer.citations} == {"Learning to Prompt for Continual Learning"}


def test_a_few_words_after_an_answer_are_about_its_paper(assistant: Assistant) -> None:
    first = assistant.ask("How does SwinLSTM work?")
    history = [("user", first.question), first]
    detail = assistant.ask("and the results?", history=history)
    assert {c.paper.title.partition(":")[0] for c in detail.citations} == {"SwinLSTM"}


@pytest.mark.parametrize("words", ["GRPO", "table tennis", "reinforcement learning"])
def test_papers_that_mention_something_are_counted_to_the_last(assistant: Assistant, words: str) -> None:
    there = sum(spoken(words, f"{paper.title} {paper.abstract}") for paper in assistant.library.papers())
    answer = assistant.ask(f"How many papers mention {words}?")
    assert answer.text.startswith(f"{there} of 385 papers match")
    assert all(words.lower() in c.paper.abstract.lower() for c in answer.citations)


def test_what_no_paper_mentions_is_said_so(assistant: Assistant) -> None:
    assert "None of the 385 papers mentions chocolate." in assistant.ask("how many papers mention chocolate?").text


def test_a_name_in_capitals_is_not_the_word_it_is_made_of() -> None:
    assert spoken("REINFORCE", "a REINFORCE-style update")
    assert spoken("REINFORCE", "Reinforce-Ada")
    assert not spoken("REINFORCE", "Reinforcement learning can reinforce habits.")
    assert spoken("Monte Carlo", "by monte carlo search")
    assert spoken("LLM", "two LLMs")
