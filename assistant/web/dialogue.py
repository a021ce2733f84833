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
        self,
        visitor: Visitor,
        question: str,
        shown: str,
        conversation: Conversation | None,
        reader: str,
        *controls: Any,
    ) -> Iterator[Shown]:
        """Ask ``question`` at the end of the conversation, if it is the one ``shown`` when it was asked.

        A question may wait for its turn; where the person has turned to another conversation meanwhile, it is dropped.
        """
        if not (question or "").strip():
            yield Shown(answering=False)
            return
        current = conversation or self._kept(visitor, shown)
        if conversation is not None and current.id != shown:
            yield Shown()
            return
        first = True
        for frame in self.talk.ask(visitor.session, visitor.name, current, Wish(question, controls, reader)):
            yield self._finished(visitor, frame) if frame.done else _under_way(frame, first=first)
            first = False
        yield Shown()  # Gradio sends the last of a stream twice; where nothing came before it, it would send nothings

    def ask(self, visitor: Visitor, *rest: Any) -> Iterator[Shown]:
        """Ask the question that the script told."""
        yield from self.answer(visitor, visitor.text("text"), *rest)

    def resend(self, visitor: Visitor, shown: str, conversation: Conversation | None, *rest: Any) -> Iterator[Shown]:
        """Ask an earlier question again, edited or not; what came after it is dropped."""
        place = visitor.number("turn")
        current = conversation or self._kept(visitor, shown)
        before = current.until(place) if place >= 0 else current
        yield from self.answer(visitor, visitor.text("text"), shown, before, *rest)

    def open(self, visitor: Visitor) -> Shown:
        """Open a kept conversation, or a new one where none is told or kept."""
        wanted = visitor.text("id")
        found = self.talk.history.of(visitor.name).load(wanted) if wanted else None
        return self._turn(visitor, found or Conversation())

    def turned(self, visitor: Visitor) -> Shown:
        """The browser has shown an answer to its end: show what the person wanted to see instead, if anything."""
        wanted = self.talk.turned(visitor.session)
        return self._page(visitor, wanted) if wanted else Shown()

    def rename(self, visitor: Visitor, conversation: Conversation | None) -> Shown:
        """Give a kept conversation the name that the script told."""
        self.talk.rename(visitor.name, visitor.text("id"), visitor.text("name"))
        return Shown(shelf=self.shelf(visitor.name, conversation.id if conversation else ""))

    def delete(self, visitor: Visitor, conversation: Conversation | None) -> Shown:
        """Forget a kept conversation; if it is the open one, begin a new one."""
        wanted = visitor.text("id")
        self.talk.delete(visitor.name, wanted)
        current = conversation.id if conversation else ""
        if current == wanted:
            return self._turn(visitor, Conversation())
        return Shown(shelf=self.shelf(visitor.name, current))

    def judge(self, visitor: Visitor, conversation: Conversation | None) -> Shown:
        """Keep the person's verdict on an answer; the script shows it."""
        verdict = visitor.text("verdict")
        if conversation is not None:
            given = verdict if verdict in ("up", "down") else ""
            self.talk.judge(visitor.name, conversation.id, visitor.number("turn"), given)
        return Shown()

    def shelf(self, person: str, current: str) -> str:
        """The kept conversations as a list of buttons, the open one marked."""
        rows = "".join(
            _row(entry.id, escape(entry.title), is_open=entry.id == current)
            for entry in self.talk.history.of(person).entries()
        )
        listed = (
            f'<ul class="conversations">{rows}</ul>' if rows else '<p class="hint">Conversations are kept here.</p>'
        )
        return (
            '<nav aria-label="Conversations"><button type="button" class="new" data-act="new">New conversation</button>'
            f"{listed}</nav>"
        )

    def _kept(self, visitor: Visitor, shown: str) -> Conversation:
        """The conversation that the browser shows, which a server that was started anew has forgotten."""
        return self.talk.history.of(visitor.name).load(shown) or Conversation()

    def _turn(self, visitor: Visitor, wanted: Conversation) -> Shown:
        """Show ``wanted``: now, or after the last piece of the answer that is on its way to the page."""
        return Shown() if self.talk.leave(visitor.session, wanted) else self._page(visitor, wanted)

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
