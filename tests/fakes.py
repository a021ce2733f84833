"""Real implementations of the seams, for tests: a chat model that says what a test scripts."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from assistant.answers import Usage
from assistant.errors import ReaderError
from assistant.readers import Message, estimate

Reply = str | Sequence[str] | ReaderError


class ScriptedModel:
    """A ChatModel with a queue of replies and a memory of what it was asked.

    A reply is a text, a text in pieces, or an error; an error after pieces is raised in mid-answer.
    """

    def __init__(
        self, *replies: Reply, window: int = 8_192, name: str = "scripted", usage: Usage | None = None
    ) -> None:
        self.name = name
        self.context_window = window
        self.usage = usage
        self.asked: list[tuple[Message, ...]] = []
        self.max_tokens: list[int] = []
        self.closed = False
        self._replies = list(replies)

    def count(self, messages: Sequence[Message]) -> int:
        return estimate(messages)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[str | Usage, None, None]:
        self.asked.append(tuple(messages))
        self.max_tokens.append(max_tokens)
        reply = self._replies.pop(0)
        try:
            for piece in (reply,) if isinstance(reply, (str, ReaderError)) else reply:
                if isinstance(piece, ReaderError):
                    raise piece
                yield piece
            if self.usage:
                yield self.usage
        finally:
            self.closed = True
