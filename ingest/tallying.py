"""What an ingest counts as it goes: files, papers, problems, and what became of each paper that it has met.

Knows no file and no library.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from ingest.pages import Problem

#: Problems that a report names; of more it says how many there were.
MOST_PROBLEMS = 1_000
#: Papers met whose fates lie in a dictionary, 0.15 kB each, before they are sorted in among the others, 12 bytes each.
FRESH = 50_000


@dataclass(frozen=True, slots=True)
class Fate:
    """The number of the file that listed a paper last, None where none has; and what became of the paper."""

    file: int | None = None
    change: Literal["", "added", "updated"] = ""


#: Of a paper that has not been met.
UNMET = Fate()


class Fates:
    """The fates of all papers met, which may be millions: kept by the papers' hashes, which are of 64 bits.

    Of a million papers two have the same with a probability of 3e-8; the report then counts one too few.
    """

    def __init__(self) -> None:
        self._kinds: dict[Fate, int] = {UNMET: 0}
        self._hashes = np.zeros(0, np.int64)  # sorted; of each its fate's number
        self._numbers = np.zeros(0, np.int32)
        self._fresh: dict[int, int] = {}
        self._known: list[Fate] = [UNMET]

    def of(self, paper_id: str) -> Fate:
        key = hash(paper_id)
        if (number := self._fresh.get(key)) is None:
            place = self._place(key)
            number = 0 if place is None else int(self._numbers[place])
        return self._known[number]

    def set(self, paper_id: str, fate: Fate) -> None:
        """``UNMET`` forgets the paper."""
        number = self._kinds.setdefault(fate, len(self._known))
        if number == len(self._known):
            self._known.append(fate)
        key = hash(paper_id)
        if key not in self._fresh and (place := self._place(key)) is not None:
            self._numbers[place] = number
            return
        self._fresh[key] = number
        if len(self._fresh) >= FRESH:
            self._sort_in()

    def counts(self) -> dict[Fate, int]:
        """How many papers met have each fate that any has."""
        self._sort_in()
        counted = zip(self._known, np.bincount(self._numbers, minlength=len(self._known)).tolist(), strict=True)
        return {fate: number for fate, number in counted if number and fate != UNMET}

    def __len__(self) -> int:
        return sum(self.counts().values())

    def _place(self, key: int) -> int | None:
        place = int(self._hashes.searchsorted(key))
        return place if place < len(self._hashes) and self._hashes[place] == key else None

    def _sort_in(self) -> None:
        hashes = np.fromiter(self._fresh.keys(), np.int64, len(self._fresh))
        numbers = np.fromiter(self._fresh.values(), np.int32, len(self._fresh))
        order = np.argsort(hashes)
        places = np.searchsorted(self._hashes, hashes[order])
        self._hashes = np.insert(self._hashes, places, hashes[order])
        self._numbers = np.insert(self._numbers, places, numbers[order])
        self._fresh = {}


@dataclass(slots=True)
class Tally:
    """``counts`` has the number of each file's papers, ``listed`` how often papers were listed."""

    files: list[str] = field(default_factory=list[str])
    counts: dict[int, int] = field(default_factory=dict[int, int])
    problems: list[Problem] = field(default_factory=list[Problem])
    untold: int = 0
    unreadable: set[int] = field(default_factory=set[int])
    listed: int = 0
    fates: Fates = field(default_factory=Fates)

    def problem(self, problem: Problem) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.untold += 1

    def saw(self, paper_id: str, file: int) -> None:
        fate = self.fates.of(paper_id)
        if fate.file != file:
            self.counts[file] = self.counts.get(file, 0) + 1
            self.fates.set(paper_id, replace(fate, file=file))

    def changed(self, paper_id: str, *, known: bool) -> None:
        """``known``: the library held the paper before; what this run has added stays added."""
        fate = self.fates.of(paper_id)
        if fate.change != "added":
            self.fates.set(paper_id, replace(fate, change="updated" if known else "added"))

    def listed_papers(self) -> Counter[str]:
        """How many papers that a file listed were added, updated, or left as they were ("")."""
        found = Counter[str]()
        for fate, number in self.fates.counts().items():
            if fate.file is not None:
                found[fate.change] += number
        return found
