"""What a question asks for, read from its words alone: kind, parts, dates, the slot to fill.

Knows no paper and no library; the clock is an argument.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal

from assistant.language import courtesy, dates, languages, phrases, terms, wishes
from ingest.papers import Filters


class Kind(StrEnum):
    """The shape of answer that a question wants."""

    POINT = "point"
    SURVEY = "survey"
    COMPARE = "compare"
    COUNT = "count"
    SMALLTALK = "smalltalk"


class Wants(StrEnum):
    """The slot that a point question wants filled."""

    ANYTHING = "anything"
    FIGURE = "figure"
    DEFINITION = "definition"
    MECHANISM = "mechanism"
    REASON = "reason"
    CODE = "code"
    DATE = "date"
    AUTHORS = "authors"
    ORGANIZATION = "organization"
    COMMENTS = "comments"


#: Slots that the listing fills, not the abstract.
LISTING_SLOTS = frozenset({Wants.DATE, Wants.AUTHORS, Wants.ORGANIZATION, Wants.COMMENTS})


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood. ``text`` stands alone, ``sought`` is what of it papers are found by, if that is not all;
    ``parts`` are the things a comparison names.

    ``filters`` are those the words imply ("since June 2025"); ``order`` is set by "newest", "oldest" and
    "most discussed"; ``wants`` holds every slot asked for, most wanted first. ``subject`` is the text without its
    time phrase, and without the code that papers are to have; ``about`` are ids of the papers that the conversation
    is about, where it is a follow-up. ``gloss`` is what of a question in another language can be put in English: its
    names and the glossary's words.
    """

    text: str
    kind: Kind = Kind.POINT
    wants: tuple[Wants, ...] = (Wants.ANYTHING,)
    parts: tuple[str, ...] = ()
    filters: Filters = Filters()
    order: Literal["newest", "oldest", "discussed"] | None = None
    language: str = "en"
    subject: str = ""
    about: tuple[str, ...] = ()
    gloss: str = ""
    sought: str = ""


#: Kinds of question that many papers may answer.
OF_MANY = frozenset({Kind.SURVEY, Kind.COUNT})
_SLOTS = (
    (Wants.CODE, phrases.CODE),
    (Wants.DATE, phrases.DATE),
    (Wants.AUTHORS, phrases.AUTHORS),
    (Wants.ORGANIZATION, phrases.ORGANIZATION),
    (Wants.COMMENTS, phrases.COMMENTS),
    (Wants.FIGURE, phrases.FIGURE),
    (Wants.REASON, phrases.REASON),
    (Wants.MECHANISM, phrases.MECHANISM),
    (Wants.DEFINITION, phrases.DEFINITION),
)
#: "with code", but neither "dealing with code" nor "with code generation".
_WITH_CODE = re.compile(
    r"\b(?:(?<!\bdeal )(?<!\bdeals )(?<!\bdealing )(?<!\bdo )(?<!\bworking )with|have|has|releas\w+|provid\w+|shar\w+|"
    r"open[- ]sourc\w+|publish\w*)(?: \w+){0,2} (?:code|implementations?)\b"
    r"(?=\W*$|[,;:.?!)]|\W+(?:and|or|but|that|which|about|on|in|for|of|from|since|by|at|to|is|are|available|released|public|"
    r"please)\b)",
    re.I,
)
#: Words, at most, of a bare topic, and the small ones that it may have: "mixture of experts", "tool use by agents".
_TOPIC_WORDS = 5
_JOINING = frozenset(
    "of in on for with without and to by from the via under at between used using".split()  # noqa: SIM905
)
#: A clause boundary before which one part of a question ends: "…, and by how much …", "…? And what …".
_CLAUSE = re.compile(
    r"(?<=[?!;])\s+|(?<=[a-z\d)\"”'])\.\s+(?=[A-Z¿])|,?\s+(?:and|but|or)\s+(?=(?:(?:in|by|on|at|for|to|of|with|from)\s+)?"
    r"(?:what|which|how|why|when|where|who|whose|does|do|is|are|did|can)\b)|[？；。]\s*",
    re.IGNORECASE,
)


def analyse(text: str, *, today: date) -> Question:
    """The question understood; ``today`` anchors phrases such as "last month"."""
    text = wishes.wanted(courtesy.stripped(" ".join(text.split())))
    if not text or phrases.SMALLTALK.fullmatch(text) or courtesy.idle(text):
        return Question(text, Kind.SMALLTALK, language=languages.language(text), subject=text)
    when = dates.read(text, today=today)
    kind = _kind(when.rest, when)
    with_code = kind in OF_MANY and bool(_WITH_CODE.search(when.rest))
    subject = " ".join(_WITH_CODE.sub(" ", when.rest).split()) if with_code else when.rest
    filters = Filters(since=when.since, until=when.until, has_code=True if with_code else None)
    code = languages.language(text)
    subject = _sought(subject, kind)
    return Question(
        text=text,
        kind=kind,
        wants=(Wants.ANYTHING,) if kind is Kind.COUNT else wants_of(when.rest),
        parts=_parts(text) if kind is Kind.COMPARE else (),
        filters=filters,
        order=when.order,
        language=code,
        subject=subject,
        gloss=_gloss(text, code),
        sought=subject if kind in OF_MANY else text,
    )


def reworded(question: Question, text: str) -> Question:
    """The question with another ``text``, which is what papers are found by."""
    return replace(question, text=text, sought=_sought(text, question.kind))


def _sought(text: str, kind: Kind) -> str:
    return wishes.sought(text) if kind in OF_MANY else wishes.wanted(text)


def is_topic(question: Question) -> bool:
    """Whether a question is but the name of a field, "offline reinforcement learning": it wants the field's papers."""
    words = question.text.rstrip(" ?.").split()
    small = [word for word in words if word.casefold() not in terms.COMMON_ABBREVIATIONS]
    asks = question.kind is not Kind.POINT or question.wants != (Wants.ANYTHING,) or question.language != "en"
    if asks or not 1 <= len(words) <= _TOPIC_WORDS or phrases.OVERVIEW.search(question.text):
        return False
    if not all(re.fullmatch(r"[a-z]+(?:-[a-z]+)*", word) for word in small):
        return False
    return words[0] not in terms.IMPERATIVES and not any(w in terms.STOP and w not in _JOINING for w in words)


def clauses(text: str) -> list[str]:
    """The parts of a question that each want an answer: "what is X, and by how much does it beat Y?" has two."""
    found = [part.strip(" ,;") for part in _CLAUSE.split(text) if part and part.strip(" ,;?.!")]
    return found or [text]


def _kind(text: str, when: dates.TimePhrase) -> Kind:
    if phrases.COUNT.search(text):
        return Kind.COUNT
    survey = phrases.SURVEY.search(text)
    if phrases.COMPARE.search(text) and not (survey and survey.start() < 12 and not terms.quoted(text)):
        return Kind.COMPARE
    if survey:
        return Kind.SURVEY
    return Kind.SURVEY if when.order and re.search(r"\b(?:papers|works|articles|studies)\b", text, re.I) else Kind.POINT


def _gloss(text: str, code: str) -> str:
    english = languages.gloss(text, code)
    return " ".join([*terms.spelled_names(text), english]) if english else ""


def wants_of(text: str) -> tuple[Wants, ...]:
    """The slots that ``text`` asks to be filled, most wanted first."""
    masked = text
    for title in terms.quoted(text):
        masked = masked.replace(title, "…")
    found = [slot for slot, pattern in _SLOTS if pattern.search(masked)]
    if set(found) & LISTING_SLOTS:
        found = [slot for slot in found if slot in LISTING_SLOTS or _beyond_listing(slot, masked)]
    return tuple(found) or (Wants.ANYTHING,)


def _beyond_listing(slot: Wants, text: str) -> bool:
    """Whether some clause asks for ``slot`` that asks for nothing in the listing."""
    pattern = dict(_SLOTS)[slot]
    listing = [p for s, p in _SLOTS if s in LISTING_SLOTS]
    return any(pattern.search(c) for c in clauses(text) if not any(p.search(c) for p in listing))


def _parts(text: str) -> tuple[str, ...]:
    """The two sides of a comparison, as the question names them; empty where it names fewer."""
    marks: list[str] = [q for q in terms.quoted(text) if len(q) > 3]
    if len(marks) >= 2:
        return (marks[0], marks[1])
    for pattern in phrases.SIDES:
        if match := pattern.search(text):
            sides = tuple(_side(match.group(name)) for name in ("a", "b"))
            if all(sides):
                return sides
    names = [n for n in terms.spelled_names(text) + terms.capitalised_names(text) if len(n) > 2]
    distinct = list({terms.squeezed(n): n for n in reversed(names)}.values())[::-1]
    return (distinct[0], distinct[1]) if len(distinct) == 2 else ()


def _side(text: str) -> str:
    text = re.sub(
        r"^(?:what|which|how|why|when)\b.*?\b(?:do|does|did|is|are|for|to|in|that)\s+",
        "",
        text.strip(),
        flags=re.IGNORECASE,
    )
    text = re.sub(r"^(?:and|the|a|an|both|papers?|methods?)\s+", "", text, flags=re.IGNORECASE)
    return text.strip(" ,.;:'\"“”‘’")
