"""Numbers in running text, brought to one form so that two texts can be compared.

What abstracts and models write, and what is read::

    4.3%  ·  4.3 %  ·  4.3 percent  ·  4.3 points       4.3, in hundredths
    2.5x  ·  2.5×  ·  2.5 times  ·  twofold  ·  twice   2.5 and 2, times
    1M  ·  1,000,000  ·  one million  ·  10^6           1000000
    13B parameters  ·  13 billion                       13000000000
    3-5 tasks  ·  between three and five                3 and 5

A digit inside a name (GPT-4, Qwen2.5-7B) belongs to the name. In a source it is read as a number all the same,
since "a 7B model" may be said of it. Knows no paper and no question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SMALL = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen""".split()  # noqa: SIM905
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905
}
_LARGE = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_LETTER = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_MULTIPLE = {"twice": 2.0, "thrice": 3.0, "doubl": 2.0, "tripl": 3.0, "quadrupl": 4.0}

_DIGITS = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
_PERCENT = r"\s?(?:%|％|percent\b|per cent\b|percentage points?\b|points?\b|pp\b)"
_TIMES = r"\s?(?:[x×](?![A-Za-z\d])|-?\s?times\b|-?fold\b)"
_FIGURE = re.compile(
    rf"(?P<digits>{_DIGITS})"
    rf"(?:\s?(?:[x×*·]\s?10\s?)?(?:\^|e)\{{?\s?(?P<power>[-−–+]?\d+)\}}?)?"
    rf"(?:(?P<letter>[kKMBT])(?![A-Za-z])|[\s-]?(?P<large>hundred|thousand|million|billion|trillion|dozen)s?\b)?"
    rf"(?:(?P<percent>{_PERCENT})|(?P<times>{_TIMES}))?",
    re.IGNORECASE,
)
_PART = rf"(?:(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_SMALL)}))?|(?:{'|'.join(_SMALL)}))"
_SCALE = rf"(?:{'|'.join(_LARGE)})(?!s)"
#: "hundreds of" is vague, "zero-shot" a method; neither is a number that could be checked.
_SPELLED = re.compile(
    rf"(?<![\w-])(?!zero-)(?P<words>(?:{_PART}|(?<=\ba\s){_SCALE})(?:[\s-]{_SCALE}(?:\s(?:and\s)?{_PART})?)*)"
    rf"(?=-?fold\b|(?![A-Za-z]))(?P<fold>-?fold\b)?(?:(?P<percent>{_PERCENT})|(?P<times>{_TIMES}))?",
    re.IGNORECASE,
)
_MULTIPLIED = re.compile(r"\b(?P<word>twice|thrice|doubl|tripl|quadrupl)(?:ed?s?|ing|y)?\b", re.IGNORECASE)
#: Letters before a digit that make it a part of a name: GPT-4, Qwen2.5-7B, top-5, pass@1.
_INSIDE_NAME = re.compile(r"[A-Za-z][\w.@#/-]*\Z")
#: Letters after the digits that make a name of it: 3D, 2nd; 80GB is a quantity.
_NAME_AFTER = re.compile(r"(?:D|st|nd|rd|th)\b|(?!e\d)[A-Za-z]+\d", re.IGNORECASE)
_RANGE_GAP = re.compile(r"\s?(?:-|–|—|to|and|or|/|,)\s?", re.IGNORECASE)
#: Words that make an approximation of the number after them.
_HEDGE = re.compile(
    r"(?:about|around|roughly|approximately|approx\.?|nearly|almost|over|under|above|below|some|circa|ca\.|~|≈|"
    r"(?:more|less|fewer) than)\s*[+]?\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at ``text[start:end]``. ``unit`` is "percent", "times" or nothing; ``hedged`` after "about".

    A ``loose`` one (inside a name, or "doubles") bears out others but is not itself asked for.
    """

    value: float
    unit: str
    start: int
    end: int
    hedged: bool = False
    loose: bool = False

    def agrees(self, other: Quantity) -> bool:
        """Whether ``other`` bears this one out: the same value in units that don't exclude each other.

        After "about" and the like a rounded value will do: 10 for 9.86, 300 for 312.
        """
        if {self.unit, other.unit} == {"percent", "times"}:
            return False
        if abs(self.value - other.value) <= 1e-9 * max(abs(self.value), abs(other.value)):
            return True
        return self.hedged and self.value in _roundings(other.value, _digits(self.value))


def quantities(text: str) -> list[Quantity]:
    """Every number of ``text`` in order, those inside names marked loose."""
    found = sorted([*_figures(text), *_spelled(text)], key=lambda q: q.start)
    distinct: list[Quantity] = []
    for quantity in found:
        if not distinct or quantity.start >= distinct[-1].end:
            distinct.append(quantity)
    return _shared_units(text, distinct)


def missing(claimed: Iterable[Quantity], known: Iterable[Quantity]) -> list[Quantity]:
    """The claimed numbers, loose ones apart, that none of the known ones bears out."""
    known = list(known)
    return [q for q in claimed if not q.loose and not any(q.agrees(k) for k in known)]


def _figures(text: str) -> Iterator[Quantity]:
    for match in _FIGURE.finditer(text):
        value = float(match["digits"].replace(",", "")) * _scale(match["letter"], match["large"])
        if match["power"]:
            exponent = int(re.sub("[−–]", "-", match["power"]))
            # "10^6" is a power of its base, "3e-4" and "3 x 10^6" are scaled by a power of ten
            plain = re.match(rf"(?:{_DIGITS})\s?\^", match.group())
            value = _power(value, exponent) if plain else value * _power(10.0, exponent)
        before = text[max(0, match.start() - 24) : match.start()]
        inside = bool(_INSIDE_NAME.search(before) or _NAME_AFTER.match(text, match.end("digits")))
        yield Quantity(value, _unit(match), match.start(), match.end(), _hedged(before), inside)


def _spelled(text: str) -> Iterator[Quantity]:
    for match in _SPELLED.finditer(text):
        words = re.split(r"[\s-]+", match["words"].lower())
        # "one" is a pronoun more often than a number
        if words != ["one"] or match["percent"]:
            before = text[max(0, match.start() - 24) : match.start()]
            unit = "times" if match["fold"] else _unit(match)
            yield Quantity(_value(words), unit, match.start(), match.end(), _hedged(before))
    for match in _MULTIPLIED.finditer(text):
        word = match["word"].lower()
        yield Quantity(_MULTIPLE[word], "times", match.start(), match.end(), loose=not word.endswith("ice"))


def _value(words: list[str]) -> float:
    total, group = 0.0, 0.0
    for word in words:
        if word in _LARGE:
            if word in ("hundred", "dozen"):
                group = (group or 1.0) * _LARGE[word]
            else:
                total, group = total + (group or 1.0) * _LARGE[word], 0.0
        elif word != "and":
            group += _SMALL.get(word, _TENS.get(word, 0))
    return total + group


def _shared_units(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give the first number of "3-5%" and "two to four times" the unit of the second."""
    shared = list(found)
    for at in range(len(found) - 2, -1, -1):
        this, following = shared[at], shared[at + 1]
        if not this.unit and following.unit and _RANGE_GAP.fullmatch(text, this.end, following.start):
            shared[at] = Quantity(this.value, following.unit, this.start, this.end, this.hedged, this.loose)
    return shared


def _digits(value: float) -> int:
    """Significant digits: 1 for 300, 2 for 0.45."""
    mantissa = f"{value:.12e}".partition("e")[0].replace(".", "").strip("-")
    return max(1, len(mantissa.rstrip("0")))


def _roundings(value: float, digits: int) -> tuple[float, ...]:
    """``value`` rounded to that many significant digits, to a single one also down and up; nothing if it has fewer."""
    if not value or _digits(value) <= digits:
        return ()
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    steps = {round(value / unit)} | ({math.floor(value / unit), math.ceil(value / unit)} if digits == 1 else set())
    return tuple(float(f"{step * unit:.12g}") for step in steps)


def _unit(match: re.Match[str]) -> str:
    return "percent" if match["percent"] else "times" if match["times"] else ""


def _scale(letter: str | None, large: str | None) -> float:
    return _LETTER[letter.lower()] if letter else _LARGE[large.lower()] if large else 1.0


def _power(base: float, exponent: int) -> float:
    return base**exponent if abs(exponent) <= 300 and base else 0.0


def _hedged(before: str) -> bool:
    return bool(_HEDGE.search(before))
