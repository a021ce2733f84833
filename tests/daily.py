"""A server of the Daily Papers API on loopback that plays what a test scripts: real HTTP, real faults."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: What is done with one request; returns nothing and writes the answer itself.
Play = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]


@dataclass
class DailyServer:
    """What the server is to a test: its address, its days' papers, faults to play first, and what it was asked."""

    url: str = ""
    days: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    script: list[Play] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)


def entry(code: str, title: str, abstract: str, day: str, **more: Any) -> dict[str, Any]:
    """An entry as the API has it."""
    paper = {
        "id": code,
        "authors": [{"_id": "a1", "name": "Ada Vale", "hidden": False}, {"_id": "a2", "name": "Max Roe"}],
        "publishedAt": f"{day}T08:00:00.000Z",
        "submittedOnDailyAt": f"{day}T23:30:00.000Z",
        "title": title,
        "summary": abstract,
        "upvotes": 12,
        "ai_keywords": ["tides"],
    }
    return {
        "paper": paper | more,
        "publishedAt": f"{day}T04:00:00.000Z",
        "title": title,
        "summary": abstract,
        "thumbnail": "https://example.org/t.png",
        "numComments": 2,
        "submittedBy": {"name": "somebody"},
    }


def answers(status: int, body: bytes = b"", **headers: str) -> Play:
    def play(handler: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return play


def cuts(body: bytes = b'[{"paper": {"id": "2502.0') -> Play:
    """Promises more than it sends, then drops the connection."""

    def play(handler: BaseHTTPRequestHandler, _: dict[str, str]) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(10 * len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return play


def hangs(seconds: float) -> Play:
    return lambda handler, _: time.sleep(seconds)


@contextmanager
def daily_server() -> Iterator[DailyServer]:
    """The server on a free port of loopback, until the block ends."""
    state = DailyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            state.asked.append(asked)
            if state.script:
                state.script.pop(0)(self, asked)
            elif address.path != "/api/daily_papers":
                answers(404)(self, asked)
            else:
                papers = state.days.get(asked["date"], [])
                first = int(asked["p"]) * int(asked["limit"])
                body = json.dumps(papers[first : first + int(asked["limit"])]).encode()
                answers(200, body, Content_Type="application/json")(self, asked)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
