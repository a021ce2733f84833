"""Forgets programs that have their answer. Knows which of Gradio's books they stand in, and nothing else of the page.

A program that asks by plain HTTP, without a session, is a visitor of its own to Gradio: a queue for its answer is kept
for the last two thousand of them, and its number for ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr

_FETCHED = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/(\w+)")


class Forgetting:
    """ASGI middleware: once ``GET /gradio_api/call/NAME/EVENT`` has handed out an answer, its event is forgotten."""

    def __init__(self, app: Any, ui: gr.Blocks) -> None:
        self.app = app
        self._ui = ui

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        fetched = _FETCHED.fullmatch(scope.get("path", "")) if scope.get("method") == "GET" else None
        try:
            await self.app(scope, receive, send)
        finally:
            if fetched:
                self._forget(fetched[1])

    def _forget(self, event: str) -> None:
        queue = self._ui._queue  # Gradio has no public way to it
        # The session of a program that names none is its event; the set is empty once the answer has been sent.
        if not queue.pending_event_ids_session.get(event, {event}):
            queue.pending_event_ids_session.pop(event, None)
            queue.pending_messages_per_session.pop(event, None)
