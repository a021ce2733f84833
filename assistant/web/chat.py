# The annotations of event handlers must be the real classes: Gradio looks at them. Hence no postponed evaluation.
"""The chat as Gradio sees it: transcript, composer, side panel, list of conversations, and who handles which event."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assistant.history import Conversation
from assistant.web import filtering, turns
from assistant.web.dialogue import Dialogue, Shown
from assistant.web.events import PRIVATE, Visitor, heard, heard_stream
from assistant.web.readers import Readers

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: Questions answered at once; more wait in the queue.
AT_ONCE = 4
#: Longest question taken in the box, in characters.
LONGEST_QUESTION = 10_000
PANEL = (
    '<aside class="panel" aria-label="Source" hidden><button type="button" class="close" data-act="close" '
    'aria-label="Close the source">Close</button><div class="content"></div></aside>'
)


@dataclass(frozen=True)
class Chat:
    """The components that other parts of the page speak to."""

    transcript: Any
    live: Any
    box: Any
    shelf: Any
    conversation: Any
    shown: Any
    controls: filtering.Controls
    reader: Any

    def refresh_after(self, event: Any, assistant: "Assistant") -> None:
        """Offer the organisations and pages that the library has after ``event``."""
        import gradio as gr

        def now() -> list[Any]:
            return [gr.Dropdown(choices=choices) for choices in filtering.choices(assistant)]

        event.then(now, None, [self.controls.organization, self.controls.page], **PRIVATE)


def build(assistant: "Assistant", dialogue: Dialogue) -> Chat:
    """Lay out the chat where the caller stands, and wire it."""
    import gradio as gr

    conversation = gr.State(None)
    # The id of the conversation that the browser shows: it travels with a question, where a State stays behind.
    shown = gr.Textbox(visible=False)
    with gr.Row(elem_id="chat", equal_height=False):
        with gr.Column(elem_id="side", min_width=0):
            shelf = gr.HTML(value=dialogue.shelf("", ""), elem_id="shelf", apply_default_css=False)
        with gr.Column(elem_id="talk", min_width=0):
            transcript = gr.HTML(
                value=turns.transcript(Conversation(id=""), welcome=dialogue.welcome()),
                js_on_load=(files("assistant.web") / "page.js").read_text(encoding="utf-8"),
                elem_id="transcript",
                apply_default_css=False,
            )
            live = gr.HTML(value="", elem_id="live", apply_default_css=False)
            with gr.Column(elem_id="composer", min_width=0):
                box = _box()
                with gr.Accordion("Filters and reader", open=False, elem_id="filters") as accordion:
                    controls = filtering.build(assistant)
                    reader = _reader_control(dialogue.talk.readers)
        with gr.Column(elem_id="panel", min_width=0):
            gr.HTML(value=PANEL, apply_default_css=False)
    chat = Chat(transcript, live, box, shelf, conversation, shown, controls, reader)
    _wire(dialogue, chat)
    _wire_label(dialogue.talk.readers, chat, accordion)
    return chat


def _box() -> Any:
    import gradio as gr

    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask about the papers",
        lines=1,
        max_lines=8,
        max_length=LONGEST_QUESTION,
        submit_btn=True,
        autofocus=True,
        elem_id="box",
    )


def _reader_control(readers: Readers) -> Any:
    import gradio as gr

    choices = readers.choices()
    reader = gr.Radio(
        [(choice.label, choice.spec) for choice in choices], value=readers.standard.reader_name, label="Who reads"
    )
    waiting = [choice for choice in choices if choice.needs]
    if waiting:
        rows = "".join(f"<li><b>{escape(c.label)}</b> isn't ready; {escape(c.needs)}</li>" for c in waiting)
        gr.HTML(f'<ul class="needs">{rows}</ul>', apply_default_css=False)
    return reader


def _wire(dialogue: Dialogue, chat: Chat) -> None:
    import gradio as gr

    shown = [chat.transcript, chat.live, chat.box, chat.shelf, chat.conversation, chat.shown]
    asking = [chat.shown, chat.conversation, chat.reader, *chat.controls.inputs()]

    def typed(question: str, request: gr.Request, *rest: Any) -> Iterator[dict[Any, Any]]:
        visitor = Visitor(str(request.session_hash), request.username or "")
        for news in dialogue.answer(visitor, question, *rest):
            yield _updates(chat, news, typed=True)

    def asked(visitor: Visitor, *rest: Any) -> Iterator[dict[Any, Any]]:
        return (_updates(chat, news) for news in dialogue.ask(visitor, *rest))

    def resent(visitor: Visitor, *rest: Any) -> Iterator[dict[Any, Any]]:
        return (_updates(chat, news) for news in dialogue.resend(visitor, *rest))

    def stopped(request: gr.Request) -> None:
        dialogue.talk.stop(str(request.session_hash))

    def turned(request: gr.Request) -> dict[Any, Any]:
        return _updates(chat, dialogue.turned(Visitor(str(request.session_hash), request.username or "")))

    queued: dict[str, Any] = {**PRIVATE, "concurrency_limit": AT_ONCE, "concurrency_id": "answering"}
    for answered in (
        chat.box.submit(typed, [chat.box, *asking], shown, **queued),
        chat.transcript.ask(heard_stream(asked), asking, shown, **queued),
        chat.transcript.resend(heard_stream(resent), asking, shown, **queued),
    ):
        # The browser begins this once it has shown every piece of the answer, and not before.
        answered.then(turned, None, shown, **PRIVATE)
    chat.box.stop(stopped, None, None, queue=False, **PRIVATE)
    for event, handler, inputs in (
        (chat.transcript.open, dialogue.open, None),
        (chat.transcript.rename, dialogue.rename, [chat.conversation]),
        (chat.transcript.delete, dialogue.delete, [chat.conversation]),
        (chat.transcript.judge, dialogue.judge, [chat.conversation]),
    ):
        event(_once(chat, handler), inputs, shown, **PRIVATE)


def _once(chat: Chat, handler: Any) -> Any:
    def handled(visitor: Visitor, *inputs: Any) -> dict[Any, Any]:
        return _updates(chat, handler(visitor, *inputs))

    return heard(handled)


def _updates(chat: Chat, news: Shown, *, typed: bool = False) -> dict[Any, Any]:
    """``news`` as Gradio takes it; a question that was ``typed`` leaves the box when its answer begins."""
    import gradio as gr

    parts = {
        chat.transcript: news.transcript,
        chat.live: news.live,
        chat.shelf: news.shelf,
        chat.conversation: news.conversation,
    }
    changed: dict[Any, Any] = {component: value for component, value in parts.items() if value is not None}
    if news.conversation is not None:
        changed[chat.shown] = news.conversation.id
    if news.answering is not None:
        changed[chat.box] = gr.update(submit_btn=not news.answering, stop_btn=news.answering)
        if typed and news.answering:
            changed[chat.box]["value"] = ""
    return changed or {chat.live: gr.skip()}


def _wire_label(readers: Readers, chat: Chat, accordion: Any) -> None:
    import gradio as gr

    def labelled(reader: str, *controls: Any) -> Any:
        other = reader if reader != readers.standard.reader_name else ""
        said = ", ".join(filter(None, (filtering.described(controls), other)))
        return gr.Accordion(label=f"Filters and reader: {said}" if said else "Filters and reader")

    inputs = [chat.reader, *chat.controls.inputs()]
    gr.on([component.change for component in inputs], labelled, inputs, [accordion], **PRIVATE)
