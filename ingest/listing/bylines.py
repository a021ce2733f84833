"""Bylines and dates of a listing page. Knows nothing of titles, abstracts or files.

A byline stands under an abstract, its parts divided by lines that hold a middle dot alone::

      • 4 authors                 stanfordnlp Stanford NLP          facebook AI at Meta
    ·                             ·                                 ·
    Nov 16, 2020                  Sep 29 3                          Oct 24 1

An organisation is given by its handle (never with a space in it) and its name; a handle that is the name in other
letters is left out. The number after a date counts the discussion's comments. A date of the page's own year is written
without the year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST_YEAR = 1900
_DOTS = frozenset("·•∙⋅‧")
_DATE = re.compile(
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s+(?P<day>\d{1,2})"
    r"(?:\s*,\s*(?P<year>\d{4}))?(?:\s+(?P<comments>\d{1,6}))?",
    re.IGNORECASE,
)
_AUTHORS = re.compile(r"[•·∙⋅‧*-]?\s*(?P<count>\d{1,5})\s+authors?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A date as written: ``year`` is None where the page leaves it out."""

    month: int
    day: int
    year: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True)
class Byline:
    """What stands under an abstract; ``organization`` is "handle name", or the name alone."""

    authors_count: int | None = None
    organization: str | None = None
    day: Day | None = None


def parse_organization(line: str) -> str:
    """ "Stanford NLP" of "stanfordnlp Stanford NLP"; "facebook AI at Meta" as it is, for the handle says more."""
    handle, _, name = " ".join(line.split()).partition(" ")
    return name if _letters(handle) == _letters(name) else f"{handle} {name}".strip()


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def is_dot(line: str) -> bool:
    """Whether the line holds the middle dot alone that divides a byline's parts."""
    return len(line) == 1 and line in _DOTS


def parse_authors(line: str) -> int | None:
    """4 of "• 4 authors"; None where the line is something else."""
    found = _AUTHORS.fullmatch(line)
    return int(found["count"]) if found else None


def parse_day(line: str) -> Day | None:
    """The date of "Nov 16, 2020", "Oct 2" or "Oct 24 1"; None where the line is something else."""
    found = _DATE.fullmatch(line)
    if not found:
        return None
    year, comments = found["year"], found["comments"]
    month = _MONTHS.index(found["month"][:3].casefold()) + 1
    return Day(month, int(found["day"]), int(year) if year else None, int(comments) if comments else None)


def page_year(days: Iterable[Day], page_day: Day | None, today: date) -> int:
    """The year that the page leaves unwritten: the one after the newest that is written out.

    Where none is written out the page is taken to be of the last year in which its date is not in the future.
    """
    written = [day.year for day in days if day.year is not None and day.year in _years(today)]
    if page_day and page_day.year:
        return page_day.year
    if written:
        return max(written) + 1
    if page_day is None:
        return today.year
    return today.year if (page_day.month, page_day.day) <= (today.month, today.day) else today.year - 1


def resolve(day: Day, page_day: Day | None, year: int, today: date) -> date | None:
    """The calendar date of ``day`` on a page of ``year``; None for a day that no calendar has or that can't be.

    A date without a year that is later in the calendar than the page itself was written the year before.
    """
    if day.year is not None:
        return _calendar(day.year, day) if day.year in _years(today) else None
    later = page_day is not None and (day.month, day.day) > (page_day.month, page_day.day)
    return _calendar(year - 1 if later else year, day)


def _years(today: date) -> range:
    """Years in which a paper can have been listed; one ahead, for a clock that is behind."""
    return range(_FIRST_YEAR, today.year + 2)


def _calendar(year: int, day: Day) -> date | None:
    try:
        return date(year, day.month, day.day)
    except ValueError:
        return None
