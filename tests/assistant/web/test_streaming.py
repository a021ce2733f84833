"""A stream becomes progress that a page can show, stops when told, and never shows a traceback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from assistant.answers import Answer, Delta, Event, Stage
from assistant.errors import ReaderFailed
from assistant.web.streaming import INTERVAL, UNFORESEEN, follow


def _stream(*events: Event | Exception) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Exception):
            raise event
        yield event


def test_pieces_are_gathered_and_the_answer_comes_last() -> None:
    answer = Answer("q", "a b", True, 0.9)
    seen = list(follow(lambda: _stream(Stage("reading"), Delta("a "), Delta("b"), answer), threading.Event()))
    assert seen[-1].answer == answer
    assert seen[-1].text == "a b"
    assert [progress.done for progress in seen] == [False] * (len(seen) - 1) + [True]


def test_an_answer_that_is_ready_is_not_kept_back() -> None:
    answer = Answer("q", "a b", True, 0.9)
    began = time.monotonic()
    for _ in range(20):
        assert list(follow(lambda: _stream(Delta("a "), answer), threading.Event()))[-1].answer == answer
    assert time.monotonic() - began < 10 * INTERVAL


def test_a_foreseen_failure_is_its_own_sentence() -> None:
    seen = list(follow(lambda: _stream(Delta("half"), ReaderFailed("The server went away.")), threading.Event()))
    assert (seen[-1].text, seen[-1].problem) == ("half", "The server went away.")


def test_an_unforeseen_failure_says_so_without_a_traceback() -> None:
    seen = list(follow(lambda: _stream(ZeroDivisionError("division by zero")), threading.Event()))
    assert seen[-1].problem == UNFORESEEN


def test_a_stream_that_just_ends_is_a_failure() -> None:
    assert "ended without an answer" in list(follow(lambda: _stream(Delta("x")), threading.Event()))[-1].problem


def test_stopping_is_heard_while_the_reader_is_silent() -> None:
    release, stop = threading.Event(), threading.Event()

    def silent() -> Iterator[Event]:
        yield Delta("so far")
        release.wait(20)
        yield Delta("never shown")

    progress = follow(silent, stop)
    while next(progress).text != "so far":
        pass
    began = time.monotonic()
    stop.set()
    last = list(progress)[-1]
    assert time.monotonic() - began < 2
    assert (last.text, last.problem) == ("so far", "Stopped.")
    release.set()


def test_a_page_that_goes_away_closes_the_stream() -> None:
    closed = threading.Event()

    def endless() -> Iterator[Event]:
        try:
            while True:
                yield Delta("x")
                time.sleep(0.01)
        finally:
            closed.set()

    progress = follow(endless, threading.Event())
    next(progress)
    progress.close()
    assert closed.wait(5)
