"""Stems of words that say more or better, and of those that say less or worse. Knows no sentence."""

from __future__ import annotations

from enum import Enum


class Way(Enum):
    """Which way something goes."""

    UP = 1
    DOWN = -1


#: Stems that say more or better, and stems that say less or worse.
UP = frozenset(
    """improv increas higher greater better best superior faster more most enhanc boost exceed outperform surpass gain
    rise grow acceler strengthen larger longer stronger highest largest fastest benefici simpler easier succeed
    success""".split()  # noqa: SIM905
)
DOWN = frozenset(
    """worsen decreas reduc lower less fewer wors worst inferior slower degrad declin drop underperform trail behind
    hurt harm fall shrink deterior weaken smaller shorter weaker lowest smallest slowest least loss harder diminish
    fail lose lost drawback""".split()  # noqa: SIM905
)


def way(stem: str) -> Way | None:
    """The way that a word with this stem says something goes; None where it says nothing of the kind."""
    return Way.UP if stem in UP else Way.DOWN if stem in DOWN else None
