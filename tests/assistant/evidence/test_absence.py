"""What a question asks for and an abstract does not give: counts, details, names, and what it denies."""

from __future__ import annotations

import pytest

from assistant.evidence import absence, confidence, reading
from assistant.evidence import features as evidence
from assistant.evidence.features import Clause
from assistant.evidence.reading import Sentence
from assistant.evidence.selection import Judged
from assistant.questions import wants_of
from ingest.papers import Paper, paper_id


class _Few:
    """A library of ten papers that each have every word."""

    n_documents = 10

    def document_frequency(self, term: str) -> int:
        return 10


def asked(question: str) -> Clause:
    return evidence.clause(question, wants_of(question), _Few())


def said(text: str) -> list[Sentence]:
    return list(reading.read(Paper(paper_id(text), "A study", text)).sentences)


@pytest.mark.parametrize(
    ("question", "sentence", "unmet"),
    [
        ("How many participants took part in the study?", "We ran a study with 42 participants.", 0.0),
        ("With how many users had Ruuh talked?", "Ruuh has talked with over 2 million users by now.", 0.0),
        ("How many models must be held?", "It only needs 1 to 2 models during tuning.", 0.0),
        ("How many models outperform it?", "It is beaten by three models.", 0.0),
        ("How many GPU hours did it take?", "Training takes 300 GPU hours.", 0.0),
        ("How many people took part?", "Of all who were asked 12 people came.", 0.0),
        ("How many participants took part in the study?", "Participants took part gladly.", 1.0),
        ("How many teachers and how many pupils?", "We asked 12 teachers for what they see in lessons.", 0.5),
    ],
)
def test_the_thing_counted_is_looked_for_and_not_what_it_does(question: str, sentence: str, unmet: float) -> None:
    assert absence.counted(asked(question), said(sentence)) == unmet


def test_what_is_not_only_so_is_so() -> None:
    question = asked("What does tuning on maths gain?")
    assert absence.negated(question, said("Tuning on maths not only helps with maths, but with code.")) == 0.0
    assert absence.negated(question, said("It gains without tuning on maths.")) > 0.5


@pytest.mark.parametrize(
    ("question", "polar"),
    [
        ("Does it need labels?", True),
        ("SVRG for policy evaluation: must each epoch see all the data?", True),
        ("In SVRG, can an epoch skip data?", True),
        ("Why does it need labels?", False),
        ("How is it trained, is it slow?", False),
        ("Which loss, and does it help?", False),
    ],
)
def test_a_question_for_yes_or_no_may_have_its_subject_in_front(question: str, polar: bool) -> None:
    assert confidence.is_polar(question) is polar


@pytest.mark.parametrize(
    ("abstract", "lacking"),
    [
        ("The policy is optimized end-to-end using Trust Region Policy Optimization.", 0.0),
        ("We compare optimizers. Adam wins.", 0.0),
        ("We optimize the policy. It is the optimal one.", 1.0),
    ],
)
def test_an_optimiser_is_told_by_what_something_is_optimised_with(abstract: str, lacking: float) -> None:
    paper = Paper(paper_id(abstract), "A study", abstract)
    judged = Judged(reading.read(paper), (), ())
    assert absence.setup(asked("Which optimiser trains the policy?"), judged) == lacking


@pytest.mark.parametrize(
    ("question", "sentence", "nameless"),
    [
        ("Which model won on GENFIG1?", "Even the strongest models fail on GENFIG1.", True),
        ("Which model won on GENFIG1?", "On GENFIG1, Gemini is ahead of all others.", False),
        ("In which city does Traffic-R1 run?", "Traffic-R1 serves a whole city's LLM lights.", True),
    ],
)
def test_sentences_that_name_nothing_new_are_told_apart(question: str, sentence: str, nameless: bool) -> None:
    assert asked(question).named
    assert absence.nameless(asked(question), said(sentence)) is nameless


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("which of the 55 LLMs came first on Maltese", True),
        ("names of the four teachers pls", True),
        ("best model on Video-MMMU", True),
        ("How does AMPO choose its teachers?", False),
        ("What does AMPO gain?", False),
    ],
)
def test_a_question_for_a_thing_that_has_a_name_is_known(question: str, named: bool) -> None:
    assert asked(question).named is named
