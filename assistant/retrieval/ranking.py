"""Candidates in their order, and several such lists made into one. Knows no library and no signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.retrieval.fusion import Features, Table
from ingest.papers import Paper

#: What the find of another wording counts, beside that of the question itself.
OTHER_WORDING = 0.5


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place: its paper (id, title and abstract), the chunk found and that chunk's BM25 score.

    ``order`` ranks it among the candidates of one question; ``level``, 0..1, compares across questions.
    """

    paper: Paper
    ordinal: int
    bm25: float
    order: float
    level: float
    table: Table
    row: int

    @property
    def features(self) -> Features:
        """The signals that it was judged by."""
        return self.table.row(self.row)


def merged(first: Sequence[Ranked], other: Sequence[Ranked]) -> list[Ranked]:
    """Both lists as one: a paper's orders added, the other's at a discount; where it is not found it counts as last."""
    if not first or not other:
        return list(first or other)
    mine, theirs = ({r.paper.id: r for r in ranks} for ranks in (first, other))
    last = first[-1].order, other[-1].order

    def order(key: str) -> float:
        own = mine[key].order if key in mine else last[0]
        return own + OTHER_WORDING * (theirs[key].order if key in theirs else last[1])

    sides = {key: [side[key] for side in (mine, theirs) if key in side] for key in (*mine, *theirs)}
    best = (replace(max(found, key=lambda r: r.level), order=order(key)) for key, found in sides.items())
    return sorted(best, key=lambda r: -r.order)


def interleaved(lists: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """The lists' firsts, then their seconds, and so on, each paper once."""
    longest = max(map(len, lists), default=0)
    mixed: dict[str, Ranked] = {}
    for place in range(longest):
        for ranks in lists:
            if place < len(ranks):
                mixed.setdefault(ranks[place].paper.id, ranks[place])
    return list(mixed.values())


def descending(ranks: Sequence[Ranked]) -> list[Ranked]:
    """The same order with levels that never rise: a paper counts no more than those placed before it."""
    capped: list[Ranked] = []
    for ranked in ranks:
        most = capped[-1].level if capped else 1.0
        capped.append(ranked if ranked.level <= most else replace(ranked, level=most))
    return capped
