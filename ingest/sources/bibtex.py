r"""Entries of a BibTeX file, one at a time. Knows no Paper; which LaTeX a value holds is not its business.

A value stands in braces or quotes, is a number or the name of an ``@string``, or several of these with ``#``::

    @string{neurips = "Advances in Neural Information Processing Systems"}
    @article{vale2025tide,
      title    = {{TideNet}: Learning from Tides},
      author   = "Vale, Ada and Roe, Max",
      abstract = {We show that ...},  year = 2025, month = mar,
      booktitle = neurips # { 38}
    }

BibTeX libraries hold the whole file and give up on, or silently skip, an entry that is not as it should be; here an
entry ends where its braces do, or, where they never do, before the next line that begins an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.sources.records import Record, Unreadable, arxiv_id, day, doi, listed_words, names, turned, url
from ingest.sources.streams import SourceStream, lines

Numbered = tuple[int, Any]

#: What a file is known from: an entry with its key, at the beginning of a line.
BIBTEX = re.compile(r"^[ \t]*@(?:\w+\s*[{(]\s*[^\s,{}()=]*\s*,|(?:string|preamble|comment)\s*[{(])", re.I | re.M)
BEGINS = re.compile(r"\s*@\s*(\w+)\s*([{(])")
#: An entry of more lines or characters has lost its closing brace.
MOST_LINES, MOST_CHARS = 2_000, 2**20
_KEY = re.compile(r"\s*[^\s,={}\"#]*\s*,")
_NAME = re.compile(r"[\s,]*([^\s=,{}\"#]+)\s*=\s*")
_BARE = re.compile(r"[^\s,#{}\"()]+")
_SPECIAL = re.compile(r"\\.|[{}\"]", re.DOTALL)
_GROUP = re.compile(r"(\\(?:[A-Za-z]+\*?|.)(?:\{[^{}]*\})*|[\^_])?\{([^{}\\]*)\}")
_SILENT = ("comment", "preamble")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex_entries(stream: SourceStream) -> Iterator[Numbered]:
    """A Record of each entry with the number of its first line, or an Unreadable."""
    strings = {month: month for month in _MONTHS}
    for number, found in _entries(stream):
        begun = BEGINS.match(found)
        if begun is None or begun[1].lower() in _SILENT:
            continue
        body = found[begun.end() :]
        try:
            if begun[1].lower() == "string":
                strings.update(_fields(body, strings))
            else:
                key = _KEY.match(body)
                yield number, _record(_fields(body[key.end() if key else 0 :], strings))
        except Unreadable as error:
            yield number, error


def _entries(stream: SourceStream) -> Iterator[tuple[int, str]]:
    """The text of each entry and the number of its first line."""
    held: list[str] = []
    brackets = "{}"
    first = depth = size = 0
    for number, line in lines(stream):
        begins = BEGINS.match(line) if line is not None else None
        # Braces that never close must not swallow the rest of the file.
        if held and (begins or line is None or len(held) >= MOST_LINES or size >= MOST_CHARS):
            yield first, "\n".join(held)
            held, depth = [], 0
        if line is None or not (held or begins):
            continue
        if begins:
            first, size, brackets = number, 0, "{}" if begins[2] == "{" else "()"
        held.append(line)
        size += len(line)
        depth += _depth(line, *brackets)
        if depth <= 0:
            yield first, "\n".join(held)
            held, depth = [], 0
    if held:
        yield first, "\n".join(held)


def _depth(line: str, opening: str, closing: str) -> int:
    bare = line.replace("\\" + opening, "").replace("\\" + closing, "")
    return bare.count(opening) - bare.count(closing)


def _fields(body: str, strings: dict[str, str]) -> dict[str, str]:
    """The values by name, in lower case. Raises Unreadable for what is no entry."""
    found: dict[str, str] = {}
    at = 0
    while name := _NAME.match(body, at):
        value, at = _value(body, name.end(), strings)
        found.setdefault(name[1].lower(), value)
    if not found:
        raise Unreadable("is no BibTeX entry with fields")
    return found


def _value(body: str, at: int, strings: dict[str, str]) -> tuple[str, int]:
    """The value that begins at ``at``, its parts joined, and where it ends."""
    parts: list[str] = []
    while at < len(body):
        if body[at] in '{"':
            end = _closing(body, at)
            parts.append(body[at + 1 : end])
            at = end + 1
        elif bare := _BARE.match(body, at):
            parts.append(strings.get(bare[0].lower(), bare[0]))
            at = bare.end()
        more = re.compile(r"\s*#\s*").match(body, at)
        if more is None:
            break
        at = more.end()
    return "".join(parts), at


def _closing(body: str, at: int) -> int:
    """Where the brace or quote at ``at`` closes. Raises Unreadable where it never does."""
    depth, quoted = 0, body[at] == '"'
    for found in _SPECIAL.finditer(body, at + 1):
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
        if (depth < 0) if not quoted else (found[0] == '"' and depth <= 0):
            return found.start()
    raise Unreadable("is a BibTeX entry whose braces or quotes don't close")


def _record(fields: dict[str, str]) -> Record:
    month = fields.get("month", "").strip().lower()[:3]
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdecimal() and month < "13" else 0
    year = fields.get("year", "").strip(" {}")
    archive = fields.get("archiveprefix", "arxiv").strip(" {}").lower()
    ids = [fields.get("eprint") if archive == "arxiv" else None, fields.get("arxivid"), fields.get("doi")]
    ids += [fields.get(name) for name in ("url", "journal", "note")]
    return Record(
        title=_unbraced(fields.get("title", "")),
        abstract=_unbraced(fields.get("abstract", "")),
        authors=_authors(fields.get("author", "")),
        arxiv_id=next(filter(None, map(_arxiv, ids)), None),
        doi=doi(fields.get("doi")) or doi(fields.get("url")),
        published=day(fields.get("date")) or (day(f"{year}-{number:02}") if 1 <= number <= 12 else day(year)),
        categories=listed_words(fields.get("primaryclass") or fields.get("keywords", ""), r"\s*[,;]\s*"),
        url=url(re.sub(r"\\(?=[_%#&~])", "", fields.get("url", ""))),
    )


def _arxiv(value: str | None) -> str | None:
    """The id of "2502.08946", or of what a note or journal says: "arXiv preprint arXiv:2502.08946"."""
    return arxiv_id(value) or next(filter(None, map(arxiv_id, (value or "").replace(",", " ").split()[-4:])), None)


def _authors(text: str) -> tuple[str, ...] | None:
    # A name in braces of its own is that of a group and is not turned round.
    parts = [part.strip() for part in re.split(r"\s+and\s+", text) if part.strip(" {}").lower() != "others"]
    return names([_unbraced(part if part.startswith("{") else turned(part)) for part in parts])


def _unbraced(value: str) -> str:
    """The value without the braces that only keep capitals; those of a command's argument or accent stay."""
    previous = ""
    while previous != value:
        previous = value
        value = _GROUP.sub(lambda found: found[0] if found[1] else found[2], value)
    return value
