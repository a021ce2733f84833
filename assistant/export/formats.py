"""The formats by name, and what each makes of papers and of answers: pieces of text, as they come.

A format of references says which papers the answers cite, a table and JSON lines hold the answers themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from assistant.answers import Answer
from assistant.errors import UsageError
from assistant.export import markdown
from assistant.export.bibtex import bibtex_entries
from assistant.export.csl import csl_items
from assistant.export.references import cited_papers
from assistant.export.ris import ris_records
from assistant.export.tables import answers_csv, papers_csv
from assistant.export.values import as_json
from ingest.papers import Paper


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, what it is called, the ending of its files (other ``endings`` are understood), its type."""

    name: str
    label: str
    endings: tuple[str, ...]
    media_type: str

    @property
    def ending(self) -> str:
        return self.endings[0]


FORMATS = (
    Format("markdown", "Markdown", (".md", ".markdown"), "text/markdown"),
    Format("bibtex", "BibTeX", (".bib", ".bibtex"), "application/x-bibtex"),
    Format("ris", "RIS", (".ris",), "application/x-research-info-systems"),
    Format("csl-json", "CSL-JSON", (".json",), "application/vnd.citationstyles.csl+json"),
    Format("csv", "CSV", (".csv",), "text/csv"),
    Format("jsonl", "JSON lines", (".jsonl", ".ndjson"), "application/x-ndjson"),
)


def format_of(name: str) -> Format:
    """The format of that name, or of the file of that name. Raises UsageError where there is none."""
    wanted = name.casefold()
    for known in FORMATS:
        if wanted == known.name or f".{wanted}" in known.endings or PurePath(wanted).suffix in known.endings:
            return known
    names = ", ".join(known.name for known in FORMATS)
    endings = ", ".join(known.ending for known in FORMATS)
    raise UsageError(f"'{name}' names no format; use {names}, or a file that ends in {endings}.")


def export_papers(papers: Iterable[Paper], to: Format) -> Iterator[str]:
    """``papers`` in a format, piece by piece; a large library never stands in memory whole."""
    if to.name == "markdown":
        return markdown.papers_markdown(papers)
    if to.name == "csv":
        return papers_csv(papers)
    if to.name == "jsonl":
        return (_line(paper) for paper in papers)
    return _references(papers, to)


def export_answers(answers: Iterable[Answer], to: Format, *, title: str = "") -> Iterator[str]:
    """One answer or a conversation in a format; ``title`` heads a conversation's Markdown."""
    if to.name == "markdown" and title:
        return iter([markdown.conversation_markdown(title, answers)])
    if to.name == "markdown":
        return (f"{markdown.answer_markdown(answer)}\n" for answer in answers)
    if to.name == "csv":
        return answers_csv(answers)
    if to.name == "jsonl":
        return (_line(answer) for answer in answers)
    return _references(cited_papers(answers), to)


def _references(papers: Iterable[Paper], to: Format) -> Iterator[str]:
    if to.name == "bibtex":
        for place, entry in enumerate(bibtex_entries(papers)):
            yield f"\n{entry}" if place else entry
    elif to.name == "ris":
        yield from ris_records(papers)
    else:
        yield from _array(csl_items(papers))


def _array(items: Iterable[Any]) -> Iterator[str]:
    opening = "[\n"
    for item in items:
        yield f"{opening}{json.dumps(item, ensure_ascii=False)}"
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def _line(value: Any) -> str:
    return json.dumps(as_json(value), ensure_ascii=False) + "\n"
