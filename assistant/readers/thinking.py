"""Drops what a reasoning model thinks aloud before it answers: ``<think> … </think>`` at the start of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assistant.answers import Usage

_OPENINGS = ("<think>", "<thinking>", "<reasoning>", "<|begin_of_thought|>")
_CLOSING = re.compile(r"</think>|</thinking>|</reasoning>|<\|end_of_thought\|>")
#: Longest closing tag, held back while its end is still to come.
_HELD = len("<|end_of_thought|>") - 1


def without_thinking(pieces: Iterable[str | Usage]) -> Iterator[str | Usage]:
    """``pieces`` without a leading stretch of thought. Thought that never ends leaves nothing."""
    buffer, state = "", "opening"
    for piece in pieces:
        if isinstance(piece, Usage) or state == "answer":
            yield piece
            continue
        buffer += piece
        if state == "opening":
            state = _state(buffer)
        if state == "thought":
            if found := _CLOSING.search(buffer):
                buffer, state = buffer[found.end() :], "answer"
            else:
                buffer = buffer[-_HELD:]
        if state == "answer" and buffer:
            yield buffer
            buffer = ""
    if state == "opening" and buffer:
        yield buffer


def _state(text: str) -> str:
    begun = text.lstrip()
    if any(begun.startswith(opening) for opening in _OPENINGS):
        return "thought"
    return "opening" if any(opening.startswith(begun) for opening in _OPENINGS) else "answer"
