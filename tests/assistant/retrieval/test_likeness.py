"""Likeness in words: shared rare words make papers alike, words that all hold don't, and belief says to whom."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.likeness import alike_in_words
from ingest.vectors import Counted, counted


def texts(*ids: list[int]) -> list[Counted]:
    return counted([np.array(each, dtype=np.int64) for each in ids])


#: Every paper holds word 0; the first two share 1 and 2, the last two 3.
PAPERS = texts([0, 1, 2], [0, 1, 2, 9], [0, 3, 4], [0, 3, 5])
FIRST = np.array([1.0, 0.0, 0.0, 0.0])


def test_a_paper_that_shares_rare_words_with_the_believed_is_more_alike_than_one_that_shares_a_common_one() -> None:
    alike = alike_in_words(FIRST, PAPERS)
    assert alike[0] == pytest.approx(1.0)
    assert alike[1] > 0.5
    assert max(alike[2], alike[3]) < 0.1


def test_each_is_followed_as_far_as_it_is_believed() -> None:
    alike = alike_in_words(np.array([0.3, 0.0, 0.7, 0.0]), PAPERS)
    assert alike[2] > alike[0]
    assert alike[3] > alike_in_words(np.array([0.7, 0.0, 0.3, 0.0]), PAPERS)[3]


def test_among_equals_those_that_agree_with_one_another_rise() -> None:
    alike = alike_in_words(np.full(3, 1 / 3), texts([0, 1, 2], [0, 1, 3], [0, 5, 6]))
    assert min(alike[0], alike[1]) > alike[2]


def test_a_word_said_often_counts_more_but_not_as_often() -> None:
    papers = texts([1, 7, 8], [1, 2, 3, 4], [1, 1, 1, 2, 3, 4], [5, 6])
    once, thrice = alike_in_words(FIRST, papers)[[1, 2]]
    assert once < thrice < 2 * once


@pytest.mark.parametrize("papers", [(), ([],), ([], [])])
def test_without_words_nothing_is_alike(papers: tuple[list[int], ...]) -> None:
    assert alike_in_words(np.full(len(papers), 0.5), texts(*papers)).tolist() == [0.0] * len(papers)


def test_a_paper_without_words_is_alike_to_none() -> None:
    assert alike_in_words(np.array([0.5, 0.5, 0.0]), texts([1, 2], [], [1])).tolist()[1] == 0.0


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=8), st.data())
def test_likeness_is_a_share_whatever_is_believed(ids: list[list[int]], data: st.DataObject) -> None:
    doubt = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=len(ids), max_size=len(ids))))
    alike = alike_in_words(doubt / doubt.sum(), texts(*ids))
    assert alike.shape == (len(ids),)
    assert np.all((alike >= 0) & (alike <= 1 + 1e-9))
