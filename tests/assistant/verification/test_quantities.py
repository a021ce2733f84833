"""Numbers brought to one form: what is read, what agrees, what is missing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.verification.quantities import missing, quantities


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("4.3% 4.3 % 4.3 percent 4.3 points", [(4.3, "percent")] * 4),
        ("1M 1,000,000 one million a million 10^6", [(1e6, "")] * 5),
        ("13B and 13 billion and thirteen billion", [(13e9, "")] * 3),
        ("2.5x 2.5× 2.5 times", [(2.5, "times")] * 3),
        ("twofold two-fold twice", [(2.0, "times")] * 3),
        ("3-5% of tasks", [(3.0, "percent"), (5.0, "percent")]),
        ("two to four times", [(2.0, "times"), (4.0, "times")]),
        ("between three and five", [(3.0, ""), (5.0, "")]),
        ("twenty-five thousand three hundred and one", [(25301.0, "")]),
        ("3e-4, 3 x 10^6, 2^{16}", [(3e-4, ""), (3e6, ""), (65536.0, "")]),
        ("80GB, 24-layer, 10k-step", [(80.0, ""), (24.0, ""), (10_000.0, "")]),
        ("+9.86% and −0.5 and .5", [(9.86, "percent"), (0.5, ""), (0.5, "")]),
        ("提高了4.3%", [(4.3, "percent")]),
        ("zero-shot, hundreds of tasks, one of them", []),
    ],
)
def test_numbers_are_read_in_every_form(text: str, read: list[tuple[float, str]]) -> None:
    found = [q for q in quantities(text) if not q.loose]
    assert [q.value for q in found] == pytest.approx([value for value, _ in read])
    assert [q.unit for q in found] == [unit for _, unit in read]


@pytest.mark.parametrize("name", ["GPT-4", "Qwen2.5", "MATH500", "top-5", "pass@1", "3D", "H3DP", "v2.0", "2nd"])
def test_a_digit_in_a_name_is_loose(name: str) -> None:
    assert [q.loose for q in quantities(name)] in ([True], [True, True])


@pytest.mark.parametrize(
    ("claimed", "known", "absent"),
    [
        ("two tasks", "2 tasks", []),
        ("a 7B model", "Qwen2.5-7B", []),
        ("twofold", "it doubles", []),
        ("about 10%", "9.86%", []),
        ("over 300 tasks", "312 tasks", []),
        ("10%", "9.86%", ["10%"]),
        ("up to 3.10%", "3.04%", ["3.10%"]),
        ("5% faster", "5x faster", ["5%"]),
        ("16.5%", "15.6%", ["16.5%"]),
        ("1,344 papers", "1,345 papers", ["1,344"]),
    ],
)
def test_a_claimed_number_must_be_known(claimed: str, known: str, absent: list[str]) -> None:
    assert [claimed[q.start : q.end] for q in missing(quantities(claimed), quantities(known))] == absent


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_and_spans_are_in_order(text: str) -> None:
    found = quantities(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= q.start < q.end <= len(text) for q in found)
    assert not missing(found, found)
