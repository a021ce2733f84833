"""The verifier's judgments: named cases, and precision and recall over spoilt sentences from the bundled papers.

Thresholds were fitted on the papers with an even id; the figures here are of the others. The table of the figures is
printed by ``python -m tests.assistant.verification.test_verifier``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.verification import Verifier
from ingest.pages import bundled, read_page
from ingest.papers import Paper, merge_all
from tests.assistant.corruptions import FAITHFUL, SPOILT, cases

PARAPHRASES = Path(__file__).resolve().parents[2] / "quality" / "paraphrases.jsonl"
AMPO = Paper(
    "a",
    "AMPO: Adaptive Mode Policy Optimization",
    "Large language models overthink. We propose AMPO, which selects one of four thinking modes for each question. "
    "AMPO gains 15.6% over GRPO on SOTOPIA and 7.0% over GRPO on MATH. It does not need labels and is 2.5x faster.",
    listed=date(2025, 10, 2),
    authors_count=12,
    organization="Meta",
)
KERNEL = Paper("b", "Sparse Kernels", "We present FlashSparse, a kernel for sparse attention on 8 GPUs.")


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier()


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param("AMPO gains 15.6% over GRPO on SOTOPIA.", id="verbatim"),
        pytest.param("The authors introduce AMPO, which picks one of 4 thinking modes per question.", id="reworded"),
        pytest.param("On SOTOPIA the gain of AMPO over GRPO is 15.6 percent.", id="turned-round"),
        pytest.param("AMPO needs no labels.", id="negation-kept"),
        pytest.param("LLMs overthink, and AMPO selects a thinking mode for each question.", id="abbreviation"),
        pytest.param("It is two and a half, that is 2.5 times, faster and gains 7.0% on MATH.", id="times"),
        pytest.param("AMPO was listed on 2 October 2025 with 12 authors.", id="listing"),
        pytest.param("AMPO 为每个问题选择思维模式，比 GRPO 提高了 15.6%。", id="chinese"),
        pytest.param("AMPO gana un 15.6% sobre GRPO en SOTOPIA y no necesita etiquetas.", id="spanish"),
    ],
)
def test_what_the_paper_says_is_supported(verifier: Verifier, claim: str) -> None:
    judged = verifier.judge(claim, AMPO)
    assert judged.supported, judged.reason


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        pytest.param("AMPO gains 16.5% over GRPO on SOTOPIA.", "'16.5%' does not stand", id="number"),
        pytest.param(
            "AMPO gains 7.0% over GRPO on SOTOPIA and 15.6% over GRPO on MATH.", "the numbers", id="exchanged"
        ),
        pytest.param("AMPO gains 15.6% over DPO on SOTOPIA.", "'DPO' does not stand", id="name"),
        pytest.param("GRPO gains 15.6% over AMPO on SOTOPIA.", "the names", id="names-exchanged"),
        pytest.param("AMPO needs labels and is 2.5x faster.", "negation", id="negation-lost"),
        pytest.param("AMPO does not select one of four thinking modes for each question.", "negation", id="negated"),
        pytest.param("AMPO loses 15.6% over GRPO on SOTOPIA.", "opposite", id="opposite"),
        pytest.param("It is trained on recordings of whales.", "does not say this", id="invented"),
        pytest.param(
            "AMPO gains 15.6% over GRPO on SOTOPIA, and nurses in hospitals liked it.", "a part of this", id="tail"
        ),
        pytest.param("AMPO was listed on 3 October 2025.", "'3' does not stand", id="listing"),
        pytest.param("AMPO 比 GRPO 提高了 16.5%。", "'16.5%' does not stand", id="chinese-number"),
        pytest.param("这篇论文很有意思。", "another language", id="chinese-nothing-to-look-up"),
    ],
)
def test_what_it_does_not_say_is_not_and_the_reason_is_given(verifier: Verifier, claim: str, reason: str) -> None:
    judged = verifier.judge(claim, AMPO)
    assert not judged.supported
    assert reason in judged.reason


def test_evidence_is_a_verbatim_sentence_and_a_listing_fact_has_none(verifier: Verifier) -> None:
    judged = verifier.judge("AMPO gains 15.6% over GRPO on SOTOPIA.", AMPO)
    assert AMPO.abstract[judged.start : judged.end].startswith("AMPO gains 15.6%")
    listed = verifier.judge("AMPO was listed on 2 October 2025 with 12 authors.", AMPO)
    assert (listed.start, listed.end) == (0, 0)
    assert listed.listing == "Listed: 2 October 2025; Number of authors: 12"


def test_two_papers_may_bear_a_sentence_out_together(verifier: Verifier) -> None:
    claim = "AMPO selects thinking modes while FlashSparse is a kernel for sparse attention."
    assert not verifier.judge(claim, AMPO).supported
    assert not verifier.judge(claim, KERNEL).supported
    assert verifier.judge_together(claim, [AMPO, KERNEL]).supported
    assert not verifier.judge_together(claim.replace("FlashSparse", "FlashDense"), [AMPO, KERNEL]).supported


def test_an_embedder_that_fails_is_done_without() -> None:
    from ingest.errors import EmbedderError

    def broken(texts: object) -> object:
        raise EmbedderError("The server is away.")

    claim = "AMPO chooses a mode by policy and then thinks about each question for a while."
    assert Verifier(broken).judge(claim, AMPO).score == Verifier().judge(claim, AMPO).score


@pytest.mark.parametrize("abstract", ["", "   ", "One", "\x00"])
@pytest.mark.parametrize("claim", ["", "AMPO gains 3%.", "[", "\ud800 x"])
def test_odd_texts_are_judged_without_complaint(verifier: Verifier, claim: str, abstract: str) -> None:
    assert not verifier.judge(claim, Paper(abstract, "", abstract)).supported or not claim.strip()


#: What may be flagged at most of the true kinds, and what must be flagged at least of the spoilt ones.
MOST_FALSE_ALARMS = dict.fromkeys(FAITHFUL, 0.03)
FEWEST_CAUGHT = {
    **dict.fromkeys(SPOILT, 0.95),
    "number swapped": 0.98,
    "numbers exchanged": 0.95,
    "method swapped": 0.97,
    "citation swapped": 0.98,
    "citation swapped, right one at hand": 0.98,
}


def held_out() -> tuple[list[Paper], list[Paper]]:
    papers = list(merge_all(p for page in bundled() for p in read_page(page).papers).values())
    return [p for p in papers if int(p.id, 16) % 2], papers


def figures() -> dict[str, tuple[bool, int, int]]:
    """By kind: whether it is true, how many cases, how many were flagged."""
    held, papers = held_out()
    verifier = Verifier()
    counted: dict[str, list[bool]] = defaultdict(list)
    truth: dict[str, bool] = {}
    for kind, faithful, flagged in _judged(held, papers, verifier):
        counted[kind].append(flagged)
        truth[kind] = faithful
    return {kind: (truth[kind], len(flags), sum(flags)) for kind, flags in counted.items()}


def _judged(held: list[Paper], papers: list[Paper], verifier: Verifier) -> Iterator[tuple[str, bool, bool]]:
    for case in cases(held, papers):
        judged = verifier.judge(case.sentence, case.paper)
        yield case.kind, case.faithful, not judged.supported
        if case.kind == "citation swapped":
            at_home = verifier.judge(case.sentence, case.home)
            caught = not judged.supported or at_home.score > judged.score
            yield "citation swapped, right one at hand", False, caught


def test_precision_and_recall_by_kind_hold_on_papers_that_nothing_was_fitted_on() -> None:
    counted = figures()
    assert set(counted) == set(MOST_FALSE_ALARMS) | set(FEWEST_CAUGHT)
    for kind, (faithful, n, flagged) in counted.items():
        assert n >= 50, f"only {n} cases of '{kind}'"
        if faithful:
            assert flagged / n <= MOST_FALSE_ALARMS[kind], f"{flagged} of {n} '{kind}' flagged"
        else:
            assert flagged / n >= FEWEST_CAUGHT[kind], f"only {flagged} of {n} '{kind}' caught"
    alarms = sum(flagged for faithful, _, flagged in counted.values() if faithful)
    caught = sum(flagged for faithful, _, flagged in counted.values() if not faithful)
    assert caught / (caught + alarms) >= 0.99


def paraphrases() -> list[tuple[Paper, str, bool]]:
    """Sentences put in other words by hand, as a model would, true ones and subtly false ones."""
    by_title = {paper.title: paper for paper in held_out()[1]}
    rows = [json.loads(line) for line in PARAPHRASES.read_text(encoding="utf-8").splitlines()]
    return [(by_title[row["title"]], row["sentence"], row["true"]) for row in rows]


def test_freely_reworded_sentences_pass_and_most_subtly_false_ones_do_not() -> None:
    verifier = Verifier()
    judged = [(verifier.judge(sentence, paper).supported, true) for paper, sentence, true in paraphrases()]
    alarms = [true for supported, true in judged if true and not supported]
    caught = [true for supported, true in judged if not true and not supported]
    assert len(alarms) <= 3, f"{len(alarms)} of {sum(true for _, true in judged)} true ones flagged"
    # what only knowledge of the world could tell ("ignores depth information") is beyond these rules
    assert len(caught) >= 14, f"only {len(caught)} of {sum(not true for _, true in judged)} false ones caught"


if __name__ == "__main__":
    print("| kind | sentences | flagged |\n| --- | --- | --- |")
    for kind, (faithful, n, flagged) in figures().items():
        print(f"| {kind} ({'true' if faithful else 'spoilt'}) | {n} | {flagged / n:.3f} |")
