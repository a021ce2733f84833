"""An answer kept with everything that made it, so that it can be made again and compared.

With the built-in reader the same library gives the same answer byte for byte; where it doesn't, the
receipt names the papers that have changed since. Knows no command line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from assistant.answering import Answerer, Asked
from assistant.answers import Answer, Filters, Turn
from assistant.errors import UsageError
from assistant.export import answer_as_dict
from ingest.library import Library
from ingest.papers import Paper

#: Raised when the layout of the file changes.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Replay:
    """What asking again gave. ``changed`` are titles of papers that are no longer what they were, or gone."""

    same: bool
    answer: Answer
    changed: tuple[str, ...]
    reason: str


def receipt(answer: Answer, asked: Asked, library: Library, today: date) -> dict[str, Any]:
    """Everything that made ``answer``, as JSON values."""
    return {
        "format": FORMAT,
        "question": asked.text,
        "history": [{"role": t.role, "text": t.text, "sources": _keys(t.sources)} for t in asked.history],
        "filters": _filters(asked.filters),
        "limit": asked.limit,
        "today": today.isoformat(),
        "library": {"generation": library.generation, "embedder": library.identity.revision},
        "papers": {p.paper.id: {"title": p.paper.title, "sha256": _digest(p.paper)} for p in answer.passages},
        "answer": _comparable(answer),
    }


def save(path: Path, values: Mapping[str, Any]) -> None:
    """Write a receipt. Raises UsageError where the file can't be written."""
    try:
        path.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The receipt {path} can't be written: {error.strerror}.") from error


def load(path: Path) -> dict[str, Any]:
    """Read a receipt. Raises UsageError for anything that isn't one."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise UsageError(f"The receipt {path} has format {values['format']}; this version reads {FORMAT}.")
        _asked(values)
        date.fromisoformat(values["today"])
        if not (isinstance(values["answer"]["reader"], str) and isinstance(values["papers"], dict)):
            raise TypeError
    except OSError as error:
        raise UsageError(f"The receipt {path} can't be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is no receipt; make one with: paper-assistant ask … --save FILE") from error
    return values


def replay(values: Mapping[str, Any], answerer: Answerer, library: Library) -> Replay:
    """Ask again as the receipt says, on the day that it says, and compare."""
    then = date.fromisoformat(values["today"])
    *_, answer = replace(answerer, today=lambda: then).stream(_asked(values))
    assert isinstance(answer, Answer)
    known = library.get(list(values["papers"]))
    changed = tuple(
        entry["title"]
        for paper_id, entry in values["papers"].items()
        if paper_id not in known or _digest(known[paper_id]) != entry["sha256"]
    )
    # Through JSON, since a tuple and a list are the same thing in the file.
    same = json.loads(json.dumps(_comparable(answer))) == values["answer"]
    return Replay(same, answer, changed, "" if same else _why(values, answer, changed, library))


def _why(values: Mapping[str, Any], answer: Answer, changed: tuple[str, ...], library: Library) -> str:
    if changed:
        return f"{len(changed)} of its papers changed: {'; '.join(changed)}"
    if values["answer"]["reader"] != answer.reader:
        return f"another reader spoke: {answer.reader} instead of {values['answer']['reader']}"
    if values["library"]["embedder"] != library.identity.revision:
        return "the library has another embedder now"
    if values["answer"]["prompt"] != answer.prompt:
        return "the prompt has changed"
    if values["library"]["generation"] != library.generation:
        return "the library has changed since: papers were added or removed"
    return "the same papers were read, but the answer differs (another version, or a generative reader)"


def _comparable(answer: Answer) -> dict[str, Any]:
    values = answer_as_dict(answer)
    values.pop("seconds", None)  # never the same twice
    return values


def _asked(values: Mapping[str, Any]) -> Asked:
    history = tuple(
        Turn(turn["role"], turn["text"], {int(n): paper for n, paper in turn["sources"].items()})
        for turn in values["history"]
    )
    given = values["filters"]
    filters = Filters(
        _day(given["since"]), _day(given["until"]), given["organization"], given["source"], given["has_code"]
    )
    return Asked(str(values["question"]), history, filters, int(values["limit"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _filters(filters: Filters) -> dict[str, Any]:
    return {
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
        "organization": filters.organization,
        "source": filters.source,
        "has_code": filters.has_code,
    }


def _keys(sources: Mapping[int, str]) -> dict[str, str]:
    return {str(number): paper_id for number, paper_id in sources.items()}


def _digest(paper: Paper) -> str:
    return hashlib.sha256(f"{paper.title}\n{paper.abstract}".encode("utf-8", "surrogatepass")).hexdigest()
