"""What happens when a person does something in the chat: values in, what to show out.

Each handler takes the visitor first; none knows Gradio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from assistant.history import Conversation
from assistant.web import turns
from assistant.web.events import Visitor
from assistant.web.talking import Frame, Talk, Wish


@dataclass(frozen=True, slots=True)
class Shown:
    """What changes on the page; None leaves a part as it is. ``answering`` swaps the send and the stop button."""

    transcript: str | None = None
    live: str | None = None
    shelf: str | None = None
    conversation: Conversation | None = None
    answering: bool | None = None


class Dialogue:
    """The chat's handlers. ``welcome`` makes the page before the first question."""

    def __init__(self, talk: Talk, welcome: Callable[[], str]) -> None:
        self.talk = talk
        self.welcome = welcome

    def answer(
        self, visitor: Visitor, question: str, conversation: Conversation | None, reader: str, *controls: Any
    ) -> Iterator[Shown]:
        """Ask ``question`` at the end of the conversation."""
        if not (question or "").strip():
            yield Shown(answering=False)
            return
        current = conversation or Conversation()
        first = True
        for frame in self.talk.ask(visitor.session, visitor.name, current, Wish(question, controls, reader)):
            yield self._finished(visitor, frame) if frame.done else _under_way(frame, first=first)
            first = False

    def ask(self, visitor: Visitor, *rest: Any) -> Iterator[Shown]:
        """Ask the question that the script told."""
        yield from self.answer(visitor, visitor.text("text"), *rest)

    def resend(self, visitor: Visitor, conversation: Conversation | None, *rest: Any) -> Iterator[Shown]:
        """Ask an earlier question again, edited or not; what came after it is dropped."""
        place = visitor.number("turn")
        current = conversation or Conversation()
        before = current.until(place) if place >= 0 else current
        yield from self.answer(visitor, visitor.text("text"), before, *rest)

    def open(self, visitor: Visitor) -> Shown:
        """Open a kept conversation, or a new one where none is told or kept."""
        self.talk.leave(visitor.session)
        wanted = visitor.text("id")
        found = self.talk.history.of(visitor.name).load(wanted) if wanted else None
        return self._page(visitor, found or Conversation())

    def rename(self, visitor: Visitor, conversation: Conversation | None) -> Shown:
        """Give a kept conversation the name that the script told."""
        changed = self.talk.history.of(visitor.name).rename(visitor.text("id"), visitor.text("name"))
        current = conversation or Conversation()
        if changed is not None and changed.id == current.id:
            current = changed
        return Shown(shelf=self.shelf(visitor.name, current.id), conversation=current)

    def delete(self, visitor: Visitor, conversation: Conversation | None) -> Shown:
        """Forget a kept conversation; if it is the open one, begin a new one."""
        wanted = visitor.text("id")
        self.talk.history.of(visitor.name).delete(wanted)
        current = conversation or Conversation()
        if current.id == wanted:
            self.talk.leave(visitor.session)
            return self._page(visitor, Conversation())
        return Shown(shelf=self.shelf(visitor.name, current.id))

    def judge(self, visitor: Visitor, conversation: Conversation | None) -> Shown:
        """Keep the person's verdict on an answer."""
        place = visitor.number("turn")
        if conversation is None or not 0 <= place < len(conversation.exchanges):
            return Shown()
        verdict = visitor.text("verdict")
        conversation = conversation.judged(place, verdict if verdict in ("up", "down") else "")
        self.talk.history.of(visitor.name).judge(conversation.exchanges[place])
        self.talk.keep(visitor.name, conversation)
        return Shown(transcript=turns.transcript(conversation), conversation=conversation)

    def shelf(self, person: str, current: str) -> str:
        """The kept conversations as a list of buttons, the open one marked."""
        rows = "".join(
            _row(entry.id, escape(entry.title), is_open=entry.id == current)
            for entry in self.talk.history.of(person).entries()
        )
        listed = f'<ul class="conversations">{rows}</ul>' if rows else '<p class="hint">They are kept here.</p>'
        return (
            '<nav aria-label="Conversations"><button type="button" class="new" data-act="new">New conversation</button>'
            f"{listed}</nav>"
        )

    def _page(self, visitor: Visitor, conversation: Conversation) -> Shown:
        greeting = "" if conversation.exchanges else self.welcome()
        return Shown(
            transcript=turns.transcript(conversation, welcome=greeting),
            live="",
            shelf=self.shelf(visitor.name, conversation.id),
            conversation=conversation,
            answering=False,
        )

    def _finished(self, visitor: Visitor, frame: Frame) -> Shown:
        done = frame.conversation
        return Shown(turns.transcript(done), "", self.shelf(visitor.name, done.id), done, answering=False)


def _under_way(frame: Frame, *, first: bool) -> Shown:
    live = turns.live(frame.question, frame.progress.text, frame.progress.stage)
    if first:
        return Shown(transcript=turns.transcript(frame.conversation), live=live, answering=True)
    return Shown(live=live)


def _row(identifier: str, title: str, *, is_open: bool) -> str:
    named = f'<button type="button" class="name" data-act="open" data-value="{identifier}"'
    return (
        f'<li{" class=current" if is_open else ""} data-id="{identifier}">'
        f"{named}{' aria-current=true' if is_open else ''}>{title}</button>"
        f'<button type="button" data-act="rename" data-value="{identifier}" aria-label="Rename {title}">Rename</button>'
        f'<button type="button" data-act="delete" data-value="{identifier}" aria-label="Delete {title}">Delete</button>'
        "</li>"
    )
