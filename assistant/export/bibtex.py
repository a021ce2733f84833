"""Papers as BibTeX: one ``@misc`` entry each, in ASCII where LaTeX knows a way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from assistant.export import names
from assistant.export.references import address, issued, keyed, note, one_line
from ingest.papers import Paper

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def bibtex(papers: Iterable[Paper]) -> str:
    """A BibTeX file of ``papers``, each once, in the order given; fields hold ASCII where LaTeX knows a way."""
    return "\n".join(bibtex_entries(papers))


def bibtex_entries(papers: Iterable[Paper]) -> Iterator[str]:
    """The entries of :func:`bibtex`, one by one."""
    for key, paper in keyed(papers):
        yield f"@misc{{{key},\n{_fields(paper)}\n}}\n"


def _fields(paper: Paper) -> str:
    day = issued(paper)
    values = {
        "title": f"{{{_latex(paper.title)}}}",
        "author": " and ".join(_author(name) for name in paper.authors or ()),
        "year": str(day.year) if day else "",
        "eprint": _latex(paper.arxiv_id or ""),
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "primaryclass": _latex(next(iter(paper.categories), "")) if paper.arxiv_id else "",
        "doi": _latex(paper.doi or ""),
        "url": re.sub(r"[\s{}\\%]", lambda m: f"%{ord(m.group()):02X}" if m.group() != "%" else "\\%", address(paper)),
        "note": _latex(note(paper)),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in values.items() if value]
    if day:
        lines.append(f"  month = {_MONTHS[day.month - 1]}")
    return ",\n".join(lines)


def _author(text: str) -> str:
    name = names.parse(text)
    if name.literal:  # braces keep "and" and commas from being read as two people or as "Last, First"
        return f"{{{_latex(name.literal)}}}"
    family = f"{name.particle} {name.family}".strip()
    parts = [_latex(part) for part in (family, name.suffix, name.given) if part]
    return ", ".join(parts) if name.suffix or name.particle or "," in text else _latex(text)


def _latex(text: str) -> str:
    encoded = _encoder().unicode_to_latex(one_line(text))
    # BibTeX counts braces, escaped ones too; by their names they can't upset the count.
    return encoded.replace(r"{\{}", r"{\textbraceleft}").replace(r"{\}}", r"{\textbraceright}")


@cache
def _encoder() -> Any:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    return UnicodeToLatexEncoder(
        replacement_latex_protection="braces-all", unknown_char_policy="keep", unknown_char_warning=False
    )
