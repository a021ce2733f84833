"""Near-duplicates under the first of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.grouping import SAME, group
from ingest.papers import Paper

TEXT = "we teach a small robot to fold towels by watching people fold their own laundry at home every day"


def paper(key: str, abstract: str) -> Paper:
    return Paper(key, f"Title {key}", abstract)


def test_a_second_version_goes_under_the_first() -> None:
    one, two, three = paper("1", TEXT), paper("2", "another thing entirely"), paper("3", TEXT + " again")
    assert group([one, two, three], 5) == [(0, (three,)), (1, ())]


def test_half_the_words_in_common_is_another_paper() -> None:
    other = " ".join(TEXT.split()[:9]) + " but here it is about ships and the weather at sea instead"
    assert [head for head, _ in group([paper("1", TEXT), paper("2", other)], 5)] == [0, 1]


def test_a_duplicate_beyond_the_last_wanted_is_still_grouped() -> None:
    found = group([paper("1", TEXT), paper("2", "something else"), paper("3", TEXT + " again")], 1)
    assert [(head, [p.id for p in twins]) for head, twins in found] == [(0, ["3"])]


def test_papers_without_an_abstract_are_told_apart_by_title() -> None:
    assert len(group([Paper("1", "Dogs", ""), Paper("2", "Cats", "")], 5)) == 2
    assert group([], 5) == []


@given(st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1).map(" ".join), max_size=6))
def test_the_bits_that_tell_texts_apart_change_no_group(texts: list[str]) -> None:
    heads: list[set[str]] = []
    for text in texts:
        own = set(text.split())
        if not any(len(own & head) >= SAME * len(own | head) for head in heads):
            heads.append(own)
    papers = [paper(str(n), text) for n, text in enumerate(texts)]
    assert [set(texts[place].split()) for place, _ in group(papers, 10)] == heads
