"""A llama-index agent that asks this library: its own agent loop, a model behind Chat Completions on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse
from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, LLMMetadata
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools import QueryEngineTool, RetrieverTool
from openai import AsyncOpenAI

from tests.servers import FaultServer, fault_server

QUESTION = "What does ATKD improve?"


class Remote(FunctionCallingLLM):
    """A model that calls functions, spoken to with the openai SDK."""

    url: str

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=8192, is_chat_model=True, is_function_calling_model=True, model_name="m")

    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        wire: list[Any] = [
            {"role": m.role.value, "content": m.content or ""}
            | {k: v for k, v in m.additional_kwargs.items() if k in ("tool_calls", "tool_call_id")}
            for m in messages
        ]
        async with AsyncOpenAI(base_url=self.url, api_key="none") as client:
            done = await client.chat.completions.create(model="m", messages=wire, tools=kwargs["tools"])
        said = done.choices[0].message
        calls = [call.model_dump() for call in said.tool_calls or []]
        more = {"tool_calls": calls} if calls else {}
        return ChatResponse(message=ChatMessage(role="assistant", content=said.content, additional_kwargs=more))

    def _prepare_chat_with_tools(
        self, tools: Sequence[Any], user_msg: Any = None, chat_history: Any = None, *_: Any, **__: Any
    ) -> dict[str, Any]:
        return {"messages": chat_history or [], "tools": [tool.metadata.to_openai_tool() for tool in tools]}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **_: Any
    ) -> list[ToolSelection]:
        return [
            ToolSelection(
                tool_id=call["id"],
                tool_name=call["function"]["name"],
                tool_kwargs=json.loads(call["function"]["arguments"]),
            )
            for call in response.message.additional_kwargs.get("tool_calls", [])
        ]

    def chat(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("the agent is asynchronous")

    stream_chat = complete = stream_complete = acomplete = astream_chat = astream_complete = chat


def _completion(message: dict[str, Any], finish: str) -> Response:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}
    return JSONResponse(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]},
    )


def _calls(body: dict[str, Any]) -> Response:
    """Calls the tool that it was offered with the question that it was asked."""
    function = body["tools"][0]["function"]
    arguments = json.dumps({"input": body["messages"][-1]["content"]})
    call = {"id": "call-1", "type": "function", "function": {"name": function["name"], "arguments": arguments}}
    return _completion({"content": None, "tool_calls": [call]}, "tool_calls")


def _repeats(body: dict[str, Any]) -> Response:
    """Says what the tool said."""
    tool = next(m for m in reversed(body["messages"]) if m["role"] == "tool")
    assert tool["tool_call_id"] == "call-1"
    return _completion({"content": f"The library says: {tool['content']}"}, "stop")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.plays(_calls, _repeats)
        yield running


def _agent(tool: Any, server: FaultServer) -> FunctionAgent:
    return FunctionAgent(tools=[tool], llm=Remote(url=server.url), streaming=False)


async def test_an_agent_answers_with_what_the_query_engine_answered(assistant: Any, server: FaultServer) -> None:
    answer = assistant.ask(QUESTION)
    engine = assistant.as_query_engine()
    tool = QueryEngineTool.from_defaults(engine, name="papers", description="Answers questions about papers.")
    run = _agent(tool, server).run(user_msg=QUESTION)
    results = [event async for event in run.stream_events() if isinstance(event, ToolCallResult)]
    assert str(await run) == f"The library says: {answer.text}"
    assert [r.tool_output.content for r in results] == [answer.text]
    cited = results[0].tool_output.raw_output.metadata["citations"]
    assert cited[0]["quote"] == answer.citations[0].quote
    assert server.seen[0].body["tools"][0]["function"]["name"] == "papers"


async def test_an_agent_reads_what_the_retriever_found(assistant: Any, server: FaultServer) -> None:
    tool = RetrieverTool.from_defaults(assistant.as_retriever(limit=2), name="find", description="Finds papers.")
    run = _agent(tool, server).run(user_msg=QUESTION)
    results = [event async for event in run.stream_events() if isinstance(event, ToolCallResult)]
    said = str(await run)
    passages = assistant.search(QUESTION, limit=2)
    assert [node.node.node_id for node in results[0].tool_output.raw_output] == [p.paper.id for p in passages]
    assert all(passage.text in said for passage in passages)
