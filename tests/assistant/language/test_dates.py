"""Time phrases become date ranges and orders, against a fixed clock; what only looks like one is left alone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.dates import read

TODAY = date(2026, 11, 21)
RANGES = [
    ("papers since June", date(2026, 6, 1), None),
    ("papers since December", date(2025, 12, 1), None),
    ("what is new since February 2026?", date(2026, 2, 1), None),
    ("papers since 2025-06-15", date(2025, 6, 15), None),
    ("what came out after May 3, 2024?", date(2024, 5, 4), None),
    ("what came out after the 3rd of May 2024?", date(2024, 5, 4), None),
    ("papers on RL in 2024", date(2024, 1, 1), date(2024, 12, 31)),
    ("which papers from 2023 use diffusion", date(2023, 1, 1), date(2023, 12, 31)),
    ("the 2024 papers on agents", date(2024, 1, 1), date(2024, 12, 31)),
    ("October papers", date(2026, 10, 1), date(2026, 10, 31)),
    ("Which papers were listed in Oct 2025?", date(2025, 10, 1), date(2025, 10, 31)),
    ("papers from February 2024", date(2024, 2, 1), date(2024, 2, 29)),
    ("papers listed on 9 November 2025", date(2025, 11, 9), date(2025, 11, 9)),
    ("papers between March and May 2024", date(2024, 3, 1), date(2024, 5, 31)),
    ("papers from January 2023 to March 2024", date(2023, 1, 1), date(2024, 3, 31)),
    ("before 2020, which papers used RNNs?", None, date(2019, 12, 31)),
    ("papers until 2020", None, date(2020, 12, 31)),
    ("papers prior to March 2021", None, date(2021, 2, 28)),
    ("most discussed papers last month", date(2026, 10, 1), date(2026, 10, 31)),
    ("papers listed last week", date(2026, 11, 9), date(2026, 11, 15)),
    ("papers of last year", date(2025, 1, 1), date(2025, 12, 31)),
    ("papers from the past two weeks about agents", date(2026, 11, 7), TODAY),
    ("papers of the last 3 months", date(2026, 8, 21), TODAY),
    ("papers of this year", date(2026, 1, 1), TODAY),
    ("papers this month", date(2026, 11, 1), TODAY),
    ("papers from yesterday", date(2026, 11, 20), date(2026, 11, 20)),
    ("papers from last Tuesday", date(2026, 11, 17), date(2026, 11, 17)),
    ("artículos desde junio de 2025", date(2025, 6, 1), None),
    ("les articles depuis mars 2025", date(2025, 3, 1), None),
    ("Arbeiten seit März 2024 über RL", date(2024, 3, 1), None),
    ("2024年关于强化学习的论文", date(2024, 1, 1), date(2024, 12, 31)),
]
NONE = [
    "How does it do on AIME 2024?",
    "since the model is frozen, how does it learn?",
    "May the model fail in practice?",
    "what happens after 2000 steps?",
    "how does it use the most recent token?",
    'where is the code of "Learning since 2019"?',
    "Does RL teach models anything new?",
]
ORDERS = [
    ("the oldest paper on transformers", "oldest"),
    ("What is the oldest paper?", "oldest"),
    ("Which paper is the earliest?", "oldest"),
    ("latest papers", "newest"),
    ("what are the newest five papers about GUIs", "newest"),
    ("what's new since May?", "newest"),
    ("most discussed papers last month", "discussed"),
    ("Which paper is most discussed?", "discussed"),
    ("最新的论文有哪些", "newest"),
]


@pytest.mark.parametrize(("text", "since", "until"), RANGES, ids=[text for text, *_ in RANGES])
def test_a_phrase_becomes_an_inclusive_range(text: str, since: date | None, until: date | None) -> None:
    found = read(text, today=TODAY)
    assert (found.since, found.until) == (since, until)
    assert found.bounded


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_time_is_left_alone(text: str) -> None:
    found = read(text, today=TODAY)
    assert not found.bounded
    assert found.order is None
    assert found.rest == text


@pytest.mark.parametrize(("text", "order"), ORDERS, ids=[text for text, _ in ORDERS])
def test_words_for_order(text: str, order: str) -> None:
    assert read(text, today=TODAY).order == order


def test_the_rest_is_the_question_without_its_time() -> None:
    assert read("which papers from 2023 use diffusion", today=TODAY).rest == "which papers use diffusion"


@given(st.text(max_size=200), st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31)))
def test_no_text_and_no_clock_breaks_it(text: str, today: date) -> None:
    found = read(text, today=today)
    if found.since and found.until:
        assert found.since <= found.until
