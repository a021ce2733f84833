"""Papers all but identical, gathered under the best of them: a first and a second version, a title changed.

Knows no question and no library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

from ingest.papers import Paper

#: Share of the words of two abstracts that both have, from which on they are one paper.
SAME = 0.8
#: Bits by which two texts are told apart before their words are compared.
BITS = 512
_WORD = re.compile(r"\w+")


def group(papers: Sequence[Paper], wanted: int) -> list[tuple[int, tuple[Paper, ...]]]:
    """The first ``wanted`` distinct papers as (position, near-duplicates that follow it), in the order given."""
    heads: list[int] = []
    words: list[_Words] = []
    duplicates: dict[int, list[Paper]] = {}
    for position, paper in enumerate(papers):
        own = _words(paper.abstract or paper.title)
        twin = next((head for head, known in zip(heads, words, strict=True) if _same(own, known)), None)
        if twin is not None:
            duplicates[twin].append(paper)
        elif len(heads) < wanted:
            heads.append(position)
            words.append(own)
            duplicates[position] = []
    return [(head, tuple(duplicates[head])) for head in heads]


def prepare(papers: Iterable[Paper]) -> None:
    """Have the papers' words at hand."""
    for paper in papers:
        _words(paper.abstract or paper.title)


@dataclass(frozen=True, slots=True)
class _Words:
    """How many distinct words ``text`` has; ``mask`` has a bit for each, which some of them share.

    The words themselves would take 8 kB an abstract, and hardly a pair of abstracts needs them.
    """

    text: str
    count: int
    mask: int


@lru_cache(maxsize=4096)
def _words(text: str) -> _Words:
    words = _distinct(text)
    return _Words(text, len(words), reduce(or_, (1 << hash(word) % BITS for word in words), 0))


def _distinct(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _same(one: _Words, other: _Words) -> bool:
    # A bit that the other lacks is at least one word that it lacks: that alone rules out nearly all pairs.
    most = one.count - (one.mask & ~other.mask).bit_count()
    if most < SAME * other.count:
        return False
    shared = len(_distinct(one.text) & _distinct(other.text))
    return bool(shared) and shared >= SAME * (one.count + other.count - shared)
