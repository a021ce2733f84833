"""Identity and merging of papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.papers import Filters, Paper, Source, admits, fold_title, has_code, merge, merge_all, paper_id


def paper(title: str = "A Title", **fields: Any) -> Paper:
    return replace(Paper(id=paper_id(title), title=title, abstract="An abstract."), **fields)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TÜLU 3: Pushing Frontiers", "tulu 3 – pushing frontiers"),
        ("H³DP", "H3DP"),
        ("À-la-carte Prompt Tuning", "A la Carte Prompt Tuning"),
        ("ReST-MCTS*", "ReST MCTS"),
    ],
)
def test_titles_that_differ_in_case_accents_and_marks_are_one_paper(one: str, other: str) -> None:
    assert paper_id(one) == paper_id(other)


@pytest.mark.parametrize(("one", "other"), [("A", "B"), ("!!!", "???"), ("中文", "中"), ("GPT-3", "GPT-4")])
def test_other_titles_are_other_papers(one: str, other: str) -> None:
    assert paper_id(one) != paper_id(other)


@given(st.text(st.characters()))
def test_any_title_has_an_id_and_folding_is_stable(title: str) -> None:
    assert len(paper_id(title)) == 16
    assert fold_title(fold_title(title)) == fold_title(title)


def test_merging_keeps_every_source_and_the_richest_of_each_field() -> None:
    plain = paper(abstract="A longer abstract, uncut.", sources=(Source("a.txt", 3),), links=("https://a.example",))
    dated = paper(
        abstract="A longer abs",
        listed=date(2025, 1, 2),
        authors_count=4,
        organization="lab Lab",
        comments=0,
        links=("https://b.example",),
        sources=(Source("b.txt", 1),),
    )
    for merged in (merge(plain, dated), merge(dated, plain)):
        assert merged.abstract == "A longer abstract, uncut."
        assert (merged.listed, merged.authors_count, merged.organization) == (date(2025, 1, 2), 4, "lab Lab")
        assert merged.comments == 0
        assert merged.sources == (Source("a.txt", 3), Source("b.txt", 1))
        assert set(merged.links) == {"https://a.example", "https://b.example"}


def test_merging_again_changes_nothing() -> None:
    one = paper(comments=3, sources=(Source("a.txt", 1),))
    assert merge(one, one) == one
    assert merge_all([one, paper("Another"), one]) == {one.id: one, paper_id("Another"): paper("Another")}


def test_filters_admit_by_date_organisation_source_and_code() -> None:
    known = paper(
        listed=date(2025, 6, 1),
        organization="facebook AI at Meta",
        sources=(Source("page-1.txt", 1),),
        links=("https://github.com/a/b",),
    )
    assert has_code(known)
    for filters in (
        Filters(since=date(2025, 6, 1), until=date(2025, 6, 1)),
        Filters(organization="meta"),
        Filters(source="page-1"),
        Filters(source="page-1.txt"),
        Filters(has_code=True),
        Filters(),
    ):
        assert admits(filters, known)
    for filters in (
        Filters(since=date(2025, 6, 2)),
        Filters(until=date(2025, 5, 31)),
        Filters(organization="nvidia"),
        Filters(source="page"),
        Filters(has_code=False),
    ):
        assert not admits(filters, known)
    assert not admits(Filters(since=date(2000, 1, 1)), paper())
