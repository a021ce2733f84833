"""One question asked from the page: conversation in, frames for the page out, the conversation kept at the end.

Knows the assistant and the history; knows neither HTML nor Gradio.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assistant.answers import Event, Filters
from assistant.errors import AssistantError
from assistant.history import Conversation, Exchange, History
from assistant.web import filtering, journal
from assistant.web.readers import Readers
from assistant.web.streaming import Progress, follow
from ingest.errors import IngestError

#: What a person reads of an answer that was begun and whose end is not kept: its page went away.
INTERRUPTED = "This answer was not finished. Ask again."
#: Seconds after which a page that has not said that it showed an answer is taken to have shown it.
SHOWN_WITHIN = 10.0


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


@dataclass
class Seat:
    """An answer on its way to one open page, from its start until the page has shown all of it."""

    stop: threading.Event = field(default_factory=threading.Event)
    next: Conversation | None = None
    ended: float = 0.0

    @property
    def left(self) -> bool:
        """Whether the person has turned to another conversation."""
        return self.next is not None

    def over(self) -> bool:
        """Whether the page can have nothing of this answer still to show."""
        return bool(self.ended) and time.monotonic() - self.ended > SHOWN_WITHIN


class Talk:
    """All conversations of one served page.

    An answer's frames and what other events show reach the browser in no order that holds. So while an answer is on
    its way its page is never turned from another event: :meth:`leave` only notes what is wanted, and
    :meth:`turned`, which the browser calls after it has shown the answer's last frame, hands it out.
    """

    def __init__(self, readers: Readers, history: History) -> None:
        self.readers = readers
        self.history = history
        self._seats: dict[str, Seat] = {}
        self._seating = threading.Lock()
        self._keeping = threading.Lock()

    def ask(self, session: str, person: str, conversation: Conversation, wish: Wish) -> Iterator[Frame]:
        """Answer ``wish`` at the end of ``conversation``, frame by frame; the last is done, unless the person left.

        No frame at all comes where an answer is under way in the session already.
        """
        seat = self._sit(session)
        if seat is None:
            return
        question = wish.question.strip()
        conversation = self._begun(person, conversation, question)
        progress = Progress(problem=INTERRUPTED)
        try:
            for progress in self._follow(question, conversation, wish, seat.stop):
                if not progress.done and not seat.stop.is_set():
                    yield Frame(conversation, question, progress)
        finally:
            problem = progress.problem or ("" if progress.answer else INTERRUPTED)
            exchange = Exchange(question, progress.answer, "" if progress.answer else progress.text, problem)
            conversation = self._finished(person, conversation, exchange)
            if progress.answer:
                journal.answered("page", progress.answer)
            else:
                journal.failed("page", question, progress.cause)
            seat.ended = time.monotonic()
        if not seat.left:
            yield Frame(conversation, done=True)

    def busy(self, session: str) -> bool:
        """Whether an answer is being written for the session."""
        seat = self._seats.get(session)
        return seat is not None and not seat.ended

    def stop(self, session: str) -> None:
        """End the session's answer under way, if there is one, and show what was written."""
        if seat := self._seats.get(session):
            seat.stop.set()

    def leave(self, session: str, wanted: Conversation) -> bool:
        """End the session's answer for ``wanted``; False if no answer is on its way and ``wanted`` can be shown now."""
        with self._seating:
            seat = self._seats.get(session)
            if seat is None or seat.over():
                return False
            seat.next = wanted
            seat.stop.set()
            return True

    def turned(self, session: str) -> Conversation | None:
        """The page has shown the session's last answer to its end: what it wants to show now, if anything."""
        with self._seating:
            seat = self._seats.get(session)
            if seat is None or not seat.ended:
                return None
            del self._seats[session]
            return seat.next

    def rename(self, person: str, conversation_id: str, name: str) -> None:
        """Give a kept conversation a name. Raises UsageError."""
        with self._keeping:
            self.history.of(person).rename(conversation_id, name)

    def judge(self, person: str, conversation_id: str, place: int, verdict: str) -> None:
        """Keep the person's verdict on an answer of a kept conversation. Raises UsageError."""
        history = self.history.of(person)
        with self._keeping:
            conversation = history.load(conversation_id)
            if conversation is None or not 0 <= place < len(conversation.exchanges):
                return
            conversation = conversation.judged(place, verdict)
            history.judge(conversation.exchanges[place])
            history.save(conversation)

    def delete(self, person: str, conversation_id: str) -> None:
        """Forget a kept conversation. Raises UsageError."""
        with self._keeping:
            self.history.of(person).delete(conversation_id)

    def filters(self, controls: Sequence[Any]) -> tuple[Filters, int]:
        """What the filter controls hold. Raises UsageError."""
        return filtering.read(controls, today=date.today())

    def _sit(self, session: str) -> Seat | None:
        with self._seating:
            if self.busy(session):
                return None
            self._seats = {name: seat for name, seat in self._seats.items() if not seat.over()}
            seat = self._seats[session] = Seat()
            return seat

    def _begun(self, person: str, conversation: Conversation, question: str) -> Conversation:
        """The conversation as it is kept, and kept with the question: a page that is reloaded finds what it asked."""
        with self._keeping:
            conversation = _amended(conversation, self.history.of(person).load(conversation.id))
            self._keep(person, conversation.ending(Exchange(question, problem=INTERRUPTED)))
        return conversation

    def _finished(self, person: str, conversation: Conversation, exchange: Exchange) -> Conversation:
        with self._keeping:
            kept = self.history.of(person).load(conversation.id)
            conversation = _amended(conversation, kept).ending(exchange)
            if kept is not None:  # else it was deleted meanwhile, or can't be kept at all
                self._keep(person, conversation)
        return conversation

    def _keep(self, person: str, conversation: Conversation) -> None:
        # A full disk must not cost the person the answer on the screen.
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
        except (AssistantError, IngestError) as error:
            yield Progress()  # the question is taken, and leaves the box
            yield Progress(problem=str(error))
            return
        turns = conversation.turns()

        def begin() -> Iterator[Event]:
            # In the stream's own thread: a local model takes long to load, and a stop is heard meanwhile.
            reader = self.readers.assistant(wish.reader)
            return reader.stream(question, history=turns, filters=filters, limit=limit)

        yield from follow(begin, stop)


def _amended(conversation: Conversation, kept: Conversation | None) -> Conversation:
    """``conversation`` with the name and the verdicts that were given to it since it was loaded."""
    if kept is None:
        return conversation
    exchanges = list(conversation.exchanges)
    for place, (mine, theirs) in enumerate(zip(exchanges, kept.exchanges, strict=False)):
        if mine.question == theirs.question:
            exchanges[place] = replace(mine, verdict=theirs.verdict)
    return replace(conversation, name=kept.name, exchanges=tuple(exchanges))
