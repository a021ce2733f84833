"""Forgets who has gone. Knows which of Gradio's books they stand in, and nothing else of the page.

A program that asks by plain HTTP, without a session, is a visitor of its own to Gradio: a queue for its answer is kept
for the last two thousand of them, and its number for ever. Of every visitor, program or page, the state of all
controls is kept, some 0.1 MB, until a hundred others have come.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gradio as gr

_FETCHED = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/(\w+)")
_STAYED = re.compile(r"/gradio_api/heartbeat/([\w-]+)")


class Forgetting:
    """ASGI middleware: forgets who has fetched an answer, and who has gone and had nothing kept.

    ``GET /gradio_api/call/NAME/EVENT`` hands out an answer; ``GET /gradio_api/heartbeat/SESSION`` lasts as long as a
    visitor stays.
    """

    def __init__(self, app: Any, ui: gr.Blocks) -> None:
        self.app = app
        self._ui = ui

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        reading, path = scope.get("method") == "GET", scope.get("path", "")
        gone = (_FETCHED.fullmatch(path) or _STAYED.fullmatch(path)) if reading else None
        try:
            await self.app(scope, receive, send)
        finally:
            if gone:
                self._forget(gone[1])

    def _forget(self, session: str) -> None:
        """Forget a session that waits for nothing; that of a program that names none has the event's name."""
        queue, held = self._ui._queue, self._ui.state_holder  # Gradio has no public way to the queue
        # The set is empty once the answer has been sent.
        if not queue.pending_event_ids_session.get(session, {session}):
            queue.pending_event_ids_session.pop(session, None)
            queue.pending_messages_per_session.pop(session, None)
            if session in held.session_data and not self._kept(held.session_data[session]):
                held.session_data.pop(session)
                held.time_last_used.pop(session, None)

    def _kept(self, state: Any) -> bool:
        """Whether the session has a conversation, or controls that were changed for it."""
        plain = self._ui.default_config.blocks
        changed = (block is not plain.get(key) for key, block in state.blocks_config.blocks.items())
        return any(changed) or any(value is not None for value in state.state_data.values())
