"""Messages in a local model's own format: its tokenizer's chat template, or plain text where it has none.

Templates differ in what they refuse: a system's message, two messages of one role in a row. Knows no model.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any

from assistant.readers import Message

#: Where a model without a chat template would begin to ask itself the next question.
STOPS = ("\nUser:", "\nSystem:")


def encode(tokenizer: Any, messages: Sequence[Message]) -> dict[str, list[int]]:
    """Token ids and attention mask of the messages, in the model's own format."""
    if is_plain(tokenizer):
        return _encoded(tokenizer(_plain_text(messages)))
    chat = [{"role": m.role, "content": m.content} for m in _alternating(messages)]
    try:
        text = _templated(tokenizer, chat)
    except Exception:  # jinja2's errors: a template may refuse the system's role
        text = _templated(tokenizer, _without_system(chat))
    return _encoded(tokenizer(text, add_special_tokens=False))


def _templated(tokenizer: Any, chat: list[dict[str, str]]) -> str:
    # templates that know no "enable_thinking" ignore it
    return tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True, enable_thinking=False)


def _encoded(batch: Any) -> dict[str, list[int]]:
    return {name: list(batch[name]) for name in ("input_ids", "attention_mask")}


def is_plain(tokenizer: Any) -> bool:
    """Whether the tokenizer has no chat template."""
    return not getattr(tokenizer, "chat_template", None)


def _plain_text(messages: Sequence[Message]) -> str:
    told = [m.content if m.role == "system" else f"{m.role.title()}: {m.content}" for m in messages]
    return "\n\n".join([*told, "Assistant:"])


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """Neighbours of one role made one message, as many templates demand."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            message = Message(message.role, f"{merged.pop().content}\n\n{message.content}")
        merged.append(message)
    return merged


def _without_system(chat: list[dict[str, str]]) -> list[dict[str, str]]:
    """The system's message put at the head of the person's first."""
    if len(chat) < 2 or chat[0]["role"] != "system":
        return chat
    first, second, *rest = chat
    return [{"role": second["role"], "content": f"{first['content']}\n\n{second['content']}"}, *rest]


def until_stops(pieces: Iterable[str]) -> Generator[str, None, None]:
    """Text up to the first stop, holding back what may be the beginning of one."""
    held = ""
    for piece in pieces:
        held += piece
        if any(stop in held for stop in STOPS):
            yield held[: min(held.find(stop) for stop in STOPS if stop in held)]
            return
        safe = held.rfind("\n") if "\n" in held[-max(map(len, STOPS)) :] else len(held)
        if safe:
            yield held[:safe]
        held = held[safe:]
    if held:
        yield held
