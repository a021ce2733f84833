"""Weighing signals: what stands out counts, what doesn't discriminate is silent, unknown is neutral."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.fusion import (
    TOKENS,
    TOKENS_LEVEL,
    VECTORS,
    Table,
    believed,
    covered,
    feedback,
    fuse,
    levels,
    ranking,
    standardise,
)

UNKNOWN = np.full(4, np.nan)
EVEN = Table(*(np.zeros(4) for _ in range(8)))

columns = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30).map(np.array)


@given(columns)
def test_a_standardised_column_has_mean_0_and_spread_1_or_is_flat(column: np.ndarray) -> None:
    out = standardise(column)
    assert abs(out.mean()) < 1e-6
    assert math.isclose(out.std(), 1.0, abs_tol=1e-6) or not out.any()


def test_an_unknown_value_is_neutral() -> None:
    assert standardise(np.array([1.0, np.nan, 3.0])).tolist() == [-1.0, 0.0, 1.0]
    assert standardise(UNKNOWN).tolist() == [0.0] * 4


@pytest.mark.parametrize("weights", [TOKENS, VECTORS], ids=["tokens", "vectors"])
def test_a_flat_side_leaves_the_order_to_the_other(weights: object) -> None:
    table = replace(EVEN, dense=np.array([0.1, 0.4, 0.2, 0.3]))
    assert np.argmax(fuse(table, weights)) == 1  # type: ignore[arg-type]
    table = replace(EVEN, lexical=np.array([0.0, 0.0, 0.6, 0.1]))
    assert np.argmax(fuse(table, weights)) == 2  # type: ignore[arg-type]


def test_a_side_that_singles_out_a_paper_beats_one_that_hesitates() -> None:
    hesitant = np.array([0.30, 0.29, 0.28, *[0.2] * 47])
    decisive = np.array([0.0, 0.9, *[0.0] * 48])
    flat = np.zeros(50)
    table = Table(hesitant, decisive, *[flat] * 6)
    assert np.argmax(fuse(table, VECTORS)) == 1


def test_the_more_some_paper_covers_the_question_the_more_words_count() -> None:
    flat, words, meaning = np.zeros(50), np.array([1.0, *[0.1] * 49]), np.array([0.1, 1.0, *[0.1] * 48])

    def margin(share: float) -> float:
        found = fuse(Table(meaning, share * words, *[flat] * 6), TOKENS)
        return float(found[0] - found[1])

    assert margin(0.9) == pytest.approx(margin(0.6))
    assert margin(0.6) > margin(0.3) > margin(0.2) > margin(0.1)
    assert margin(0.1) == pytest.approx(margin(0.0))


@pytest.mark.parametrize(("best", "trust"), [(0.0, 0.0), (0.15, 0.0), (0.325, 0.5), (0.5, 1.0), (1.0, 1.0)])
def test_words_are_trusted_by_how_much_of_the_question_the_best_paper_holds(best: float, trust: float) -> None:
    assert covered(replace(EVEN, lexical=np.array([0.0, best, 0.0, 0.0]))) == pytest.approx(trust)


def test_a_name_outweighs_a_better_match() -> None:
    table = replace(EVEN, dense=np.array([0.4, 0.1, 0.1, 0.1]), name=np.array([0.0, 1.0, 0.0, 0.0]))
    assert np.argmax(fuse(table, TOKENS)) == 1


def test_feedback_favours_what_is_like_the_first() -> None:
    vectors = np.eye(4, dtype=np.float32)
    vectors[3] = [1.0, 0.0, 0.0, 0.0]
    near = feedback(believed(np.array([9.0, 1.0, 0.0, -5.0])), vectors)
    assert near[3] == pytest.approx(near[0])
    assert near[3] > near[1]


@given(columns)
def test_belief_is_shared_among_the_first_and_adds_up_to_1(order: np.ndarray) -> None:
    belief = believed(order)
    assert belief.sum() == pytest.approx(1.0)
    assert np.count_nonzero(belief) <= 5
    assert belief[order.argmax()] == belief.max()


def test_nothing_is_believed_of_nothing() -> None:
    assert believed(np.zeros(0)).shape == (0,)


def test_likeness_in_words_moves_the_rank_and_leaves_the_order() -> None:
    level = np.array([1.0, 1.0, 0.0, 0.0])
    table = replace(EVEN, order=level, words=np.array([0.1, 0.9, 0.0, 0.0]))
    assert np.argmax(ranking(table, TOKENS)) == 1
    assert ranking(replace(table, words=UNKNOWN), TOKENS).tolist() == level.tolist()
    assert levels(table, TOKENS_LEVEL)[0] == levels(table, TOKENS_LEVEL)[1]


def test_levels_are_probabilities_that_rise_with_what_was_matched() -> None:
    order = np.array([2.0, 5.0, 9.0, 12.0])
    found = levels(replace(EVEN, order=order, soft=order / 12, lexical=order / 12, dense=UNKNOWN), TOKENS_LEVEL)
    assert found == sorted(found)
    assert all(0.0 < level < 1.0 for level in found)
