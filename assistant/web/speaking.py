"""An answer for a program: asked in a thread, whole or in pieces, given up when the program has gone away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.answers import Answer, Event
from assistant.errors import AssistantError
from assistant.export import harmless
from assistant.web import journal
from assistant.web.completions import Completion, Wanted, remainder
from assistant.web.doors import Lane
from assistant.web.streaming import Progress, follow

if TYPE_CHECKING:
    from anyio import CapacityLimiter
    from starlette.requests import Request

    from assistant.assistant import Assistant

#: Seconds between two looks at whether the program is still there, and between two signs of life to it.
LOOK_EVERY, SIGN_EVERY = 0.5, 10.0
Result = TypeVar("Result")


class Speaker:
    """Holds the threads in which answers are made."""

    def __init__(self) -> None:
        import anyio

        self._threads = anyio.CapacityLimiter(Lane.AT_ONCE)

    def asked(self, assistant: Callable[[], Assistant], wanted: Wanted, request: Request) -> Spoken:
        """What ``wanted`` asks of the assistant, which may take long to make."""

        def begin() -> Iterator[Event]:
            return assistant().stream(
                wanted.question, history=wanted.history, filters=wanted.filters, limit=wanted.limit
            )

        return Spoken(begin, wanted, request, self._threads)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One question of a program, not yet answered."""

    begin: Callable[[], Iterator[Event]]
    wanted: Wanted
    request: Request
    threads: CapacityLimiter

    async def answer(self) -> Answer:
        """The answer at once. Raises what answering raises, and AssistantError where the program went away."""
        stop = threading.Event()
        working = asyncio.ensure_future(self._threaded(lambda: _last(self.begin(), stop)))
        try:
            async for _ in self._waiting(working, stop):
                pass
            answer = working.result()
        except Exception as error:
            journal.failed("completions", self.wanted.question, error)
            raise
        if answer is None:
            journal.failed("completions", self.wanted.question, None)
            raise AssistantError("The question was given up, since nobody waits for its answer.")
        journal.answered("completions", answer)
        return answer

    async def pieces(self, completion: Completion) -> AsyncIterator[dict[str, Any] | None]:
        """The answer as values of a stream; None is a sign of life. Raises as :meth:`answer`."""
        stop = threading.Event()
        steps = follow(self.begin, stop)
        sent, progress = "", Progress()
        yield completion.piece(role="assistant", content="")
        try:
            while not progress.done:
                working = asyncio.ensure_future(self._threaded(lambda: next(steps)))
                async for _ in self._waiting(working, stop):
                    yield None
                progress = working.result()
                said = harmless(progress.text)
                if not progress.done and len(said) > len(sent):
                    yield completion.piece(content=said[len(sent) :])
                    sent = said
        finally:
            stop.set()
            if progress.answer is None:
                journal.failed("completions", self.wanted.question, progress.cause)
        if progress.answer is None:
            raise progress.cause or AssistantError(progress.problem)
        journal.answered("completions", progress.answer)
        yield completion.piece(content=remainder(progress.answer, sent))
        for value in completion.ending(progress.answer, with_usage=self.wanted.usage):
            yield value

    async def _threaded(self, work: Callable[[], Result]) -> Result:
        from anyio import to_thread

        return await to_thread.run_sync(work, limiter=self.threads)

    async def _waiting(self, working: asyncio.Future[Any], stop: threading.Event) -> AsyncIterator[None]:
        """Yields now and then until ``working`` is done; sets ``stop`` once the program has gone away."""
        signed = time.monotonic()
        try:
            while not working.done():
                await asyncio.wait({working}, timeout=LOOK_EVERY)
                if not working.done() and await self.request.is_disconnected():
                    stop.set()
                if not working.done() and time.monotonic() - signed > SIGN_EVERY:
                    signed = time.monotonic()
                    yield None
        finally:
            if not working.done():
                stop.set()


def _last(events: Iterator[Event], stop: threading.Event) -> Answer | None:
    """The answer at the end of ``events``; None where ``stop`` was set before."""
    for event in events:
        if isinstance(event, Answer):
            return event
        if stop.is_set():
            close = getattr(events, "close", None)
            if close is not None:
                close()
            return None
    raise AssistantError("The reader ended without an answer; ask again.")
