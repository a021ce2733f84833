"""Who writes the answer. The built-in reader picks sentences; the others are chat models behind one Protocol.

A chat model knows no prompt's wording, no passage and no citation: messages in, pieces of text out.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.answers import Usage
from assistant.errors import UsageError

#: Bytes of UTF-8 counted as a token where there is no tokenizer: English has above four, Chinese about three.
BYTES_PER_TOKEN = 3
#: Tokens that a message takes beside its text.
MESSAGE_TOKENS = 5


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, as every chat model takes it."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(Protocol):
    """A model that writes. ``name`` is what the answer says of it: ``hf:ORG/MODEL``, ``openai:MODEL``."""

    @property
    def name(self) -> str: ...

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer may fill together."""
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens that the messages take in this model's own format; an estimate that errs high where it can't tell."""
        ...

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[str | Usage, None, None]:
        """The answer piece by piece, and last, where it is known, the usage. Closing the iterator stops the model.

        Raises ReaderUnavailable before the first piece, or ReaderFailed at any time.
        """
        ...


def estimate(messages: Sequence[Message]) -> int:
    """Tokens of the messages where there is no tokenizer to ask; errs high by a third on English."""
    return sum(MESSAGE_TOKENS + len(m.content.encode("utf-8", "replace")) // BYTES_PER_TOKEN for m in messages)


def options(spec: str, known: Collection[str]) -> tuple[str, dict[str, str]]:
    """A model's name and the options after it: ``NAME?context=4096&device=cpu``.

    Raises UsageError for an empty name, an option that isn't among ``known`` or one without a value.
    """
    name, _, rest = spec.strip().partition("?")
    if not name:
        raise UsageError("The reader has no model's name; write it like hf:ORG/MODEL or openai:MODEL.")
    chosen: dict[str, str] = {}
    for part in filter(None, rest.split("&")):
        key, _, value = part.partition("=")
        if key not in known or not value:
            raise UsageError(f"'{part}' is no option of the reader '{name}'; it takes {', '.join(sorted(known))}.")
        chosen[key] = value
    return name, chosen


def window(chosen: str) -> int:
    """The option ``context`` as a number of tokens. Raises UsageError where it isn't a sensible one."""
    if not chosen.isdecimal() or not 512 <= int(chosen) <= 10_000_000:
        raise UsageError(f"The context of a model is a number of tokens from 512 up, not '{chosen}'.")
    return int(chosen)
