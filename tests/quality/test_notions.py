"""A notion that some abstract speaks of is told from that abstract, and one that none does is refused.

The notions are general ones, most of them written down without a look at the bundled pages.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Answer, Assistant
from assistant.language import naming

NOTIONS = Path(__file__).with_name("notions.txt").read_text().splitlines()


def spaced(text: str) -> str:
    return text.replace("-", " ")


@pytest.fixture(scope="module")
def answers(assistant: Assistant) -> dict[str, Answer]:
    return {notion: assistant.ask(f"what is {notion}?") for notion in NOTIONS}


@pytest.fixture(scope="module")
def spoken(assistant: Assistant) -> set[str]:
    """The notions that an abstract has as they are written."""
    texts = [spaced(f"{paper.title} {paper.abstract}") for paper in assistant.library.papers()]
    return {notion for notion in NOTIONS if any(naming.spoken(spaced(notion), text) for text in texts)}


def test_a_notion_that_an_abstract_speaks_of_is_answered_by_a_sentence_that_has_it(
    answers: dict[str, Answer], spoken: set[str]
) -> None:
    assert len(spoken) >= 35
    for notion in spoken:
        quotes = [spaced(citation.quote) for citation in answers[notion].citations]
        assert any(naming.spoken(spaced(notion), quote) for quote in quotes), answers[notion].text


def test_a_notion_that_no_abstract_speaks_of_is_refused_nearly_always(
    answers: dict[str, Answer], spoken: set[str]
) -> None:
    unknown = set(NOTIONS) - spoken
    assert len(unknown) >= 40
    answered = [notion for notion in unknown if answers[notion].answered]
    assert len(answered) <= 3, answered
    refusals = [answers[notion] for notion in unknown if not answers[notion].answered]
    assert sum(f"speaks of “{notion}”" in answers[notion].text for notion in unknown) >= 0.9 * len(refusals)
    assert all(not answer.citations and answer.confidence < 0.5 for answer in refusals)
