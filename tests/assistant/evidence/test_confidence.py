"""The probability that the abstracts answer: high where they do, low for near misses and for strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answers import Passage
from assistant.evidence import absence, confidence, membership
from assistant.evidence.selection import weights
from assistant.questions import analyse
from assistant.readers.builtin import BuiltinReader
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from tests.assistant.language.test_dates import TODAY


@pytest.fixture(scope="module")
def library(bundled_library: Path) -> Iterator[Library]:
    with Library.open(bundled_library, load_embedder("default")) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(library: Library) -> BuiltinReader:
    return BuiltinReader(library, Retriever(library))


def sure(reader: BuiltinReader, question: str) -> float:
    asked = analyse(question, today=TODAY)
    return reader.confidence(asked, Retriever(reader.library).search(asked, limit=8))


@pytest.mark.parametrize(
    ("answered", "near_miss"),
    [
        ("What pass rate does Leanabell-Prover reach on MiniF2F?", "What learning rate does Leanabell-Prover use?"),
        ("What does Kimina-Prover reach on miniF2F?", "How many GPUs were needed for Kimina-Prover?"),
        ("What is a SwinLSTM cell made of?", "What dropout rate does SwinLSTM use?"),
        ("How many instruction-response pairs does MIMIC-IT hold?", "Who paid the annotators of MIMIC-IT?"),
    ],
)
def test_a_near_miss_is_less_likely_answered_than_what_the_abstract_says(
    reader: BuiltinReader, answered: str, near_miss: str
) -> None:
    assert sure(reader, answered) >= confidence.threshold() > sure(reader, near_miss)


@pytest.mark.parametrize(
    "question", ["How does RWKV-7 handle state tracking?", "What is the FID of StyleGAN3 on FFHQ?"]
)
def test_a_stranger_is_refused(reader: BuiltinReader, question: str) -> None:
    assert sure(reader, question) < confidence.threshold()


def test_cutting_the_answer_out_of_the_abstract_lowers_it(reader: BuiltinReader) -> None:
    asked = analyse("What pass rate does Leanabell-Prover reach on MiniF2F?", today=TODAY)
    passages = Retriever(reader.library).search(asked, limit=8)
    paper = passages[0].paper
    kept = paper.abstract[: paper.abstract.index("For example")].strip()
    cut: list[Passage] = [replace(passages[0], paper=replace(paper, abstract=kept)), *passages[1:]]
    assert reader.confidence(asked, cut) < reader.confidence(asked, passages)


def test_a_word_no_abstract_has_counts_less_where_a_near_word_stands(reader: BuiltinReader) -> None:
    def strangeness(question: str) -> float:
        asked = analyse(question, today=TODAY)
        judged = reader.judged(asked, Retriever(reader.library).search(asked, limit=8))
        return absence.alien(reader.judge.ask(asked)[0], asked, judged, reader.judge)

    near, far = "chatbots that help with homework", "chatbots that help with sourdough"
    assert reader.library.document_frequency("homework") == reader.library.document_frequency("sourdough") == 0
    assert 0.0 < strangeness(near) < strangeness(far) <= 1.0
    assert strangeness("chatbots that help with reasoning") == 0.0


def test_nothing_found_is_no_answer(reader: BuiltinReader) -> None:
    assert reader.confidence(analyse("What is GRPO?", today=TODAY), []) == 0.0


def test_a_probability_is_a_probability(reader: BuiltinReader) -> None:
    for question in ("?", "a", "GRPO " * 300, "\x00", "what", "多少", "How many [2] GPUs ($x$)?"):
        assert 0.0 <= sure(reader, question) <= 1.0


def test_the_weights_name_every_feature() -> None:
    assert set(confidence.FEATURES) | {"bias", "threshold", "compared"} == set(weights()["answer"])
    assert set(membership.FEATURES) | {"bias", "threshold"} == set(weights()["member"])
