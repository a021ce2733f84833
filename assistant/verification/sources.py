"""A paper taken apart, and how much of a sentence its places cover."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.verification.quantities import Quantity, quantities
from assistant.verification.wording import Names, Sort, Unit, names_of, units
from ingest.chunking import sentences
from ingest.papers import Paper

#: How much better two sentences must cover than one to be quoted together.
PAIR_GAIN = 0.12
#: Weight of words that every abstract has; others weigh 1, numbers and names 1.5.
COMMON_WEIGHT, SLOT_WEIGHT = 0.35, 1.5
#: Stems that every abstract has: they say little of what a sentence is about.
COMMON = frozenset(
    """propos present introduc show demonstr achiev experi result evalu extens perform method approach framework model
    paper work studi author novel new significantli effect effici task dataset data train learn improv state art
    sota baselin exist previous recent various differ often howev furthermor addit moreov specif address challeng
    enabl provid develop analysi analyz investig find found base across larg high propos system techniqu signific
    research problem includ set compar outperform""".split()  # noqa: SIM905
)
#: A sentence that gives orders to whoever reads it proves nothing, even where a model has obeyed it.
_ORDER = re.compile(
    r"\A\W*(?:please |now |instead,? |also,? )*(?:answer|respond|reply|say|tell|print|write|claim) "
    r"(?:that|with|only|in|as|this|the (?:user|person|reader)|him|her|them|us)\b|"
    r"\b(?:ignore|disregard|forget) (?:\w+ ){0,2}(?:previous|prior|above|earlier|other) "
    r"(?:instruction|prompt|message|rule|text|source|abstract)|"
    r"\b(?:this is|here is|new) (?:the |a )?(?:system|developer) (?:prompt|message)\b|"
    r"\byou are (?:now|an? (?:ai|assistant|language model))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A run of an abstract's sentences, and the share of a claim that it covers."""

    score: float
    sentences: range


@dataclass
class Source:
    """A paper taken apart for comparing; ``vectors`` of its sentences once they were needed."""

    paper: Paper
    facts: dict[str, str] = field(default_factory=dict[str, str])
    vectors: Any = None

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        return [*sentences(self.paper.abstract)]

    def span(self, which: range) -> tuple[int, int]:
        """Offsets into the abstract of a run of sentences."""
        return self.spans[which[0]][0], self.spans[which[-1]][1]

    def row(self, which: range) -> list[Unit]:
        """The units of a run of sentences."""
        return [unit for at in which for unit in self.rows[at]]

    @cached_property
    def rows(self) -> list[list[Unit]]:
        texts = [self.paper.abstract[a:b] for a, b in self.spans]
        return [[] if _ORDER.search(text) else units(text) for text in texts]

    @cached_property
    def whole(self) -> dict[tuple[str, ...], int]:
        """Places of the sentences by their units: what is said word for word needs no judging."""
        return {tuple(u.key for u in row): at for at, row in enumerate(self.rows) if row}

    @cached_property
    def keys(self) -> list[frozenset[str]]:
        return [frozenset(u.key for u in row) for row in self.rows]

    @cached_property
    def aside(self) -> frozenset[str]:
        """What title and listing add to the abstract's words."""
        facts = (f"{name} {fact}" for name, fact in self.facts.items())
        return frozenset(u.key for u in units(". ".join((self.paper.title, *facts))))

    def borne_out(self, claim: str, row: Sequence[Unit]) -> frozenset[str]:
        """Keys of the claim's names that stand anywhere in the paper: a name may be used for "our method"."""
        return frozenset(u.key for u in row if u.sort is Sort.NAME and self.names.bear_out(claim[u.start : u.end]))

    @cached_property
    def words(self) -> frozenset[str]:
        return self.aside.union(*self.keys)

    @cached_property
    def numbers(self) -> list[Quantity]:
        return quantities(f"{self.paper.abstract} . {self.paper.title}")

    @cached_property
    def names(self) -> Names:
        return names_of(f"{self.paper.title} . {self.paper.abstract} . {' . '.join(self.facts.values())}")


def _weight(unit: Unit) -> float:
    if not unit.content or unit.sort is Sort.NEGATOR:
        return 0.0
    if unit.sort is not Sort.WORD:
        return SLOT_WEIGHT
    return COMMON_WEIGHT if unit.key in COMMON else 1.0


def coverage(row: Sequence[Unit], keys: frozenset[str]) -> float:
    """The share of a row's weight that ``keys`` hold, 0..1; function words weigh nothing."""
    total = sum(_weight(unit) for unit in row)
    return sum(_weight(unit) for unit in row if unit.key in keys) / total if total else 0.0


def best_windows(row: Sequence[Unit], source: Source, names: frozenset[str], nudges: Sequence[float]) -> list[Window]:
    """The sentence and the two neighbours that cover most of ``row``, the one to quote first; title and listing help.

    Two sentences are quoted only where they cover clearly more than one; where they cover no more they are left out.
    """
    places, aside = range(len(source.keys)), source.aside | names
    ones = [Window(coverage(row, source.keys[at] | aside) + nudges[at], range(at, at + 1)) for at in places]
    twos = [
        Window(
            coverage(row, source.keys[at] | source.keys[at + 1] | aside) + max(nudges[at], nudges[at + 1]),
            range(at, at + 2),
        )
        for at in places[:-1]
    ]
    one = max(ones, key=lambda window: window.score, default=Window(0.0, range(0)))
    two = max(twos, key=lambda window: window.score, default=one)
    if two.score > one.score + PAIR_GAIN:
        return [two, one]
    return [one, two] if two.score > one.score else [one]
