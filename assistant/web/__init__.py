"""The chat page: ``build_ui(assistant)`` makes it, ``launch`` serves it. It shows what the assistant decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant
    from assistant.web.serving import Service

__all__ = ["build_ui", "launch"]


def build_ui(assistant: Assistant) -> gr.Blocks:
    """The page as Gradio Blocks, not served yet."""
    from assistant.web.page import build

    return build(assistant)


def launch(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int | None = 7860,
    open_browser: bool = False,
    login: tuple[str, str] | None = None,
    mcp: bool = False,
    block: bool = True,
) -> Service:
    """Serve the page until Ctrl-C (``block``), or return once it is up.

    ``port`` None takes the first free one from 7860 on.
    ``login`` asks for a name and a password; ``mcp`` serves the named endpoints as MCP tools too. Raises UsageError
    where the address can't be listened on, or the ``mcp`` package is missing.
    """
    from assistant.web.serving import Options, serve

    return serve(assistant, Options(host, port, open_browser, login, mcp), block=block)
