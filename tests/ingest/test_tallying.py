"""What an ingest counts: the fates of papers in little memory, and what a report needs of them."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ingest import tallying
from ingest.tallying import UNMET, Fate, Fates, Tally

IDS = st.sampled_from([f"paper{number}" for number in range(12)])
FATES = st.builds(Fate, st.none() | st.integers(0, 3), st.sampled_from(["", "added", "updated"]))


@given(st.lists(st.tuples(IDS, FATES, st.booleans())))
def test_fates_are_kept_as_a_dictionary_would_keep_them(steps: list[tuple[str, Fate, bool]]):
    fates, expected = Fates(), dict[str, Fate]()
    for paper, fate, look in steps:
        fates.set(paper, fate)
        expected[paper] = fate
        met = [one for one in expected.values() if one != UNMET]
        if look:  # which sorts in what is fresh
            assert len(fates) == len(met)
    assert {paper: fates.of(paper) for paper in expected} == expected
    assert fates.of("never met") == UNMET
    assert fates.counts() == Counter(fate for fate in expected.values() if fate != UNMET)


def test_a_hundred_thousand_fates_are_right_and_take_little_memory():
    fates = Fates()
    for number in range(2 * tallying.FRESH + 10):
        fates.set(f"2401.{number:06d}", Fate(number % 7, "added"))
    assert len(fates) == 2 * tallying.FRESH + 10
    assert fates.of("2401.000008") == Fate(1, "added")
    assert fates.of(f"2401.{2 * tallying.FRESH + 9:06d}").change == "added"
    assert fates._hashes.nbytes + fates._numbers.nbytes == 12 * len(fates)


def test_a_paper_forgotten_is_counted_no_more_and_may_come_again():
    tally = Tally()
    for paper in ("a", "b"):
        tally.saw(paper, 0)
        tally.changed(paper, known=False)
    assert len(tally.fates) == 2
    tally.fates.set("a", UNMET)
    assert (len(tally.fates), tally.listed_papers()) == (1, {"added": 1})
    tally.saw("a", 1)
    assert (tally.counts, tally.listed_papers()) == ({0: 2, 1: 1}, {"added": 1, "": 1})
