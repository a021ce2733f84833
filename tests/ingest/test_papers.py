"""Identity and merging of papers."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.papers import (
    Filters,
    Paper,
    Source,
    admits,
    combined,
    fold_title,
    has_code,
    merge,
    merge_all,
    paper_id,
    paper_links,
)


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


@given(st.text(st.characters(max_codepoint=127)))
def test_the_quick_way_to_fold_a_title_is_the_same(title: str):
    decomposed = unicodedata.normalize("NFKD", title).casefold()
    assert fold_title(title) == "".join(char for char in decomposed if char.isalnum())


@pytest.mark.parametrize(
    ("facts", "links"),
    [
        (
            {"arxiv_id": "2502.08946", "doi": "10.1000/a(b)<c>", "url": "https://example.org/p"},
            [
                ("arXiv", "https://arxiv.org/abs/2502.08946"),
                ("Hugging Face", "https://huggingface.co/papers/2502.08946"),
                ("DOI", "https://doi.org/10.1000/a(b)%3Cc%3E"),
                ("Page", "https://example.org/p"),
            ],
        ),
        ({"arxiv_id": "hep-ph/9901001"}, [("arXiv", "https://arxiv.org/abs/hep-ph/9901001")]),
        ({"url": "javascript:alert(1)"}, [("Search", "https://arxiv.org/search/?searchtype=title&query=Tide+%26+Co")]),
        ({}, [("Search", "https://arxiv.org/search/?searchtype=title&query=Tide+%26+Co")]),
    ],
    ids=["all", "an-old-id", "no-address", "nothing-known"],
)
def test_links_lead_to_the_paper_or_to_a_search_for_its_title(facts: dict, links: list[tuple[str, str]]) -> None:
    assert [(link.name, link.url) for link in paper_links(Paper("x", "Tide & Co", "", **facts))] == links


def test_a_year_alone_gives_way_to_a_day_and_publication_to_a_listing() -> None:
    year = Paper("x", "T", "A", listed=date(2025, 1, 1), published=date(2025, 1, 1))
    day = Paper("x", "T", "A", listed=date(2025, 2, 13), published=date(2025, 2, 13))
    page = Paper("x", "T", "A", listed=date(2025, 2, 20))
    for order in permutations((year, day, page)):
        whole = combined(order)
        assert (whole.published, whole.listed) == (date(2025, 2, 13), date(2025, 2, 20))
    assert combined((year, day)).listed == date(2025, 2, 13)
