"""Conversations and verdicts on answers, kept in files of the person's own folder.

A conversation is one file of JSON lines: a head with its name, then a line for each exchange; writing puts a
whole new file in the old one's place, so that a crash leaves one or the other. Knows no page and no library.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.answers import Answer, Turn
from assistant.errors import UsageError
from assistant.export import answer_as_dict, answer_from_dict

#: Raised when the layout of a conversation's file changes.
FORMAT = 1
#: Longest name of a conversation, in characters.
LONGEST_NAME = 80
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it: an answer, or ``text`` as far as it was written and the ``problem``.

    ``verdict`` is the person's own: ``up``, ``down`` or nothing.
    """

    question: str
    answer: Answer | None = None
    text: str = ""
    problem: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges in order, under an id that is a file name and a name that a person gave or the first question."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    name: str = ""
    exchanges: tuple[Exchange, ...] = ()

    @property
    def title(self) -> str:
        """The name, or the first question where none was given."""
        return self.name or (shortened(self.exchanges[0].question) if self.exchanges else "New conversation")

    def turns(self) -> tuple[Turn, ...]:
        """The answered exchanges as history for the next question."""
        found: list[Turn] = []
        for exchange in self.exchanges:
            if answer := exchange.answer:
                sources = {number: paper.id for number, paper in answer.sources.items()}
                found += [Turn("user", exchange.question), Turn("assistant", answer.text, sources)]
        return tuple(found)

    def answers(self) -> list[Answer]:
        return [exchange.answer for exchange in self.exchanges if exchange.answer]

    def ending(self, exchange: Exchange) -> Conversation:
        """This conversation with one more exchange."""
        return replace(self, exchanges=(*self.exchanges, exchange))

    def until(self, index: int) -> Conversation:
        """This conversation before its exchange number ``index``, counted from 0."""
        return replace(self, exchanges=self.exchanges[: max(0, index)])

    def judged(self, index: int, verdict: str) -> Conversation:
        """This conversation with a verdict on one exchange."""
        changed = list(self.exchanges)
        changed[index] = replace(changed[index], verdict=verdict)
        return replace(self, exchanges=tuple(changed))


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept conversation as a list shows it."""

    id: str
    title: str
    changed: datetime


class History:
    """The conversations and verdicts in one folder, which is made when first written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, person: str) -> History:
        """The history of one of several people, by login name; ``""`` is the only one's."""
        if not person:
            return self
        return History(self.folder / "people" / person.encode("utf-8").hex()[:120])

    def save(self, conversation: Conversation) -> None:
        """Keep a conversation; one without an exchange is not worth keeping. Raises UsageError if it can't."""
        if not conversation.exchanges:
            return
        head = {"format": FORMAT, "id": conversation.id, "name": conversation.name, "title": conversation.title}
        lines = [head, *(_exchange_as_dict(exchange) for exchange in conversation.exchanges)]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        path = self._path(conversation.id)
        try:
            _replace(path, text)
        except OSError as error:
            raise UsageError(f"The conversation can't be kept in {self.folder}: {error.strerror}.") from error

    def load(self, conversation_id: str) -> Conversation | None:
        """The kept conversation; None where there is none, or its file can't be read."""
        try:
            head, *rest = self._path(conversation_id).read_text(encoding="utf-8").splitlines()
            values = json.loads(head)
            if values["format"] != FORMAT:
                return None
            exchanges = tuple(_exchange_from_dict(json.loads(line)) for line in rest)
            return Conversation(conversation_id, str(values["name"]), exchanges)
        except (OSError, UsageError, ValueError, KeyError, TypeError):
            return None

    def rename(self, conversation_id: str, name: str) -> Conversation | None:
        """Give a kept conversation a name; an empty one brings back the first question."""
        conversation = self.load(conversation_id)
        if conversation is None:
            return None
        conversation = replace(conversation, name=shortened(name))
        self.save(conversation)
        return conversation

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation. One that isn't there is no error."""
        try:
            self._path(conversation_id).unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(f"The conversation can't be deleted: {error.strerror}.") from error

    def entries(self, limit: int = 100) -> list[Entry]:
        """The kept conversations, last changed first."""
        try:
            found = [(path.stat().st_mtime, path) for path in self.folder.glob("*.jsonl") if _ID.fullmatch(path.stem)]
        except OSError:
            return []
        entries = (_entry(path, changed) for changed, path in sorted(found, reverse=True)[:limit])
        return [entry for entry in entries if entry is not None]

    def judge(self, exchange: Exchange) -> None:
        """Append the person's verdict on an answer to ``feedback.jsonl``; the last line on an answer counts."""
        answer = exchange.answer
        values = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "verdict": exchange.verdict,
            "question": exchange.question,
            "answer": answer.text if answer else exchange.text,
            "reader": answer.reader if answer else "",
            "answered": bool(answer and answer.answered),
            "papers": [paper.id for paper in answer.sources.values()] if answer else [],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # One write in append mode: two pages at once give two whole lines.
            with (self.folder / "feedback.jsonl").open("ab", buffering=0) as file:
                file.write((json.dumps(values) + "\n").encode("utf-8"))
        except OSError as error:
            raise UsageError(f"The verdict can't be kept in {self.folder}: {error.strerror}.") from error

    def _path(self, conversation_id: str) -> Path:
        if not _ID.fullmatch(conversation_id):
            raise UsageError("There is no such conversation; choose one from the list.")
        return self.folder / f"{conversation_id}.jsonl"


def shortened(text: str) -> str:
    """``text`` on one line, cut at a word where it is too long for a name."""
    line = " ".join(text.split())
    if len(line) <= LONGEST_NAME:
        return line
    return line[: LONGEST_NAME - 1].rsplit(" ", 1)[0] + "…"


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)  # noqa: PTH105 - the same call, and its name says what is wanted
    finally:
        fresh.unlink(missing_ok=True)


def _entry(path: Path, changed: float) -> Entry | None:
    try:
        with path.open(encoding="utf-8") as file:
            return Entry(path.stem, str(json.loads(file.readline())["title"]), datetime.fromtimestamp(changed))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _exchange_as_dict(exchange: Exchange) -> dict[str, Any]:
    answer = answer_as_dict(exchange.answer) if exchange.answer else None
    return {
        "question": exchange.question,
        "answer": answer,
        "text": exchange.text,
        "problem": exchange.problem,
        "verdict": exchange.verdict,
    }


def _exchange_from_dict(values: Mapping[str, Any]) -> Exchange:
    answer = answer_from_dict(values["answer"]) if values["answer"] else None
    texts = {name: str(values[name]) for name in ("question", "text", "problem", "verdict")}
    return Exchange(answer=answer, **texts)
