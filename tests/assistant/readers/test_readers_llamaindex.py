"""llama-index LLMs as readers, and the assistant as llama-index parts, with llama-index's own classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen, LLMMetadata, MessageRole
from llama_index.core.llms import MockLLM
from llama_index.core.llms.callbacks import llm_chat_callback

from assistant.answers import Usage
from assistant.errors import ContextTooLong, ReaderFailed, ReaderUnavailable
from assistant.readers import Message, estimate
from assistant.readers.llamaindex import LlamaIndexModel

ASKED = [Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Ho"), Message("user", "Why?")]


class Chat(MockLLM):
    """A chat model with its replies set: as deltas, as text so far, whole, or an error."""

    mode: str = "deltas"
    error: str = ""
    seen: list[ChatMessage] = []  # noqa: RUF012 - a pydantic field

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=4096, is_chat_model=True, model_name="replies")

    def _response(self, text: str, delta: str | None, **more: Any) -> ChatResponse:
        return ChatResponse(message=ChatMessage(content=text, role=MessageRole.ASSISTANT), delta=delta, **more)

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._response("all at once", None)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        self.seen = list(messages)
        if self.mode == "whole":
            raise NotImplementedError
        if self.mode == "error at once":
            raise RuntimeError(self.error)
        return self._stream()

    def _stream(self) -> ChatResponseGen:
        usage = {"usage": {"prompt_tokens": 7, "completion_tokens": 3}}
        if self.mode == "so far":
            yield self._response("one", None)
            yield self._response("one two", None)
        else:
            yield self._response("one", "one")
            if self.error:
                raise RuntimeError(self.error)
            yield self._response("one two", " two", raw=usage)


def replies(mode: str = "deltas", error: str = "") -> Chat:
    llm = Chat(max_tokens=None)
    llm.mode, llm.error = mode, error
    return llm


def text(model: LlamaIndexModel) -> str:
    return "".join(p for p in model.stream(ASKED, max_tokens=50) if isinstance(p, str))


def test_deltas_come_as_they_are_and_usage_comes_last() -> None:
    llm = replies()
    assert list(LlamaIndexModel(llm).stream(ASKED, max_tokens=50)) == ["one", " two", Usage(7, 3)]
    assert [(m.role.value, m.content) for m in llm.seen] == [(m.role, m.content) for m in ASKED]


def test_text_so_far_is_turned_into_pieces() -> None:
    assert list(LlamaIndexModel(replies("so far")).stream(ASKED, max_tokens=50)) == ["one", " two"]


def test_a_model_that_cant_stream_answers_at_once() -> None:
    assert text(LlamaIndexModel(replies("whole"))) == "all at once"


def test_a_completion_model_takes_part_too() -> None:
    assert "Why?" in text(LlamaIndexModel(MockLLM(max_tokens=None)))


def test_its_name_and_window_are_its_own() -> None:
    model = LlamaIndexModel(replies())
    assert (model.name, model.context_window, model.count(ASKED)) == ("llama-index:replies", 4096, estimate(ASKED))
    assert LlamaIndexModel(MockLLM(max_tokens=None)).name == "llama-index:MockLLM"


@pytest.mark.parametrize(
    ("mode", "error", "kind"),
    [
        pytest.param("error at once", "no sk-abcdef12345 for you", ReaderFailed, id="with-a-key"),
        pytest.param("deltas", "no sk-abcdef12345 for you", ReaderFailed, id="with-a-key-in-mid-answer"),
        pytest.param("error at once", "maximum context length is 4096", ContextTooLong, id="too-long"),
        pytest.param("deltas", "maximum context length is 4096", ContextTooLong, id="too-long-in-mid-answer"),
        pytest.param("error at once", "", ReaderFailed, id="silent"),
    ],
)
def test_its_errors_become_ours(mode: str, error: str, kind: type[Exception]) -> None:
    with pytest.raises(ReaderFailed) as caught:
        text(LlamaIndexModel(replies(mode, error)))
    assert type(caught.value) is kind
    assert "sk-" not in str(caught.value)


def test_anything_else_is_refused_in_one_sentence() -> None:
    with pytest.raises(ReaderUnavailable, match="A dict can't be a reader"):
        LlamaIndexModel({"model": "x"})  # type: ignore[arg-type]


def test_the_retriever_finds_what_search_finds(assistant: Any) -> None:
    nodes = assistant.as_retriever(limit=3).retrieve("knowledge distillation for language models")
    passages = assistant.search("knowledge distillation for language models", limit=3)
    assert [n.node.node_id for n in nodes] == [p.paper.id for p in passages]
    assert [n.node.metadata["title"] for n in nodes] == [p.paper.title for p in passages]
    assert nodes[0].get_content().startswith(passages[0].text)
    assert [n.score for n in nodes] == [p.score for p in passages]


async def test_the_query_engine_answers_as_ask_does(assistant: Any) -> None:
    engine = assistant.as_query_engine()
    question = "What does ATKD improve?"
    answer = assistant.ask(question)
    said = engine.query(question)
    assert str(said) == answer.text
    assert said.metadata is not None
    assert said.metadata["citations"][0]["quote"] == answer.citations[0].quote
    assert [n.node.node_id for n in said.source_nodes] == [p.paper.id for p in answer.passages]
    assert str(await engine.aquery(question)) == answer.text
