"""An answer or a conversation for other programs: JSON values, Markdown, and BibTeX of the papers it cites.

Titles, abstracts and answers come from strangers: in Markdown their markup is escaped, so that opening an
exported file fetches no image and runs no HTML. Knows no page and no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from assistant.answers import Answer, Citation, Passage, Verdict
from ingest.papers import Paper

#: Digits of the paper's id in a BibTeX key: with the title's words before it, enough to keep keys apart.
KEY_DIGITS = 8
#: Words of a title that say nothing of a paper.
_ARTICLES = {"a", "an", "the", "on", "of", "in", "for", "and", "to", "is", "are", "with"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def answer_as_dict(answer: Answer) -> dict[str, Any]:
    """The answer as JSON values: the fields of Answer by name, dates as ISO 8601, marks as given."""
    return _plain(answer)


def paper_as_dict(paper: Paper) -> dict[str, Any]:
    """The paper as JSON values: the fields of Paper by name, its date as ISO 8601."""
    return _plain(paper)


def passage_as_dict(passage: Passage) -> dict[str, Any]:
    """The passage as JSON values: the fields of Passage by name."""
    return _plain(passage)


def answer_from_dict(values: Mapping[str, Any]) -> Answer:
    """The answer that :func:`answer_as_dict` described. Raises ValueError where ``values`` describe none."""
    from pydantic import TypeAdapter

    return TypeAdapter(Answer).validate_python(values)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


# ------------------------------------------------------------------------------------------------ Markdown


def conversation_markdown(title: str, answers: Iterable[Answer]) -> str:
    """A conversation as a Markdown document: a heading, then each question with its answer and sources."""
    return "\n\n".join([f"# {_escaped(title)}", *(answer_markdown(answer) for answer in answers)]).rstrip() + "\n"


def answer_markdown(answer: Answer) -> str:
    """Question, answer and the cited papers, each with the words it is cited for."""
    parts = [f"## {_escaped(answer.question)}", harmless(answer.text)]
    if sources := [_source(number, paper, answer.citations) for number, paper in answer.sources.items()]:
        parts.append("\n".join(sources))
    parts += [f"> Not borne out: “{_escaped(flag.sentence)}” ({_escaped(flag.reason)})" for flag in answer.flags]
    parts.append(f"*Read by {_escaped(answer.reader)}, confidence {answer.confidence:.2f}.*")
    return "\n\n".join(parts)


def _source(number: int, paper: Paper, citations: Sequence[Citation]) -> str:
    facts = ", ".join(filter(None, (paper.listed.isoformat() if paper.listed else "", paper.organization or "")))
    lines = [f"- [{number}] **{_escaped(paper.title)}**{f' ({_escaped(facts)})' if facts else ''}"]
    for citation in citations:
        if citation.number != number:
            continue
        evidence = f"“{_escaped(citation.quote)}”" if citation.quote else f"listing: {_escaped(citation.listing)}"
        doubt = " (not borne out by the abstract)" if citation.verdict is Verdict.UNSUPPORTED else ""
        lines.append(f"  - {evidence}{doubt}")
    return "\n".join(dict.fromkeys(lines))


def harmless(markdown: str) -> str:
    """The Markdown of an answer with images turned into text and HTML into words."""
    return re.sub(r"!(?=\[)", r"!\\", markdown).replace("<", "&lt;")


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|!~])", r"\\\1", " ".join(text.split()))


# -------------------------------------------------------------------------------------------------- BibTeX


def bibtex(papers: Iterable[Paper]) -> str:
    """A BibTeX file of ``papers``, each once, in the order given; fields hold ASCII where LaTeX knows a way.

    A key is made from the paper's title and id alone, so that it is the same in every export.
    """
    entries: dict[str, str] = {}
    for paper in {paper.id: paper for paper in papers}.values():
        key = bibtex_key(paper)
        entries[key if key not in entries else f"{key}-{paper.id}"] = _fields(paper)
    return "\n".join(f"@misc{{{key},\n{body}\n}}\n" for key, body in entries.items())


def cited_papers(answers: Iterable[Answer]) -> list[Paper]:
    """The papers that the answers cite, each once, in order of first citation."""
    return list({paper.id: paper for answer in answers for paper in answer.sources.values()}.values())


def bibtex_key(paper: Paper) -> str:
    """``firstword-secondword-1a2b3c4d``: telling words of the title, then the first digits of the id."""
    words = re.findall(r"[a-z0-9]+", paper.title.casefold())
    telling = [word for word in words if word not in _ARTICLES][:2]
    return "-".join([*telling, re.sub(r"[^A-Za-z0-9]", "", paper.id)[:KEY_DIGITS] or "paper"])


def _fields(paper: Paper) -> str:
    address = f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else next(iter(paper.links), "")
    notes = [paper.organization or ""]
    if paper.authors_count and not paper.authors:
        notes.append(f"{paper.authors_count} author{'s' if paper.authors_count > 1 else ''}")
    values = {
        "title": f"{{{_latex(paper.title)}}}",
        "author": " and ".join(_author(name) for name in paper.authors or ()),
        "year": str(paper.listed.year) if paper.listed else "",
        "eprint": _latex(paper.arxiv_id or ""),
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "url": re.sub(r"[\s{}\\%]", lambda m: f"%{ord(m.group()):02X}" if m.group() != "%" else "\\%", address),
        "note": _latex(", ".join(note for note in notes if note)),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in values.items() if value]
    if paper.listed:
        lines.append(f"  month = {_MONTHS[paper.listed.month - 1]}")
    return ",\n".join(lines)


def _author(name: str) -> str:
    # A name with "and" or a comma in it would be read as two people or as "Last, First".
    return f"{{{_latex(name)}}}" if re.search(r",|\band\b", name) else _latex(name)


def _latex(text: str) -> str:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    encoder = UnicodeToLatexEncoder(
        replacement_latex_protection="braces-all", unknown_char_policy="keep", unknown_char_warning=False
    )
    printable = "".join(char for char in text if char.isprintable() or char.isspace())
    encoded = encoder.unicode_to_latex(" ".join(printable.split()))
    # BibTeX counts braces, escaped ones too; by their names they can't upset the count.
    return encoded.replace(r"{\{}", r"{\textbraceleft}").replace(r"{\}}", r"{\textbraceright}")
