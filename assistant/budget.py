"""Messages that fit a model's context window: the question whole, passages whole or not at all, old turns first to go.

Knows no prompt: whoever asks says how messages are made of passages and turns.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answers import Passage, Turn
from assistant.errors import ContextTooLong
from assistant.readers import ChatModel, Message

#: Part of the window that the answer may take where the window is small, and that the conversation may take.
ANSWER_PART, HISTORY_PART = 3, 5

Assemble = Callable[[Sequence[Passage], Sequence[Turn]], tuple[tuple[Message, ...], str]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Messages ready to send, what they hold and what they leave out, and how long the answer may be, in tokens."""

    messages: tuple[Message, ...]
    fingerprint: str
    passages: tuple[Passage, ...]
    omitted: tuple[Passage, ...]
    tokens: int
    max_tokens: int


def fit(
    model: ChatModel,
    assemble: Assemble,
    passages: Sequence[Passage],
    history: Sequence[Turn],
    max_tokens: int,
) -> Fitted:
    """As many passages as fit, best first, after the latest turns of the conversation.

    Raises ContextTooLong where not even one passage fits beside the question.
    """
    answer = min(max_tokens, model.context_window // ANSWER_PART)
    room = model.context_window - answer
    turns = recent(model, history, model.context_window // HISTORY_PART)
    kept = _most(model, assemble, passages, turns, room)
    if not kept and turns:
        turns = ()
        kept = _most(model, assemble, passages, turns, room)
    if not kept and passages:
        raise ContextTooLong(
            f"The question and one abstract don't fit the {model.context_window} tokens that {model.name} takes; "
            "ask a shorter question, or choose a model with a larger context window."
        )
    messages, fingerprint = assemble(passages[:kept], turns)
    tokens = model.count(messages)
    return Fitted(messages, fingerprint, tuple(passages[:kept]), tuple(passages[kept:]), tokens, answer)


def recent(model: ChatModel, history: Sequence[Turn], room: int) -> tuple[Turn, ...]:
    """The latest turns that take at most ``room`` tokens, beginning with one of the person's."""
    kept = list(history)
    while kept and (kept[0].role != "user" or model.count([Message(t.role, t.text) for t in kept]) > room):
        kept.pop(0)
    return tuple(kept)


def _most(model: ChatModel, assemble: Assemble, passages: Sequence[Passage], turns: Sequence[Turn], room: int) -> int:
    """The largest number of leading passages that fit; more passages never take fewer tokens."""
    return bisect_right(range(1, len(passages) + 1), room, key=lambda n: model.count(assemble(passages[:n], turns)[0]))
