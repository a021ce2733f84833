# The annotations of event handlers must be the real classes: Gradio looks at them. Hence no postponed evaluation.
"""Between Gradio's events and handlers that know no Gradio: who asks, what the script told, errors as sentences."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import AssistantError
from ingest.errors import IngestError

#: Events of the page are no endpoints for programs, and show no spinner of Gradio's.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sent an event: the session of one open page, the login name (or nothing), and what the script told."""

    session: str = ""
    name: str = ""
    told: dict[str, Any] = field(default_factory=dict[str, Any])

    def text(self, key: str) -> str:
        """A text that the script told, or nothing; the script may have sent anything."""
        value = self.told.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """A whole number that the script told, or -1."""
        value = self.told.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else -1


def heard(handler: Callable[..., Any]) -> Callable[..., Any]:
    """``handler(visitor, *inputs)`` as a handler of an event that the page's script sends."""
    import gradio as gr

    def listening(event: gr.EventData, request: gr.Request, *inputs: Any) -> Any:
        return handler(_visitor(event, request), *inputs)

    return plainly(listening)


def heard_stream(handler: Callable[..., Iterator[Any]]) -> Callable[..., Any]:
    """As :func:`heard`, for a handler that yields."""
    import gradio as gr

    def listening(event: gr.EventData, request: gr.Request, *inputs: Any) -> Iterator[Any]:
        yield from handler(_visitor(event, request), *inputs)

    return listening


def plainly(handler: Callable[..., Any]) -> Callable[..., Any]:
    """``handler``, whose foreseen errors a person reads as one sentence."""
    import gradio as gr

    @functools.wraps(handler)
    def guarded(*arguments: Any) -> Any:
        try:
            return handler(*arguments)
        except (AssistantError, IngestError) as error:
            raise gr.Error(str(error), print_exception=False) from error

    return guarded


def _visitor(event: Any, request: Any) -> Visitor:
    data = getattr(event, "_data", None)
    return Visitor(str(request.session_hash), request.username or "", data if isinstance(data, dict) else {})
