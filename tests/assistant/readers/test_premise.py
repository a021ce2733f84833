"""What a question takes for granted, and an abstract that denies it."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.evidence.selection import Judge
from assistant.questions import Question, analyse
from assistant.readers.builtin.premise import denied, premise
from assistant.verification import Judgment, Verifier
from ingest.papers import Paper

PAPER = Paper(
    "a",
    "QuickProbe: Finding Faults",
    "Fault detectors need many labels. QuickProbe detects faults without any retraining of the transformer. Persona "
    "prompts make reports consistent, but do not bring behavior into alignment. It is 3.1 times faster.",
)


class Rare:
    """A library in which every word is as rare as any other."""

    n_documents = 100

    def document_frequency(self, term: str) -> int:
        return 1


def denial(question: str) -> Judgment | None:
    understood = asked(question)
    judge = Judge(Rare(), None)
    clauses = judge.ask(understood)
    return denied(understood, judge.judge(clauses, PAPER), clauses[0], Verifier())


def asked(text: str) -> Question:
    return analyse(text, today=date(2026, 11, 21))


@pytest.mark.parametrize(
    ("question", "presumed"),
    [
        ("Why does QuickProbe need labelled faults?", "QuickProbe need labelled faults."),
        (
            "How do persona prompts bring behavior into alignment, and why?",
            "Persona prompts bring behavior into alignment.",
        ),
        ("What does QuickProbe do to the transformer it probes?", ""),
        ("Does QuickProbe need any retraining of the transformer?", ""),
        ("Why can't QuickProbe be used for the other transformers?", ""),
        ("How many times faster is QuickProbe than others?", ""),
    ],
)
def test_a_premise_is_read_off_why_and_how(question: str, presumed: str) -> None:
    assert premise(asked(question)) == presumed


@pytest.mark.parametrize(
    "question",
    [
        "Why does QuickProbe require retraining of the transformer?",
        "How do persona prompts bring behavior into alignment?",
    ],
)
def test_a_premise_that_the_abstract_denies_is_found_with_the_place(question: str) -> None:
    found = denial(question)
    assert found is not None
    assert PAPER.abstract[found.start : found.end].startswith(("QuickProbe detects", "Persona prompts"))


@pytest.mark.parametrize(
    "question",
    [
        "How does QuickProbe detect faults of the transformer?",
        "Why do fault detectors need many labels?",
        "Why do persona prompts make reports consistent?",
    ],
)
def test_a_premise_that_the_abstract_bears_out_is_let_be(question: str) -> None:
    assert denial(question) is None
