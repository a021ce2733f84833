"""Lines of JSON say what the server did, and no line says what a person asked unless that is wanted."""

from __future__ import annotations

import json
import logging

import pytest

from assistant.answers import Answer
from assistant.web import journal
from assistant.web.journal import Journal, JsonLines

SECRET = "is my unpublished idea any good?"
ANSWER = Answer(SECRET, "No.", True, 0.75, seconds={"total": 0.0214})


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="assistant")
    return caplog


def _read(caplog: pytest.LogCaptureFixture, *, verbose: bool = False) -> list[dict[str, object]]:
    return [json.loads(JsonLines(verbose=verbose).format(record)) for record in caplog.records]


def test_an_answer_is_a_line_without_its_question(lines: pytest.LogCaptureFixture) -> None:
    journal.answered("page", ANSWER)
    (line,) = _read(lines)
    assert (line["event"], line["via"], line["reader"], line["answered"]) == ("answer", "page", "builtin", True)
    assert (line["confidence"], line["seconds"], line["characters"]) == (0.75, 0.0214, len(SECRET))
    assert SECRET not in json.dumps(line)
    assert SECRET not in lines.records[0].getMessage()
    assert _read(lines, verbose=True)[0]["question"] == SECRET


def test_a_failure_says_of_what_kind_and_no_more(lines: pytest.LogCaptureFixture) -> None:
    journal.failed("api", SECRET, ValueError(SECRET))
    journal.failed("page", SECRET, None)
    first, second = _read(lines)
    assert (first["event"], first["error"], second["error"]) == ("failure", "ValueError", "stopped")
    assert SECRET not in json.dumps([first, second])


def test_an_unforeseen_error_is_one_line_whose_text_only_verbose_shows(lines: pytest.LogCaptureFixture) -> None:
    try:
        raise ZeroDivisionError(SECRET)
    except ZeroDivisionError:
        logging.getLogger("assistant.web.streaming").exception("answering failed")
    (line,) = _read(lines)
    assert (line["event"], line["error"]) == ("log", "ZeroDivisionError")
    assert str(line["at_line"]).startswith("test_journal.py:")
    assert SECRET not in json.dumps(line)
    assert SECRET in str(_read(lines, verbose=True)[0]["traceback"])


async def _request(path: str, query: bytes = b"") -> None:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]

    async def send(message: object) -> None: ...

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query}
    await Journal(app)(scope, None, send)  # type: ignore[arg-type]


async def test_a_request_is_a_line_without_its_query_string(lines: pytest.LogCaptureFixture) -> None:
    await _request("/v1/models", b"key=hunter2")
    (line,) = _read(lines)
    assert (line["method"], line["path"], line["status"]) == ("GET", "/v1/models", 204)
    assert "hunter2" not in json.dumps(line)


async def test_the_parts_of_a_page_are_no_lines(lines: pytest.LogCaptureFixture) -> None:
    await _request("/assets/index.js")
    assert lines.records == []


async def test_a_request_that_fails_is_noted_as_such(lines: pytest.LogCaptureFixture) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError(SECRET)

    with pytest.raises(RuntimeError):
        await Journal(broken)({"type": "http", "method": "GET", "path": "/"}, None, None)  # type: ignore[arg-type]
    assert _read(lines)[0]["status"] == 500
