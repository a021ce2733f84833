"""Which papers bear a name that a question mentions: a method, a data set, a title in quotation marks.

A name's capitals and signs count ("RoT" is not "rot", "R1-Searcher++" is not "R1-Searcher"), which no stemmed
index knows. Knows no library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.language.terms import capitalised_names, quoted, spelled_names
from ingest.papers import Paper

#: Names looked for in one question.
MOST_NAMES = 8
#: A title that opens with the name, or a name introduced in brackets, is the paper's own.
OWN = 1.0
#: The name stands somewhere else in the title, or in the title but for its capitals.
IN_TITLE = 0.7
#: The abstract mentions the name.
MENTIONED = 0.25


def names_in(text: str) -> tuple[str, ...]:
    """The names that ``text`` mentions, as it spells them: by spelling, by capitals, in quotation marks."""
    found = [*quoted(text), *spelled_names(text), *capitalised_names(text)]
    return tuple(dict.fromkeys(name.strip() for name in found if len(name.strip()) > 1))[:MOST_NAMES]


def bearing(names: Sequence[str], papers: Sequence[Paper]) -> NDArray[np.float64]:
    """For each paper, 0..1, how surely it bears one of the names; a name that many papers bear says little."""
    missing = np.ones(len(papers))
    folded = [paper.title.casefold() for paper in papers] if names else []
    for name in names:
        small = name.casefold()
        may = [n for n, paper in enumerate(papers) if name in paper.abstract or small in folded[n]]
        surely = np.zeros(len(papers))
        surely[may] = [_bears(name, papers[n]) for n in may]
        bearers = max(1.0, float(surely.sum()))
        rarity = 1.0 - math.log(bearers) / math.log(len(papers)) if len(papers) > 1 else 1.0
        missing *= 1.0 - surely * rarity
    return 1.0 - missing


def _bears(name: str, paper: Paper) -> float:
    title, abstract = paper.title, paper.abstract
    if _alone(name).search(title):
        return OWN if titled(name, title) else IN_TITLE
    if _alone(name).search(abstract):
        return OWN if f"({name})" in abstract or f"({name}s)" in abstract else MENTIONED
    return IN_TITLE if len(name) > 3 and _alone(name.casefold()).search(title.casefold()) else 0.0


def mentions(name: str, text: str) -> bool:
    """Whether ``text`` holds ``name`` as a word of its own, capitals and signs included."""
    return bool(_alone(name).search(text))


def spoken(name: str, text: str) -> bool:
    """Whether ``text`` has ``name`` as a word of its own, in whatever case; "reinforce" is not REINFORCE, though."""
    capitals = sum(c.isupper() for c in name) > 1 and " " not in name
    return any(not (capitals and found.group().islower()) for found in _in_any_case(name).finditer(text))


def titled(name: str, title: str) -> bool:
    """Whether the title calls its paper ``name``: it opens with it, has it in brackets or is little else."""
    if name not in title:
        return False
    rest = title[len(name) :] if title.startswith(name) else None
    return (
        title == name or (rest is not None and rest[:1] in ":,?!") or f"({name})" in title or len(name) > len(title) / 2
    )


@lru_cache(maxsize=256)
def _alone(name: str) -> re.Pattern[str]:
    """``name`` as a word of its own, not as the head or tail of a longer name; a plural s is let pass."""
    # The name leads, since a pattern that begins with plain characters is found several times as fast.
    plain = re.escape(name)
    return re.compile(rf"{plain}(?<![\w+*]{plain})(?!\w*[+*]|[^\Ws]|s\w)")


@lru_cache(maxsize=256)
def _in_any_case(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?:e?s)?(?!\w)", re.IGNORECASE)
