"""One question asked from the page: conversation in, frames for the page out, the conversation kept at the end.

Knows the assistant and the history; knows neither HTML nor Gradio.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assistant.answers import Filters
from assistant.errors import AssistantError
from assistant.history import Conversation, Exchange, History
from assistant.web import filtering
from assistant.web.readers import Readers
from assistant.web.streaming import Progress, follow
from ingest.errors import IngestError


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked and how: the words, the values of the filter controls, the reader."""

    question: str
    controls: Sequence[Any]
    reader: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What to show now: the exchange under way, or, once ``done``, the conversation with it at its end."""

    conversation: Conversation
    question: str = ""
    progress: Progress = field(default_factory=Progress)
    done: bool = False


class Talk:
    """All conversations of one served page."""

    def __init__(self, readers: Readers, history: History) -> None:
        self.readers = readers
        self.history = history
        self._stops: dict[str, threading.Event] = {}

    def ask(self, session: str, person: str, conversation: Conversation, wish: Wish) -> Iterator[Frame]:
        """Answer ``wish`` at the end of ``conversation``, frame by frame; the last is done, unless the person left."""
        stop = self._stops[session] = threading.Event()
        question = wish.question.strip()
        progress = Progress()
        for progress in self._follow(question, conversation, wish, stop):
            if not progress.done and not stop.is_set():
                yield Frame(conversation, question, progress)
        exchange = Exchange(question, progress.answer, "" if progress.answer else progress.text, progress.problem)
        conversation = conversation.ending(exchange)
        self.keep(person, conversation)
        if self._stops.get(session) is stop:
            del self._stops[session]
            yield Frame(conversation, done=True)

    def stop(self, session: str) -> None:
        """End the session's answer under way, if there is one, and show what was written."""
        if event := self._stops.get(session):
            event.set()

    def leave(self, session: str) -> None:
        """End the session's answer under way without showing it: the person has turned to something else."""
        if event := self._stops.pop(session, None):
            event.set()

    def keep(self, person: str, conversation: Conversation) -> None:
        """Save the conversation; a full disk must not cost the person the answer on the screen."""
        try:
            self.history.of(person).save(conversation)
        except AssistantError as error:
            import logging

            logging.getLogger(__name__).warning("%s", error)

    def _follow(
        self, question: str, conversation: Conversation, wish: Wish, stop: threading.Event
    ) -> Iterator[Progress]:
        try:
            filters, limit = self.filters(wish.controls)
            assistant = self.readers.assistant(wish.reader)
        except (AssistantError, IngestError) as error:
            yield Progress(problem=str(error))
            return
        turns = conversation.turns()
        yield from follow(lambda: assistant.stream(question, history=turns, filters=filters, limit=limit), stop)

    def filters(self, controls: Sequence[Any]) -> tuple[Filters, int]:
        """What the filter controls hold. Raises UsageError."""
        return filtering.read(controls, today=date.today())
