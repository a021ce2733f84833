"""Any llama-index LLM as a chat model: what a program that already has one passes to ``Assistant.open(reader=…)``.

Knows no prompt's wording and no passage.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from assistant.answers import Usage
from assistant.errors import ContextTooLong, ReaderFailed, ReaderUnavailable
from assistant.readers import Message, estimate
from assistant.readers.refusals import about_context, without_secrets

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

#: Names under which integrations report the tokens read and written.
_READ = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_WRITTEN = ("completion_tokens", "output_tokens", "eval_count")


class LlamaIndexModel:
    """A llama-index LLM behind our Protocol; how long it writes is the LLM's own setting.

    Raises ReaderUnavailable for an object that isn't one.
    """

    def __init__(self, llm: LLM) -> None:
        if not all(hasattr(llm, name) for name in ("stream_chat", "chat", "metadata")):
            raise ReaderUnavailable(
                f"A {type(llm).__name__} can't be a reader; pass a name such as 'openai:MODEL', or a llama-index LLM."
            )
        self._llm = llm

    def __repr__(self) -> str:
        return f"LlamaIndexModel({self.name!r})"

    @property
    def name(self) -> str:
        said = str(self._llm.metadata.model_name)
        return f"llama-index:{said if said and said != 'unknown' else type(self._llm).__name__}"

    @property
    def context_window(self) -> int:
        """What the LLM's own metadata say."""
        return int(self._llm.metadata.context_window)

    def count(self, messages: Sequence[Message]) -> int:
        """An estimate that errs high: llama-index's tokenizer is a global setting, and another model's."""
        return estimate(messages)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[str | Usage, None, None]:
        """The answer as the LLM streams it, or whole where it can't stream.

        Raises ContextTooLong or ReaderFailed for whatever the integration raises.
        """
        try:
            yield from self._pieces(messages)
        except GeneratorExit:
            raise
        except Exception as error:  # every integration has errors of its own
            if about_context(error):
                raise ContextTooLong(f"Question and passages are too long for {self.name}.") from None
            said = without_secrets(str(error)) or type(error).__name__
            raise ReaderFailed(f"{self.name} failed: {said}") from None

    def _pieces(self, messages: Sequence[Message]) -> Generator[str | Usage, None, None]:
        from llama_index.core.llms import ChatMessage, MessageRole

        chat = [ChatMessage(content=m.content, role=MessageRole(m.role)) for m in messages]
        written, last = "", None
        for last in self._responses(chat):
            # some integrations send only the text so far, without saying what is new in it
            whole = last.message.content or ""
            piece = last.delta if last.delta is not None else whole[len(written) :]
            written += piece
            if piece:
                yield piece
        if usage := _usage(last):
            yield usage

    def _responses(self, chat: list[Any]) -> Any:
        try:
            return self._llm.stream_chat(chat)
        except NotImplementedError:
            return iter([self._llm.chat(chat)])


def _usage(response: Any) -> Usage | None:
    """Tokens from wherever an integration puts them."""
    raw = getattr(response, "raw", None)
    held = raw.get("usage", raw) if isinstance(raw, dict) else getattr(raw, "usage", None)
    for place in (getattr(response, "additional_kwargs", None), held):
        read, wrote = _first(place, _READ), _first(place, _WRITTEN)
        if read is not None and wrote is not None:
            return Usage(read, wrote)
    return None


def _first(place: Any, names: Sequence[str]) -> int | None:
    for name in names:
        value = place.get(name) if isinstance(place, dict) else getattr(place, name, None)
        if isinstance(value, int):
            return value
    return None
