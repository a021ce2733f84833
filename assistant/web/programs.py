"""What other programs ask of the served page over HTTP: chat completions, the list of models, and its health.

``POST /v1/chat/completions``, ``GET /v1/models``, ``GET /health``: an ASGI app of its own in front of Gradio's, with
the page's login and bounds. The shapes are those of :mod:`assistant.web.completions`. Knows nothing of Gradio.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError, ReaderError, UsageError
from assistant.web import completions
from assistant.web.completions import MODEL, Completion, fault, model_card
from assistant.web.doors import Door, Lane, Refused
from assistant.web.health import Health
from assistant.web.speaking import Speaker
from assistant.web.streaming import UNFORESEEN
from ingest.errors import IngestError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from assistant.web.readers import Readers

#: Largest body of a request, in bytes.
LARGEST_BODY = 1_000_000
PREFIXES = ("/v1", "/health")


class Programs:
    """ASGI middleware: answers the paths below :data:`PREFIXES` itself and hands all others on."""

    def __init__(self, app: Any, readers: Readers, login: tuple[str, str] | None = None) -> None:
        self.app = app
        self._served = Desk(readers, login).application()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        mine = scope["type"] == "http" and any(path == prefix or path.startswith(f"{prefix}/") for prefix in PREFIXES)
        await (self._served if mine else self.app)(scope, receive, send)


class Desk:
    """Serves the requests. ``login`` is a name and a password: programs send the password as their API key."""

    def __init__(self, readers: Readers, login: tuple[str, str] | None) -> None:
        self._readers = readers
        self._door = Door(login)
        self._lane = Lane()
        self._speaker = Speaker()
        self._health = Health(readers.standard)
        self._since = int(time.time())

    def application(self) -> Any:
        """The ASGI app of all addresses."""
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.routing import Route

        routes = [
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
            Route("/v1/models", self.models),
            Route("/v1/models/{name:path}", self.model),
            Route("/health", self.health),
        ]
        handlers: dict[Any, Any] = {Refused: _refused, HTTPException: _elsewhere}
        return Starlette(routes=routes, exception_handlers=handlers)

    async def complete(self, request: Request) -> Response:
        """A chat completion, whole or streamed."""
        self._door.admit(request)
        try:
            return await self._completed(request)
        except Exception as error:
            raise refusal(error) from error

    async def _completed(self, request: Request) -> Response:
        wanted = completions.read(_parsed(await _body(request)))
        spec = self._spec(wanted.model)
        completion = Completion(wanted.model)
        asked = self._speaker.asked(lambda: self._readers.assistant(spec), wanted, request)
        held = AsyncExitStack()
        # Before anything is sent: that all places are taken is said by the status.
        await held.enter_async_context(self._lane)
        if wanted.stream:
            return _streamed(_lines(asked.pieces(completion)), held)
        async with held:
            return _json(completion.whole(await asked.answer()))

    async def models(self, request: Request) -> Response:
        """The readers that are ready, as models."""
        self._door.admit(request)
        return _json({"object": "list", "data": [model_card(name, self._since) for name in self._specs()]})

    async def model(self, request: Request) -> Response:
        """One of the models."""
        self._door.admit(request)
        name = request.path_params["name"]
        self._spec(name)
        return _json(model_card(name, self._since))

    async def health(self, request: Request) -> Response:
        """200 and what is served, or 503 and a sentence. Behind a login strangers see no more than the status."""
        state = await self._health.look()
        known = self._door.knows(request)
        if state.problem:
            said = {"problem": state.problem} if known else {}
            return _json({"status": "unavailable", **said}, 503)
        told = {"papers": state.papers, "generation": state.generation, "reader": state.reader} if known else {}
        return _json({"status": "ok", **told})

    def _specs(self) -> dict[str, str]:
        """The names of the models and the readers they stand for."""
        ready = [choice.spec for choice in self._readers.choices() if not choice.needs]
        return {MODEL: self._readers.standard.reader_name, **{f"{MODEL}/{spec}": spec for spec in ready}}

    def _spec(self, model: str) -> str:
        specs = self._specs()
        if model not in specs:
            text = f"There is no model '{model[:100]}' that is ready; there are {', '.join(specs)}."
            raise Refused(404, text, "model_not_found")
        return specs[model]


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused(413, f"The request is longer than {LARGEST_BODY:,} bytes; send fewer messages.")
        parts.append(part)
    return b"".join(parts)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError("The body is no JSON that can be read; send an object with messages.") from error


async def _lines(values: AsyncIterator[dict[str, Any] | None]) -> AsyncIterator[str]:
    """Values as events of a stream; None keeps the connection awake."""
    try:
        async for value in values:
            yield f"data: {json.dumps(value)}\n\n" if value is not None else ": still at it\n\n"
    except Exception as error:
        refused = refusal(error)
        yield f"data: {json.dumps(fault(str(refused), refused.status, code=refused.code))}\n\n"
        return
    yield "data: [DONE]\n\n"


def refusal(error: Exception) -> Refused:
    """An error met while answering as a status and one sentence."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, UsageError):
        return Refused(400, str(error))
    if isinstance(error, ReaderError | IngestError):
        return Refused(503, str(error))
    if isinstance(error, AssistantError):
        return Refused(500, str(error))
    logging.getLogger(__name__).error("answering failed", exc_info=error)
    return Refused(500, UNFORESEEN)


def _streamed(lines: AsyncIterator[str], held: AsyncExitStack) -> Response:
    """A response that streams ``lines`` and lets go of ``held`` whatever happens to it."""
    from starlette.responses import StreamingResponse

    class Streamed(StreamingResponse):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async with held:
                await super().__call__(scope, receive, send)

    return Streamed(lines, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


def _json(values: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    from starlette.responses import Response

    return Response(json.dumps(values), status, headers, media_type="application/json")


async def _refused(_request: Request, error: Exception) -> Response:
    refused = refusal(error)
    headers = {"Retry-After": str(Lane.COME_AGAIN)} if refused.status == 429 else None
    return _json(fault(str(refused), refused.status, code=refused.code), refused.status, headers)


async def _elsewhere(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    path = request.url.path[:100]
    text = f"{path} takes no {request.method}." if status == 405 else f"There is no {path} here."
    return _json(fault(f"{text} There are POST /v1/chat/completions and GET /v1/models.", status), status)
