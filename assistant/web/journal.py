"""What the served page did, one record a request and one an answer; as lines of JSON where they are asked for.

::

    {"at": "2026-01-05T09:30:00.125+00:00", "level": "info", "event": "request", "method": "POST",
     "path": "/v1/chat/completions", "status": 200, "seconds": 0.031}
    {"at": "2026-01-05T09:30:00.124+00:00", "level": "info", "event": "answer", "via": "completions",
     "reader": "builtin", "answered": true, "confidence": 0.98, "citations": 2, "characters": 31, "seconds": 0.021}

No line holds a question, an answer, a query string, a header or what an error says, unless ``verbose`` asks for it.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from assistant.answers import Answer

_log = logging.getLogger(__name__)
#: Requests that make up a page or keep it awake: nobody looks for them.
QUIET = (
    "/assets/",
    "/favicon",
    "/gradio_api/heartbeat",
    "/gradio_api/queue/data",
    "/gradio_api/startup-events",
    "/static/",
    "/svelte/",
    "/theme.css",
)
#: Attributes of a record that only ``verbose`` prints.
_TELLING = "question"


def as_json_lines(*, verbose: bool = False) -> None:
    """From now on everything that is logged goes to stderr as lines of JSON; called by a roof, once."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(verbose=verbose))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("assistant").setLevel(logging.INFO)


def answered(via: str, answer: Answer) -> None:
    """Note an answer; ``via`` says where it was asked for: ``page``, ``api`` or ``completions``."""
    values = {
        "reader": answer.reader,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "citations": len(answer.citations),
        "characters": len(answer.question),
        "seconds": round(answer.seconds.get("total", 0.0), 4),
    }
    _note("answer", {"via": via, **values}, answer.question)


def failed(via: str, question: str, error: BaseException | None) -> None:
    """Note a question that got no answer: an error, or nothing where the person stopped it."""
    why = type(error).__name__ if error else "stopped"
    _note("failure", {"via": via, "error": why, "characters": len(question)}, question)


def _note(event: str, values: dict[str, Any], question: str = "") -> None:
    if _log.isEnabledFor(logging.INFO):
        said = " ".join(f"{name}={value}" for name, value in values.items())
        _log.info("%s %s", event, said, extra={"event": event, "values": values, _TELLING: question})


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, *, verbose: bool = False) -> None:
        super().__init__()
        self.verbose = verbose

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"at": at, "level": record.levelname.lower()}
        if event := getattr(record, "event", ""):
            line |= {"event": event, **getattr(record, "values", {})}
            if self.verbose and getattr(record, _TELLING, ""):
                line[_TELLING] = getattr(record, _TELLING)
        else:
            line |= {"event": "log", "logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            line |= self._explained(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def _explained(self, error: BaseException) -> dict[str, str]:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename.replace(chr(92), '/').rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
        said = {"error": type(error).__name__, "at_line": place}
        return said | {"traceback": "".join(traceback.format_exception(error))} if self.verbose else said


class Journal:
    """ASGI middleware that notes every request once its response has been sent."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http" or not _log.isEnabledFor(logging.INFO) or scope["path"].startswith(QUIET):
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            values = {"method": scope["method"], "path": scope["path"][:200], "status": status}
            _note("request", {**values, "seconds": round(time.perf_counter() - began, 4)})
