"""An author's name taken apart, as references want it: family name, given names, particle and suffix.

::

    Ada Lovelace              Lovelace, Ada
    Ludwig van Beethoven      van Beethoven, Ludwig
    King, Martin Luther, Jr.  King, Jr., Martin Luther
    李明, OpenAI, Gemma Team  as they are: one word, or the name of a group

Knows no language: a name of one word, or of a group, is left whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Words in lower case that belong to the family name after them.
_PARTICLES = frozenset(
    (
        "af", "al", "av", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos",
        "du", "el", "ibn", "la", "le", "ten", "ter", "van", "vom", "von", "zu", "zum", "zur"
    )
)  # fmt: skip
_SUFFIX = re.compile(r"(?:[JS]r\.?|I{2,3}|IV)")
#: What only the name of a group holds.
_GROUP = re.compile(
    r"\b(?i:team|group|collaboration|consortium|labs?|laborator(?:y|ies)|institutes?|university|project|community|"
    r"initiative|foundation|inc|research|and|et al)\b|\bAI\b|[&\d]"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts, or ``literal`` alone: a group, or a name that can't be taken apart."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""

    @property
    def inverted(self) -> str:
        """``van Beethoven, Ludwig``; a literal as it is."""
        if self.literal:
            return self.literal
        return ", ".join(part for part in (f"{self.particle} {self.family}".strip(), self.given) if part)


def parse(text: str) -> Name:
    """The name that ``text`` writes, given names first or after a comma."""
    text = " ".join(text.split())
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or _GROUP.search(text):
        return Name(literal=text)
    if len(parts) == 1:
        return _in_order(parts[0].split(), text)
    suffix = next((part for part in parts[1:] if _SUFFIX.fullmatch(part)), "")
    named = [part for part in parts if part != suffix]
    if len(named) == 1:  # "Martin Luther King, Jr."
        return _in_order([*named[0].split(), suffix], text)
    if len(named) > 2:
        return Name(literal=text)
    particle, family = _particle(named[0].split())
    return Name(" ".join(family), named[1], " ".join(particle), suffix)


def _in_order(words: list[str], text: str) -> Name:
    suffix = words.pop() if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else ""
    if len(words) < 2:
        return Name(literal=text)
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return Name(words[-1], " ".join(words[:start]), " ".join(words[start:-1]), suffix)


def _particle(words: list[str]) -> tuple[list[str], list[str]]:
    count = 0
    while count < len(words) - 1 and words[count] in _PARTICLES:
        count += 1
    return words[:count], words[count:]
