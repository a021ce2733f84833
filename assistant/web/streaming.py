"""Between the assistant's stream and a page that must stay awake: pieces gathered, a stop that is heard.

The stream runs in a thread of its own, since a model may be silent for seconds; the page looks in several times
a second. Knows no HTML.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace

from assistant.answers import Answer, Delta, Event, Stage
from assistant.errors import AssistantError
from ingest.errors import IngestError

#: How often the page is told of news, in seconds: smooth to the eye, light on the wire.
INTERVAL = 0.06
#: What a person reads when something failed that nobody foresaw; the log has the rest.
UNFORESEEN = "Something went wrong while answering. Ask again; the log of this page says more."


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an answer is: the stage, the text so far, and at the end the answer or the problem with its cause."""

    stage: str = "searching"
    text: str = ""
    answer: Answer | None = None
    problem: str = ""
    cause: Exception | None = None

    @property
    def done(self) -> bool:
        return self.answer is not None or bool(self.problem)


def follow(begin: Callable[[], Iterator[Event]], stop: threading.Event) -> Generator[Progress, None, None]:
    """The progress of ``begin()``, gathered over :data:`INTERVAL`; the last one is done.

    Setting ``stop`` ends it within :data:`INTERVAL` with what was written so far; the stream itself is closed at its
    next event.
    """
    events: queue.SimpleQueue[Event | Exception] = queue.SimpleQueue()
    ended = threading.Event()
    threading.Thread(target=_drain, args=(begin, events, stop, ended), daemon=True).start()
    progress = Progress()
    try:
        yield progress
        while not progress.done:
            # An answer that is ready is not kept back: most take less than an interval.
            ended.wait(INTERVAL)
            if stop.is_set():
                progress = replace(progress, problem="Stopped.")
            else:
                fresh = _gather(events, progress)
                if fresh == progress:
                    continue
                progress = fresh
            yield progress
    finally:
        stop.set()  # a page that was closed stops the model too


def _drain(
    begin: Callable[[], Iterator[Event]],
    events: queue.SimpleQueue[Event | Exception],
    stop: threading.Event,
    ended: threading.Event,
) -> None:
    try:
        stream = begin()
        for event in stream:
            events.put(event)
            if stop.is_set():
                close = getattr(stream, "close", None)
                if close is not None:
                    close()
                return
    except Exception as error:
        events.put(error)
    else:
        events.put(AssistantError("The reader ended without an answer; ask again."))
    finally:
        ended.set()


def _gather(events: queue.SimpleQueue[Event | Exception], progress: Progress) -> Progress:
    while not progress.done:
        try:
            event = events.get_nowait()
        except queue.Empty:
            break
        progress = _after(progress, event)
    return progress


def _after(progress: Progress, event: Event | Exception) -> Progress:
    match event:
        case Stage(name):
            return replace(progress, stage=name)
        case Delta(text):
            return replace(progress, text=progress.text + text)
        case Answer():
            return replace(progress, answer=event)
        case AssistantError() | IngestError():
            return replace(progress, problem=str(event), cause=event)
        case _:
            import logging

            logging.getLogger(__name__).error("answering failed", exc_info=event)
            return replace(progress, problem=UNFORESEEN, cause=event)
