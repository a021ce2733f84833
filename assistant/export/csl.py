"""Papers as CSL-JSON, the items that citation processors and pandoc read (CSL 1.0.2 input schema).

A preprint is an ``article`` whose ``genre`` says so; a date is ``{"date-parts": [[2025, 6, 1]]}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from assistant.export import names
from assistant.export.references import address, issued, keyed, note, one_line
from ingest.papers import Paper


def csl_items(papers: Iterable[Paper]) -> Iterator[dict[str, Any]]:
    """One item a paper, each paper once, in the order given."""
    for key, paper in keyed(papers):
        day = issued(paper)
        item = {
            "id": key,
            "type": "article",
            "genre": "preprint" if paper.arxiv_id else "",
            "title": one_line(paper.title),
            "author": [_author(name) for name in paper.authors or () if name.strip()],
            "issued": {"date-parts": [[day.year, day.month, day.day]]} if day else None,
            "abstract": one_line(paper.abstract),
            "archive": "arXiv" if paper.arxiv_id else "",
            "archive_location": one_line(paper.arxiv_id or ""),
            "number": f"arXiv:{one_line(paper.arxiv_id)}" if paper.arxiv_id else "",
            "DOI": one_line(paper.doi or ""),
            "URL": one_line(address(paper)),
            "note": one_line(note(paper)),
        }
        yield {name: value for name, value in item.items() if value}


def _author(text: str) -> dict[str, str]:
    name = names.parse(one_line(text))
    if name.literal:
        return {"literal": name.literal}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: value for part, value in parts.items() if value}
