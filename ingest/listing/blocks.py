"""The lines of a listing page put together into blocks. Knows no files, dates or Paper values.

Lines become items (a paragraph of text, a byline, a stray line), items become blocks (title, abstract, byline).
Nothing marks a paragraph as a title or an abstract, so the two are told apart by their looks and by what
follows: an abstract is long or reads as prose, a title is neither and has an abstract after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from ingest.listing.bylines import Byline, is_dot, parse_authors, parse_day, parse_organization

#: The longest title in 30,000 of arXiv has 331 characters, one in a thousand over 186; 99.9 % of abstracts have 304.
LONG_CHARS = 300
TITLE_CHARS = 190
#: arXiv takes no abstract over 1,920 characters: a longer one is two, with the title between them lost.
ABSTRACT_CHARS = 1_920
#: A byline's part; the longest organisation's name on a hub page has about 90 characters.
_PART_CHARS = 100

_SENTENCE_BREAK = re.compile(r"[a-z)\]]{4,}\. +[A-Z]")
_LINK = re.compile(r"https?://|\bwww\.|\bavailable (?:at|on|here)\b", re.IGNORECASE)
_INLINE_DOT = re.compile(r"\s+[·•∙⋅‧]\s+")

NumberedLine = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph, its lines joined; ``line`` is the number of its first line."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Underline:
    """A byline where it stands."""

    line: int
    byline: Byline


@dataclass(frozen=True, slots=True)
class Stray:
    """A line that was not understood, and why."""

    line: int
    what: str


Item = Text | Underline | Stray


@dataclass(frozen=True, slots=True)
class Block:
    """One entry of the page; ``problem`` says why it is no paper, where it is none."""

    line: int
    title: str = ""
    abstract: tuple[str, ...] = ()
    byline: Byline | None = None
    problem: str | None = None


class _Part(Enum):
    TITLE = auto()
    ABSTRACT = auto()
    ORPHAN = auto()


def blocks(lines: Sequence[NumberedLine], *, paragraphs: bool) -> list[Block]:
    """The blocks of the lines: a paragraph runs to the next blank line, or is one line where not ``paragraphs``."""
    items = list(_items(lines, paragraphs=paragraphs))
    return list(_assemble(items))


def is_long(text: str) -> bool:
    """Whether the text is too long for a title."""
    return len(text) >= LONG_CHARS


# ---------------------------------------------------------------------------------------------- lines to items


def _items(lines: Sequence[NumberedLine], *, paragraphs: bool) -> Iterator[Item]:
    paragraph: list[NumberedLine] = []
    index = 0
    while index < len(lines):
        parts, after = _byline_at(lines, index)
        if parts or not lines[index][1] or not paragraphs:
            yield from _texts(paragraph)
            paragraph = []
        if parts:
            yield from _underline(parts)
        elif lines[index][1]:
            paragraph.append(lines[index])
        index = after if parts else index + 1
    yield from _texts(paragraph)


def _texts(paragraph: list[NumberedLine]) -> Iterator[Text]:
    """One text of lines that a narrow window wrapped; a text a line where the page does not wrap."""
    if any(is_long(text) for _, text in paragraph):
        yield from (Text(number, text) for number, text in paragraph)
    elif paragraph:
        yield Text(paragraph[0][0], " ".join(text for _, text in paragraph))


def _byline_at(lines: Sequence[NumberedLine], index: int) -> tuple[list[NumberedLine], int]:
    """The parts of a byline that begins at ``index`` (none: there is none) and the index after it."""
    number, text = lines[index]
    if len(text) > 2 * _PART_CHARS:
        return [], index
    inline = _INLINE_DOT.split(text)
    if len(inline) > 1 and parse_day(inline[-1]):
        return [(number, part) for part in inline if part], index + 1
    if is_dot(text):
        return _dotted(lines, index, [])
    if parse_authors(text) is not None or _names_owner(lines, index):
        return _dotted(lines, index + 1, [lines[index]])
    return [], index


def _names_owner(lines: Sequence[NumberedLine], index: int) -> bool:
    """Whether the line is an organisation's: a dot follows, and it does not read as an abstract's last line."""
    text = lines[index][1]
    after = _next_filled(lines, index + 1)
    if not text or len(text) > _PART_CHARS or after is None or not is_dot(lines[after][1]):
        return False
    begins_paragraph = index == 0 or not lines[index - 1][1]
    return begins_paragraph or is_long(lines[index - 1][1])


def _dotted(lines: Sequence[NumberedLine], index: int, parts: list[NumberedLine]) -> tuple[list[NumberedLine], int]:
    """Adds the parts that stand behind dots from ``index`` on."""
    while (dot := _next_filled(lines, index)) is not None and is_dot(lines[dot][1]):
        parts.append(lines[dot])
        index = dot + 1
        part = _next_filled(lines, index)
        if part is None:
            break
        text = lines[part][1]
        known = parse_day(text) is not None or parse_authors(text) is not None
        adjacent = part == index and len(text) <= _PART_CHARS and not is_dot(text)
        if known or adjacent:
            parts.append(lines[part])
            index = part + 1
    return parts, index


def _next_filled(lines: Sequence[NumberedLine], index: int) -> int | None:
    return next((i for i in range(index, len(lines)) if lines[i][1]), None)


def _underline(parts: list[NumberedLine]) -> Iterator[Item]:
    """The byline of the parts, and a stray for each part that says nothing known."""
    byline, strays = Byline(), []
    named = [(number, text) for number, text in parts if not is_dot(text)]
    for number, text in named:
        day, count = parse_day(text), parse_authors(text)
        if count is not None and byline.authors_count is None:
            byline = replace(byline, authors_count=count)
        elif day is not None and byline.day is None:
            byline = replace(byline, day=day)
        elif (number, text) == parts[0] and count is None and day is None:
            byline = replace(byline, organization=parse_organization(text))
        else:
            strays.append(Stray(number, f"{shown(text)} in a byline is neither a date nor a count of authors"))
    if byline != Byline():
        yield Underline(parts[0][0], byline)
    elif not strays:
        strays.append(Stray(parts[0][0], "a byline's dot stands alone"))
    yield from strays


# --------------------------------------------------------------------------------------------- items to blocks


def _assemble(items: Sequence[Item]) -> Iterator[Block]:
    """Blocks in the page's order. A byline closes its block; a title closes the one before it."""
    block: Block | None = None
    for index, item in enumerate(items):
        if isinstance(item, Stray):
            yield Block(item.line, problem=item.what)
        elif isinstance(item, Underline):
            if block is None:
                yield Block(item.line, byline=item.byline, problem="a byline belongs to no paper")
            else:
                yield _closed(replace(block, byline=item.byline))
            block = None
        else:
            part = _part(item.text, block, _next_item(items, index + 1))
            if part is _Part.ABSTRACT and block is not None:
                block = replace(block, abstract=(*block.abstract, item.text))
                continue
            if block is not None:
                yield _closed(block)
            block = Block(item.line, title=item.text)
            if part is _Part.ORPHAN:
                block = Block(item.line, abstract=(item.text,), problem=f"the abstract {shown(item.text)} has no title")
    if block is not None:
        yield _closed(block)


def _next_item(items: Sequence[Item], index: int) -> Text | Underline | None:
    return next((item for item in items[index:] if not isinstance(item, Stray)), None)


def _closed(block: Block) -> Block:
    if block.abstract:
        return block  # a paper, or an orphaned abstract that has its problem already
    return replace(block, problem=f"the title {shown(block.title)} has no abstract")


def _part(text: str, block: Block | None, following: Text | Underline | None) -> _Part:
    """What the text is, after ``block`` (none: a closed one) and before ``following``."""
    if block is None:
        return _Part.ORPHAN if is_long(text) else _Part.TITLE
    if block.abstract:
        return _after_abstract(text, block, following)
    if is_long(text) or _is_prose(text) or isinstance(following, Underline):
        return _Part.ABSTRACT
    cut_off = following is None and _is_sentence_case(text)
    return _Part.ABSTRACT if cut_off else _Part.TITLE


def _after_abstract(text: str, block: Block, following: Text | Underline | None) -> _Part:
    """Whether the text goes on with the abstract that is open."""
    fits = sum(map(len, block.abstract)) + len(text) <= ABSTRACT_CHARS
    if is_long(text):
        return _Part.ABSTRACT if fits else _Part.ORPHAN
    if not (_is_prose(text) and fits):
        return _Part.TITLE
    heads_abstract = isinstance(following, Text) and is_long(following.text) and not _LINK.search(text)
    return _Part.TITLE if heads_abstract and not text[0].islower() else _Part.ABSTRACT


def _is_prose(text: str) -> bool:
    if len(text) >= TITLE_CHARS or _LINK.search(text) or _SENTENCE_BREAK.search(text):
        return True
    return text.endswith((".", ".)", '."')) or (text[:1].islower() and text[:2].islower())


def _is_sentence_case(text: str) -> bool:
    words = [word for word in text.split()[1:] if word[:1].isalpha()]
    return len(words) >= 4 and sum(word[0].isupper() for word in words) <= len(words) / 3


def shown(text: str, limit: int = 60) -> str:
    """The text in quotes, cut to about ``limit`` characters, for a message."""
    text = " ".join(text.split())
    return f'"{text}"' if len(text) <= limit else f'"{text[:limit].rstrip()}…"'


__all__ = ["ABSTRACT_CHARS", "Block", "NumberedLine", "blocks", "is_long", "shown"]
