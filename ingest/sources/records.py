r"""What one record says of a paper, made into a Paper: words, names, ids and days as sources write them.

Knows no file format. Ids come in many dresses, and days too::

    2502.08946   arXiv:2502.08946v2   http://arxiv.org/abs/hep-th/9901001   10.48550/arXiv.2502.08946
    10.1000/XYZ   doi:10.1000/xyz   https://doi.org/10.1000/xyz
    2025-02-13T03:00:01.000Z   Mon, 2 Apr 2007 19:18:42 GMT   2024-03   2019

Names of authors are a list, or one text: "A. Balázs, E. Berger", "Balázs, A.; Berger, E.", "Balázs, A. and Berger, E.".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate
from typing import Any

from ingest.abstracts import links, readable
from ingest.papers import Paper, Source, paper_id

#: Names kept of a paper's authors; the largest collaborations have some 5,000.
MOST_AUTHORS = 5_000
MOST_CATEGORIES = 20
#: A day outside of these years is a slip.
YEARS = range(1500, 2200)

_NEW_ID = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD_ID = r"[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{2}(?:0[1-9]|1[0-2])\d{3}"
_ARXIV = re.compile(
    r"(?:(?:https?://)?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/)|arxiv:\s*"
    rf"|(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.)?({_NEW_ID}|{_OLD_ID})(?:v\d+)?(?:\.pdf)?/?",
    re.IGNORECASE,
)
_DOI = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/[^\s<>\"]+)", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?=$|[T\s])")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_TEX = re.compile(r"[\\${}]")


class Unreadable(ValueError):
    """A record that is no paper; its text says why and is shown with the record's number."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a source says of a paper, words as found. ``listed`` is a listing's day, ``published`` a publisher's."""

    title: str
    abstract: str
    authors: tuple[str, ...] | None = None
    authors_count: int | None = None
    arxiv_id: str | None = None
    doi: str | None = None
    published: date | None = None
    listed: date | None = None
    organization: str | None = None
    comments: int | None = None
    categories: tuple[str, ...] = ()
    url: str | None = None
    links: tuple[str, ...] = ()


def paper(record: Record, source: Source) -> Paper:
    """The paper of ``record``, its TeX made readable. Raises Unreadable where title or abstract is missing."""
    title, abstract = readable(record.title), readable(record.abstract)
    if not title:
        raise Unreadable("has no title")
    if not abstract:
        raise Unreadable(f'"{title[:60]}" has no abstract')
    authors = record.authors[:MOST_AUTHORS] if record.authors else None
    return Paper(
        id=paper_id(title),
        title=title,
        abstract=abstract,
        abstract_raw=record.abstract,
        listed=record.listed or record.published,
        authors_count=len(record.authors) if record.authors else record.authors_count,
        authors=authors,
        organization=record.organization,
        comments=record.comments,
        arxiv_id=record.arxiv_id,
        links=tuple(dict.fromkeys((*links(record.abstract), *record.links))),
        sources=(source,),
        doi=record.doi,
        published=record.published,
        categories=record.categories[:MOST_CATEGORIES],
        url=record.url,
    )


def words(value: Any) -> str:
    """A text, or the texts of a list in one; "" for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return " ".join(part for part in value if isinstance(part, str))
    return ""


def count(value: Any) -> int | None:
    """A whole number that counts something, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def arxiv_id(value: Any) -> str | None:
    """The arXiv id without its version, or None where the value is none."""
    if isinstance(value, float):  # a table's column of ids read as numbers: 2502.0894 has lost its end
        return None
    found = _ARXIV.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 200 else None
    if found is None:
        return None
    archive, slash, number = found[1].partition("/")
    return f"{archive.lower() if '.' not in archive else archive}/{number}" if slash else archive


def doi(value: Any) -> str | None:
    """The DOI in lower case, the first where there are several; None for none, and for arXiv's own, which are ids."""
    found = _DOI.match(value.strip()) if isinstance(value, str) and len(value) < 2_000 else None
    bare = found[1].rstrip(".,;").lower() if found else None
    return None if bare is None or bare.startswith("10.48550/arxiv.") else bare


def day(value: Any) -> date | None:
    """The day of a date as text, number of a year, or date; the first of a year or month that stands alone."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value if value.year in YEARS else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()[:64]
    if found := _DAY.match(text):
        parts = tuple(int(part or 1) for part in found.groups())
    else:
        parsed = parsedate(text)
        parts = parsed[:3] if parsed else (0, 0, 0)
    try:
        return date(*parts) if parts[0] in YEARS else None
    except ValueError:
        return None


def url(value: Any) -> str | None:
    """A web address, or None."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(r"https?://[^\s<>\"{}|^`\\]{1,1000}", text) else None


def urls(*values: Any) -> tuple[str, ...]:
    """Those of the values that are web addresses."""
    return tuple(found for value in values if (found := url(value)))


def names(value: Any) -> tuple[str, ...] | None:
    """Authors' names, from a list of texts or of objects with a name, or from one text; None for none."""
    if isinstance(value, str):
        found: Iterable[str] = _split_names(value)
    elif isinstance(value, list | tuple):
        found = (_name(part) for part in value)
    else:
        return None
    return tuple(name for name in map(tidy, found) if name) or None


def tidy(name: str) -> str:
    """A name on one line, without TeX."""
    return readable(name) if _TEX.search(name) else " ".join(name.split())


def listed_words(value: Any, separators: str = r"[\s,;]+") -> tuple[str, ...]:
    """The distinct parts of a text between ``separators``, or of a list of texts or of named objects."""
    if isinstance(value, str):
        parts: Iterable[str] = re.split(separators, value.strip("[]"))
    else:
        parts = (_name(part) for part in value) if isinstance(value, list | tuple) else ()
    return tuple(dict.fromkeys(part.strip(" '\"") for part in parts if part.strip(" '\"")))


def _name(part: Any) -> str:
    if isinstance(part, dict):
        part = next((part[key] for key in ("name", "display_name", "fullname", "category") if part.get(key)), "")
    return part if isinstance(part, str) else ""


def _split_names(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):  # a list as Python or JSON prints it
        return [single or double for single, double in _QUOTED.findall(text)]
    if ";" in text:
        return [turned(part) for part in text.split(";")]
    if re.search(r"\sand\s", text):
        parts = re.split(r",?\s+and\s+", text)
        # "A. Balázs, E. Berger and P. Nadolsky" parts its names by commas; "Balázs, A. and Berger, E." does not.
        commas = [part.count(",") for part in parts]
        return [turned(part) for part in parts] if max(commas) <= 1 else [n for p in parts for n in p.split(",")]
    parts = [part for part in text.split(",") if part.strip()]
    # "Balázs, Anna" is one name, "Anna Balázs, Eva Berger" are two.
    return [turned(text)] if len(parts) == 2 and not any(" " in part.strip() for part in parts) else parts


def turned(name: str) -> str:
    """ "Balázs, Anna" the usual way round."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and "," not in first else name
