"""Papers all but identical, gathered under the best of them: a first and a second version, a title changed.

Knows no question and no library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ingest.papers import Paper

#: Share of the words of two abstracts that both have, from which on they are one paper.
SAME = 0.8
_WORD = re.compile(r"\w+")


def group(papers: Sequence[Paper], wanted: int) -> list[tuple[int, tuple[Paper, ...]]]:
    """The first ``wanted`` distinct papers as (position, near-duplicates that follow it), in the order given."""
    heads: list[int] = []
    words: list[frozenset[str]] = []
    duplicates: dict[int, list[Paper]] = {}
    for position, paper in enumerate(papers):
        own = _words(paper.abstract or paper.title)
        # The sizes alone rule out most pairs.
        least, most = SAME * len(own), len(own) / SAME
        alike = ((head, known) for head, known in zip(heads, words, strict=True) if least <= len(known) <= most)
        twin = next((head for head, known in alike if _same(own, known)), None)
        if twin is not None:
            duplicates[twin].append(paper)
        elif len(heads) < wanted:
            heads.append(position)
            words.append(own)
            duplicates[position] = []
    return [(head, tuple(duplicates[head])) for head in heads]


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return bool(shared) and shared >= SAME * (len(one) + len(other) - shared)
