"""What every format of references says of a paper: its key, its address, its date, the note. Knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from assistant.answers import Answer
from ingest.papers import Paper, paper_links

#: Digits of the paper's id in its key: with the title's words before it, enough to keep keys apart.
KEY_DIGITS = 8
#: Words of a title that say nothing of a paper.
_ARTICLES = {"a", "an", "the", "on", "of", "in", "for", "and", "to", "is", "are", "with"}


def cited_papers(answers: Iterable[Answer]) -> list[Paper]:
    """The papers that the answers cite, each once, in order of first citation."""
    return list({paper.id: paper for answer in answers for paper in answer.sources.values()}.values())


def bibtex_key(paper: Paper) -> str:
    """``firstword-secondword-1a2b3c4d``: telling words of the title, then the first digits of the id."""
    words = re.findall(r"[a-z0-9]+", paper.title.casefold())
    telling = [word for word in words if word not in _ARTICLES][:2]
    return "-".join([*telling, re.sub(r"[^A-Za-z0-9]", "", paper.id)[:KEY_DIGITS] or "paper"])


def keyed(papers: Iterable[Paper]) -> Iterator[tuple[str, Paper]]:
    """Each paper once, in the order given, with a key that no other has.

    A key is made from the paper's title and id alone, so that it is the same in every export.
    """
    ids: set[str] = set()
    keys: set[str] = set()
    for paper in papers:
        if paper.id in ids:
            continue
        key = bibtex_key(paper)
        key = key if key not in keys else f"{key}-{paper.id}"
        ids.add(paper.id)
        keys.add(key)
        yield key, paper


def address(paper: Paper) -> str:
    """Where the paper itself can be read, or failing that what its abstract links to; empty where nothing is known."""
    known = [link.url for link in paper_links(paper) if link.name != "Search"]
    return next(iter([*known, *paper.links]), "")


def issued(paper: Paper) -> date | None:
    """The day that a reference names: of publication or, where only that is known, of the listing."""
    return paper.published or paper.listed


def note(paper: Paper) -> str:
    """What a reference has no field for: the organisation, and how many authors there are where none is named."""
    parts = [paper.organization or ""]
    if paper.authors_count and not paper.authors:
        parts.append(f"{paper.authors_count} author{'s' if paper.authors_count > 1 else ''}")
    return ", ".join(part for part in parts if part)


def one_line(text: str) -> str:
    """``text`` on one line, without control characters and halves of characters, which no format can hold."""
    printable = "".join(char for char in text if char.isprintable() or char.isspace())
    return " ".join(printable.split())
