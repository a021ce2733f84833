"""The page as a whole: header, tabs, and the endpoints for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.answers import Answer
from assistant.errors import AssistantError
from assistant.history import History
from assistant.settings import data_home
from assistant.web.dialogue import Dialogue
from assistant.web.examples import example_questions
from assistant.web.readers import Readers
from assistant.web.silence import silence
from assistant.web.talking import Talk
from assistant.web.turns import welcome
from ingest.errors import IngestError

if TYPE_CHECKING:
    import gradio as gr

    from assistant.assistant import Assistant

#: Seconds after which Gradio's own copies of uploaded files are removed, and how often it looks.
UPLOADS_KEPT, LOOK_EVERY = 3600, 600


def build(assistant: Assistant, readers: Readers | None = None) -> gr.Blocks:
    """All of the page; see :func:`assistant.web.build_ui`. ``readers`` are shared with whoever else answers."""
    silence()
    import gradio as gr

    from assistant.web import atlas, chat, endpoints, shelves

    talk = Talk(readers or Readers(assistant), History(data_home() / "conversations"))
    questions = examples_of(assistant)
    dialogue = Dialogue(talk, lambda: welcome(assistant.library.count(), questions()))
    with gr.Blocks(
        title="Paper Assistant", analytics_enabled=False, fill_width=True, delete_cache=(LOOK_EVERY, UPLOADS_KEPT)
    ) as ui:
        gr.HTML(header(), elem_id="header", apply_default_css=False)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat"):
                talking = chat.build(assistant, dialogue)
            with gr.Tab("Library"):
                added = shelves.build(assistant, talking.transcript)
                talking.refresh_after(added.changed, assistant)
            with gr.Tab("Map") as tab:
                atlas.build(assistant, tab, talking.transcript, talking.conversation)
        endpoints.build(assistant)
    return ui


def header() -> str:
    """Name and the two buttons that belong to the whole page."""
    return (
        '<header><button type="button" class="listing" data-act="list" aria-label="Show conversations">'
        "<span></span><span></span><span></span></button>"
        '<h1 class="brand">Paper Assistant</h1>'
        '<button type="button" class="shade" data-act="shade" aria-label="Light or dark" title="Light or dark">'
        '<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><circle cx="10" cy="10" r="7" fill="none" '
        'stroke="currentColor" stroke-width="1.6"/><path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor"/></svg>'
        "</button></header>"
    )


def examples_of(assistant: Assistant) -> Callable[[], tuple[str, ...]]:
    """Example questions, made anew when the library has changed."""
    made: dict[int, tuple[str, ...]] = {}

    def questions() -> tuple[str, ...]:
        generation = assistant.library.generation
        if generation not in made:
            made.clear()
            made[generation] = example_questions(assistant.papers(), answered)
        return made[generation]

    def answered(question: str) -> bool:
        try:
            *_, answer = assistant.with_reader("builtin").stream(question)
        except (AssistantError, IngestError):
            return False
        return isinstance(answer, Answer) and answer.answered

    return questions
