"""Time phrases to date ranges and orders: "since June", "last month", "between March and May 2024", "the oldest".

Rules find the phrase; months, years and "three weeks ago" are worked out here, anything else that follows a word
such as "since" goes to dateparser. The clock is an argument. A year that belongs to a name ("AIME 2024") or stands
in quotation marks is no time phrase. Knows no paper.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Order = Literal["newest", "oldest", "discussed"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero janvier januar",
            "february feb febrero février fevrier februar",
            "march mar marzo mars märz maerz",
            "april apr abril avril",
            "may mayo mai",
            "june jun junio juin juni",
            "july jul julio juillet juli",
            "august aug agosto août aout",
            "september sept sep septiembre septembre",
            "october oct octubre octobre oktober",
            "november nov noviembre novembre",
            "december dec diciembre décembre decembre dezember",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "couple of": 2, "few": 3}
_COUNTS |= {"seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "an": 1}
_COUNT = "|".join([*sorted(_COUNTS, key=len, reverse=True), r"\d{1,3}"])
_UNIT = r"(?:day|week|fortnight|month|quarter|year)s?"
_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
#: A point or stretch of time, as it may follow a preposition.
_SPAN = (
    rf"(?:\d{{4}}-\d{{1,2}}(?:-\d{{1,2}})?"
    rf"|(?:the\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+|de\s+)?)?(?:early\s+|late\s+|mid-?\s*)?(?:{_MONTH})\b\.?"
    rf"(?:\s+\d{{1,2}}(?:st|nd|rd|th)?(?!\d))?(?:,?\s+(?:of\s+|de\s+)?\d{{4}})?"
    # A year; but "2000 steps" and "2048 tokens" count something.
    rf"|(?:19|20)\d{{2}}(?![\d%-])(?![.,]\d)(?!\s+(?!papers|works|articles|listings|was|is|has|does)[a-z]+s\b)|yesterday|today"
    rf"|(?:the\s+)?(?:last|past|previous)\s+(?:(?:{_COUNT})\s+)?{_UNIT}|this\s+(?:week|month|quarter|year)"
    rf"|(?:{_COUNT})\s+{_UNIT}\s+ago|(?:last\s+)?(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_SINCE = r"since|after|from|starting(?:\s+(?:in|from))?|newer\s+than|later\s+than|desde|depuis|après|seit|ab|nach"
_UNTIL = (
    r"until|till|before|up\s+to|prior\s+to|older\s+than|earlier\s+than|hasta|antes\s+de|jusqu'(?:en|à)|avant|vor|bis"
)
_WITHIN = r"in|during|of|from|within|over|for|on|throughout|en|im|de|pendant|durante|aus|von|dated|year"
_BETWEEN = re.compile(
    rf"\b(?:between|from|entre|zwischen)\s+({_SPAN})\s+(?:and|to|until|till|y|et|und|bis|à|-|–)\s+({_SPAN})", re.I
)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("from_on", re.compile(rf"\bfrom\s+({_SPAN})\s+(?:on(?:wards?)?|until\s+now|to\s+(?:now|date|today))\b", re.I)),
    ("since", re.compile(rf"\b(?:{_SINCE.replace('from|', '')})\s+({_SPAN})", re.I)),
    ("until", re.compile(rf"\b(?:{_UNTIL})\s+({_SPAN})", re.I)),
    ("within", re.compile(rf"(?<![\w-])(?:{_WITHIN})\s+({_SPAN})", re.I)),
    (
        "within",
        re.compile(
            rf"\b({_SPAN[:-1]}|no such phrase))(?:['’]s)?\s+(?=papers?\b|works?\b|articles?\b|listings?\b)", re.I
        ),
    ),
    (
        "within",
        re.compile(
            rf"\b((?:the\s+)?(?:last|past)\s+(?:(?:{_COUNT})\s+)?{_UNIT}|this\s+(?:week|month|year)|yesterday|today)\b",
            re.I,
        ),
    ),
    ("within", re.compile(r"((?:19|20)\d{2})\s*年")),
)
_PAPER = r"(?:papers?|works?|stud(?:y|ies)|articles?|abstracts?|publications?|listings?|entr(?:y|ies)|preprints?|ones?)"
_ORDERS: tuple[tuple[Order, str], ...] = (
    (
        "newest",
        r"newest|latest|most\s+recent(?:ly\s+listed)?|freshest|(?:newer|more\s+recent)(?=\W*$)|"
        r"más\s+recientes?|plus\s+récents?|neu(?:e)?ste[nrs]?",
    ),
    (
        "oldest",
        r"oldest|earliest|first[- ]listed|(?:older|earlier)(?=\W*$)|más\s+antiguos?|plus\s+anciens?|älteste[nrs]?",
    ),
    (
        "discussed",
        r"most[- ](?:discussed|commented(?:[- ]on)?|talked[- ]about|debated|comments|discussion|replies)|"
        r"(?:highest|largest|greatest)\s+number\s+of\s+(?:comments|replies)|más\s+comentados?|meistdiskutierte[nr]?",
    ),
)
_ORDER_WORDS: dict[Order, str] = dict(_ORDERS)
_ORDER_RULES: tuple[tuple[Order, re.Pattern[str]], ...] = tuple(
    (order, re.compile(pattern, re.IGNORECASE))
    for order, words in _ORDERS
    for pattern in (
        rf"\b(?:{words})\s+(?:\S+\s+){{0,5}}?{_PAPER}\b",
        rf"\b{_PAPER}\b(?:\s+\S+){{0,8}}?\s+(?:{words})\b",
        rf"\b(?:{words})\b\s*(?:first)?\s*[?.!]*$",
    )
)
_NEW = re.compile(
    r"\bwhat(?:['’]s|\s+is|\s+has|\s+was)\s+new\b|^\W*anything\s+new\b|\bany\s+news\b|qué hay de nuevo|quoi de neuf",
    re.I,
)
_CHINESE_ORDERS: tuple[tuple[Order, str], ...] = (("newest", "最新"), ("oldest", "最早"), ("discussed", "讨论最多"))
_MASKED = re.compile(r"[\"“«「《][^\"”»」》]*[\"”»」》]|(?<=\s)['‘][^'’]*['’](?=[\s?.,!]|$)")


@dataclass(frozen=True, slots=True)
class TimePhrase:
    """What a question says of time: an inclusive range, an order, and the question without those words."""

    since: date | None = None
    until: date | None = None
    order: Order | None = None
    rest: str = ""

    @property
    def bounded(self) -> bool:
        """Whether it keeps papers out."""
        return self.since is not None or self.until is not None


def read(text: str, *, today: date) -> TimePhrase:
    """The time phrase in ``text``; ``rest`` is the text without it (unchanged where there is none)."""
    masked = _MASKED.sub(lambda m: "\x00" * len(m.group()), text)
    since = until = None
    cut: tuple[int, int] | None = None
    if match := _BETWEEN.search(masked):
        first, last = _range(match.group(1), today), _range(match.group(2), today)
        if first and last:
            year = re.search(r"\d{4}", match.group(2))
            if year and not re.search(r"\d{4}", match.group(1)):
                first = _range(f"{match.group(1)} {year.group()}", today) or first
            since, until, cut = min(first[0], last[0]), max(first[1], last[1]), match.span()
    if cut is None:
        since, until, cut = _single(masked, today)
    rest = text if cut is None else f"{text[: cut[0]]} {text[cut[1] :]}"
    order, rest = _order(rest)
    if order is None and _NEW.search(rest):
        order = "newest"
    return TimePhrase(since, until, order, " ".join(rest.split()))


def _single(masked: str, today: date) -> tuple[date | None, date | None, tuple[int, int] | None]:
    for rule, pattern in _RULES:
        for match in pattern.finditer(masked):
            if (span := _range(match.group(1), today)) is None:
                continue
            first, last = span
            if rule == "since" and re.match(r"after|nach|après|later|newer", match.group(), re.IGNORECASE):
                return last + timedelta(days=1), None, match.span()
            if rule in ("since", "from_on"):
                return first, None, match.span()
            if rule == "until":
                inclusive = re.match(r"until|till|up|hasta|jusqu|bis", match.group(), re.IGNORECASE)
                return None, last if inclusive else first - timedelta(days=1), match.span()
            return first, last, match.span()
    return None, None, None


def _order(text: str) -> tuple[Order | None, str]:
    masked = _MASKED.sub(lambda m: "\x00" * len(m.group()), text)
    for order, pattern in _ORDER_RULES:
        if match := pattern.search(masked):
            words = re.compile(_ORDER_WORDS[order], re.IGNORECASE)
            inner = words.search(masked, match.start())
            return order, text if inner is None else f"{text[: inner.start()]} {text[inner.end() :]}"
    for order, word in _CHINESE_ORDERS:
        if word in masked:
            return order, text.replace(word, " ")
    return None, text


def _range(phrase: str, today: date) -> tuple[date, date] | None:
    """First and last day of a stretch of time; None where it can't be read."""
    words = re.sub(r"^the\s+|[.,]", " ", phrase.lower()).strip()
    if words in ("today", "yesterday"):
        day = today - timedelta(days=words == "yesterday")
        return day, day
    for reading in (_relative, _numeric, _named_month):
        if found := reading(words, today):
            return found
    return _foreign(phrase, today)


def _relative(words: str, today: date) -> tuple[date, date] | None:
    if match := re.fullmatch(rf"({_COUNT})\s+({_UNIT})\s+ago", words):
        day = _back(today, _COUNTS.get(match.group(1)) or int(match.group(1)), match.group(2))
        return day, day
    if match := re.fullmatch(rf"(?:last|past|previous)\s+(?:({_COUNT})\s+)?({_UNIT})", words):
        if match.group(1) or words.startswith("past"):
            count = match.group(1) or "one"
            return _back(today, _COUNTS.get(count) or int(count), match.group(2)), today
        return _calendar(_back(today, 1, match.group(2)), match.group(2))
    if match := re.fullmatch(rf"this\s+({_UNIT})", words):
        return _calendar(today, match.group(1))[0], today
    return None


def _numeric(words: str, today: date) -> tuple[date, date] | None:
    del today
    match = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", words)
    if not match:
        return None
    year, month, day = (int(g) if g else None for g in match.groups())
    return _bounds(year or 0, month, day)


def _named_month(words: str, today: date) -> tuple[date, date] | None:
    name = re.search(rf"\b({_MONTH})\b", words)
    if not name:
        return None
    month = _MONTHS[name.group(1)]
    year = re.search(r"\b(\d{4})\b", words)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b(?!\d)", re.sub(r"\b\d{4}\b", "", words))
    number = int(day.group(1)) if day else None
    # A month without a year is the last one that has begun: in November "since June" is this year's June.
    begun = today.year if (month, number or 1) <= (today.month, today.day) else today.year - 1
    return _bounds(int(year.group(1)) if year else begun, month, number)


def _bounds(year: int, month: int | None, day: int | None) -> tuple[date, date] | None:
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def _back(today: date, count: int, unit: str) -> date:
    unit = unit.rstrip("s")
    if unit in _DAYS:
        return today - timedelta(days=count * _DAYS[unit])
    months = today.year * 12 + today.month - 1 - count * _MONTHS_IN[unit]
    year, month = max(1, months // 12), months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def _calendar(day: date, unit: str) -> tuple[date, date]:
    unit = unit.rstrip("s")
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if unit in _DAYS:
        return day, day
    months = _MONTHS_IN[unit]
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    return date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1])


def _foreign(phrase: str, today: date) -> tuple[date, date] | None:
    """What dateparser makes of it: week days, and whatever else the rules above don't know."""
    from datetime import datetime

    import dateparser

    base = datetime(today.year, today.month, today.day)
    found = dateparser.parse(
        phrase,
        settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past"},  # pyright: ignore[reportArgumentType]
    )
    return (found.date(), found.date()) if found else None
