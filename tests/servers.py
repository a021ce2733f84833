"""A server of Chat Completions on loopback that plays what a test scripts: real HTTP, real faults.

Each request takes the next play of the script; the last one is repeated. Requests are kept for looking at.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

Play = Callable[[dict[str, Any]], Response]


@dataclass
class Seen:
    """One request as it arrived."""

    body: dict[str, Any]
    authorization: str


@dataclass
class FaultServer:
    """What the running server is to a test: its address, its script and what it has seen."""

    url: str = ""
    script: list[Play] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def plays(self, *script: Play) -> None:
        self.script[:] = script
        self.seen.clear()
        self.sent.clear()

    def next(self) -> Play:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def _chunk(**choice: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": None, "delta": {}} | choice],
    }


def _event(data: object) -> str:
    return f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def says(*pieces: str, delay: float = 0.0, finish: str | None = "stop", prompt_tokens: int = 1000) -> Play:
    """Streams ``pieces``; usage follows where the request asks for it."""

    def play(body: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            for piece in pieces:
                await asyncio.sleep(delay)
                yield _event(_chunk(delta={"content": piece}))
            if finish:
                yield _event(_chunk(finish_reason=finish))
            if (body.get("stream_options") or {}).get("include_usage"):
                yield _event(_chunk() | {"choices": [], "usage": _usage(prompt_tokens, len(pieces))})
            yield _event("[DONE]")

        return StreamingResponse(events(), media_type="text/event-stream")

    return play


def fails(status: int, message: str = "no", *, headers: dict[str, str] | None = None, **error: Any) -> Play:
    """Answers ``status`` with an error body in OpenAI's form."""
    return lambda body: JSONResponse({"error": {"message": message, **error}}, status, headers)


def refuses(parameter: str) -> Play:
    """Streams an answer, but only to requests without ``parameter``."""

    def play(body: dict[str, Any]) -> Response:
        if parameter in body:
            return fails(400, f"Unsupported parameter: '{parameter}' is not supported with this model.")(body)
        return says("fine")(body)

    return play


def hangs(seconds: float) -> Play:
    """Sends nothing for ``seconds``."""

    def play(body: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            await asyncio.sleep(seconds)
            yield _event("[DONE]")

        return StreamingResponse(events(), media_type="text/event-stream")

    return play


def stalls(piece: str, seconds: float) -> Play:
    """Sends one piece, then nothing for ``seconds``."""

    def play(body: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            yield _event(_chunk(delta={"content": piece}))
            await asyncio.sleep(seconds)

        return StreamingResponse(events(), media_type="text/event-stream")

    return play


def cuts(*pieces: str) -> Play:
    """Sends ``pieces``, then drops the connection in mid-stream."""

    def play(body: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            for piece in pieces:
                yield _event(_chunk(delta={"content": piece}))
            await asyncio.sleep(0.01)
            raise ConnectionResetError("dropped by the script")

        return StreamingResponse(events(), media_type="text/event-stream")

    return play


def streams_raw(*events: str, media_type: str = "text/event-stream") -> Play:
    """Sends ``events`` as they are."""
    return lambda body: StreamingResponse(iter(events), media_type=media_type)


def streams_for_ever(server: FaultServer, piece: str, delay: float = 0.0) -> Play:
    """Repeats ``piece`` until the client goes away; what was sent is kept in ``server.sent``."""

    def play(body: dict[str, Any]) -> Response:
        async def events() -> AsyncIterator[str]:
            while True:
                server.sent.append(piece)
                yield _event(_chunk(delta={"content": piece}))
                await asyncio.sleep(delay)

        return StreamingResponse(events(), media_type="text/event-stream")

    return play


def error_in_stream(message: str, *pieces: str) -> Play:
    """Sends ``pieces``, then an error as an event of the stream."""
    events = [_event(_chunk(delta={"content": piece})) for piece in pieces]
    return streams_raw(*events, _event({"error": {"message": message}}))


def whole(text: str) -> Play:
    """Answers at once, as a server does that doesn't stream."""
    message = {"role": "assistant", "content": text}
    completion = {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": _usage(10, 2),
    }
    return lambda body: JSONResponse(completion)


def page(body: dict[str, Any]) -> Response:
    """A web page, as a wrong address gives."""
    return HTMLResponse("<!doctype html><title>Hello</title>")


def json_error_with_200(body: dict[str, Any]) -> Response:
    return JSONResponse({"error": {"message": "model is still loading"}})


def _app(server: FaultServer) -> FastAPI:
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def completions(request: Request) -> Response:
        body = await request.json()
        server.seen.append(Seen(body, request.headers.get("authorization", "")))
        return server.next()(body)

    return app


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """The server, running on a free port of loopback until the block ends."""
    server = FaultServer()
    config = uvicorn.Config(_app(server), host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        running.should_exit = True
        thread.join(timeout=10)


def split_everywhere(text: str) -> Sequence[str]:
    """``text`` one character at a time: the worst that a tokenizer can do to a mark."""
    return tuple(text)
