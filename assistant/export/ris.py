"""Papers as RIS, the tagged format that every reference manager reads, in UTF-8.

::

    TY  - UNPB
    TI  - A Plain Paper on Lamps
    AU  - Lovelace, Ada
    DA  - 2025/06/01
    ER  -

A line is a tag, two spaces, a hyphen, a space and a value, and ends in CR LF; a record begins with TY and ends with
ER (RIS specification of Research Information Systems, 2011). ``UNPB``, unpublished work, is its type for preprints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.export import names
from assistant.export.references import address, issued, keyed, note, one_line
from ingest.papers import Paper

#: Longest author that the specification allows, in characters.
LONGEST_AUTHOR = 255


def ris_records(papers: Iterable[Paper]) -> Iterator[str]:
    """One record a paper, each paper once, in the order given."""
    for key, paper in keyed(papers):
        lines = [("TY", "UNPB"), ("ID", key), *_lines(paper)]
        told = (f"{tag}  - {one_line(value)}\r\n" for tag, value in lines if one_line(value))
        yield "".join([*told, "ER  - \r\n\r\n"])


def _lines(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TI", paper.title
    for author in paper.authors or ():
        yield "AU", _author(author)
    if day := issued(paper):
        yield "PY", f"{day.year:04}"
        yield "DA", f"{day:%Y/%m/%d}"
    yield "AB", paper.abstract
    for category in paper.categories:
        yield "KW", category
    yield "DO", paper.doi or ""
    if paper.arxiv_id:
        yield "AN", f"arXiv:{paper.arxiv_id}"
        yield "DB", "arXiv"
    yield "UR", address(paper)
    yield "N1", note(paper)


def _author(text: str) -> str:
    """``Last, First, Suffix``. An asterisk would be read as a wild card, a comma in a group's name as two parts."""
    name = names.parse(text.replace("*", " "))
    whole = name.literal.replace(",", " ") if name.literal else name.inverted
    return (f"{whole}, {name.suffix}" if name.suffix else whole)[:LONGEST_AUTHOR]
