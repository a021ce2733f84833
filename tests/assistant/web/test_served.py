"""The served app as chat programs use it: the openai SDK, plain HTTP, bounds, and a health that is never held up."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

from assistant.web import launch
from assistant.web.completions import CHECKED, SOURCES
from assistant.web.doors import Lane
from tests.assistant.web.conftest import written_by
from tests.servers import FaultServer, cuts, fault_server, says, stalls, streams_for_ever

ASKED: Any = [{"role": "user", "content": "What does AMPO do?"}]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture(scope="module")
def address(bundled_library: Path) -> Iterator[str]:
    from assistant import Assistant

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        service = launch(assistant, port=None, block=False)
        yield service.url
        service.close()


@pytest.fixture(scope="module")
def written(server: FaultServer, bundled_library: Path) -> Iterator[str]:
    """The address of a page whose reader is a model behind ``server``."""
    with written_by(server, bundled_library) as address:
        yield address


def sdk(address: str, key: str = "none") -> OpenAI:
    return OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=60)


def eventually(condition: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def test_the_sdk_gets_an_answer_with_its_sources_and_citations(address: str) -> None:
    completion = sdk(address).chat.completions.create(model="paper-assistant", messages=ASKED)
    said = completion.choices[0].message
    assert completion.choices[0].finish_reason == "stop"
    assert "[1]" in (said.content or "")
    sources = (said.content or "").partition(SOURCES)[2]
    assert re.search(r"^- \[1\] \[.*\]\(https://\S+\)", sources, re.MULTILINE)
    cited = (said.model_extra or {})["citations"][0]
    assert cited["quote"]
    assert cited["url"] in sources
    assert (completion.model_extra or {})["paper_assistant"]["answered"] is True


def test_a_conversation_of_the_sdk_is_followed_up_under_the_same_number(address: str) -> None:
    client = sdk(address)
    first = client.chat.completions.create(model="paper-assistant", messages=ASKED).choices[0].message
    told = [
        *ASKED,
        {"role": "assistant", "content": first.content},
        {"role": "user", "content": "How much does it gain on out-of-distribution tasks?"},
    ]
    second = client.chat.completions.create(model="paper-assistant", messages=told).choices[0].message
    assert "12.2%" in (second.content or "")
    numbers = [{(c["number"], c["title"]) for c in (said.model_extra or {})["citations"]} for said in (first, second)]
    assert numbers[0] & numbers[1]


def test_the_sdk_streams_the_same_answer(address: str) -> None:
    client = sdk(address)
    whole = client.chat.completions.create(model="paper-assistant", messages=ASKED).choices[0].message.content
    usage: Any = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="paper-assistant", messages=ASKED, stream=True, stream_options=usage)
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert (chunks[-2].choices[0].delta.model_extra or {})["citations"]


def test_a_refusal_is_an_answer(address: str) -> None:
    asked: Any = [{"role": "user", "content": "Who won the 2022 World Cup?"}]
    completion = sdk(address).chat.completions.create(model="paper-assistant", messages=asked)
    assert (completion.model_extra or {})["paper_assistant"]["answered"] is False
    assert (completion.choices[0].message.content or "").startswith("The abstracts don't say.")


def test_the_ready_readers_are_the_models(address: str) -> None:
    client = sdk(address)
    assert [model.id for model in client.models.list()] == ["paper-assistant", "paper-assistant/builtin"]
    assert client.models.retrieve("paper-assistant/builtin").owned_by == "paper-assistant"
    for strange in ("gpt-4o", "paper-assistant/hf:../../etc", "paper-assistant/openai:gpt-5"):
        with pytest.raises(openai.NotFoundError, match="no model"):
            client.chat.completions.create(model=strange, messages=ASKED)


def test_filters_and_a_limit_reach_the_search(address: str) -> None:
    asked: Any = [{"role": "user", "content": "Which papers are about reinforcement learning?"}]
    extra = {"filters": {"since": "2025-11"}, "limit": 5}
    completion = sdk(address).chat.completions.create(model="paper-assistant", messages=asked, extra_body=extra)
    dates = [cited["listed"] for cited in (completion.choices[0].message.model_extra or {})["citations"]]
    assert dates
    assert all(day >= "2025-11-01" for day in dates)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "no JSON"),
        (b"{", 400, "no JSON"),
        (b"[" * 100_000, 400, "no JSON"),
        (b"[]", 400, "JSON object"),
        (b'{"messages": []}', 400, "messages"),
        (b'{"messages": [{"role": "user", "content": "  "}]}', 400, "empty"),
        (b'{"messages": [{"role": "user", "content": "x"}], "limit": 0}', 400, "between 1 and 100"),
        (b'{"messages": [{"role": "user", "content": "%s"}]}' % (b"x" * 20_000), 400, "characters long"),
        (b'{"messages": [{"role": "user", "content": "%s"}]}' % (b"x" * 1_100_000), 413, "1,000,000 bytes"),
    ],
    ids=["nothing", "half", "deep", "list", "no messages", "blank", "limit", "long", "too large"],
)
def test_a_mistake_is_an_error_of_the_known_shape_in_one_sentence(
    address: str, body: bytes, status: int, said: str
) -> None:
    response = httpx.post(f"{address}/v1/chat/completions", content=body)
    assert response.status_code == status
    error = response.json()["error"]
    assert said in error["message"]
    assert error["type"] == "invalid_request_error"
    assert "\n" not in error["message"]
    assert "Traceback" not in response.text


def test_what_is_not_served_is_said(address: str) -> None:
    assert httpx.get(f"{address}/v1/embeddings").json()["error"]["message"].startswith("There is no /v1/embeddings")
    assert httpx.get(f"{address}/v1/chat/completions").status_code == 405


def test_a_page_of_another_site_may_not_ask(address: str) -> None:
    strange = {"Origin": "https://evil.example"}
    asked = {"messages": ASKED}
    refused = httpx.post(f"{address}/v1/chat/completions", json=asked, headers=strange)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin_not_allowed")
    assert httpx.post(f"{address}/v1/chat/completions", json=asked, headers={"Origin": address}).status_code == 200
    assert "access-control-allow-origin" not in refused.headers


def test_a_model_streams_through_and_ends_with_its_sources(written: str, server: FaultServer) -> None:
    pieces = re.findall(r"\S+ ?", "AMPO is a framework that adaptively leverages guidance [1].")
    server.plays(says(*pieces, delay=0.08))
    chunks = [
        (time.monotonic(), chunk.choices[0].delta.content or "")
        for chunk in sdk(written).chat.completions.create(model="paper-assistant", messages=ASKED, stream=True)
    ]
    spoken = [(at, text) for at, text in chunks if text]
    assert len(spoken) > 3
    assert spoken[-1][0] - spoken[0][0] > 0.2
    assert SOURCES in spoken[-1][1]


def test_a_model_that_breaks_off_is_stood_in_for_and_the_text_says_so(written: str, server: FaultServer) -> None:
    server.plays(cuts("Lamps are "))
    stream = sdk(written).chat.completions.create(model="paper-assistant", messages=ASKED, stream=True)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert "built-in reader answered" in text
    assert ("Lamps are" in text) == (CHECKED in text)


def test_a_program_that_goes_away_stops_the_model_and_leaves_its_place(written: str, server: FaultServer) -> None:
    server.plays(streams_for_ever(server, "lamps ", delay=0.05))
    client = sdk(written)
    for _ in range(Lane.AT_ONCE):
        stream = client.chat.completions.create(model="paper-assistant", messages=ASKED, stream=True)
        next(iter(stream))
        stream.close()

    def silent() -> bool:
        sent = len(server.sent)
        time.sleep(0.4)
        return len(server.sent) == sent

    eventually(silent)
    server.plays(says("AMPO is a framework [1]."))
    completion = client.chat.completions.create(model="paper-assistant", messages=ASKED)
    assert "framework" in (completion.choices[0].message.content or "")


def test_a_full_house_turns_away_and_health_is_never_held_up(
    written: str, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lane, "WAITING", 1)
    server.plays(stalls("AMPO ", 3.0))
    client = sdk(written)
    outcomes: list[str] = []

    def ask() -> None:
        try:
            client.chat.completions.create(model="paper-assistant", messages=ASKED)
            outcomes.append("answered")
        except openai.RateLimitError as error:
            outcomes.append(str(error.response.headers["retry-after"]))

    threads = [threading.Thread(target=ask) for _ in range(Lane.AT_ONCE + 2)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(server.seen) == Lane.AT_ONCE and outcomes)
    began = time.monotonic()
    assert httpx.get(f"{written}/health").json()["status"] == "ok"
    assert time.monotonic() - began < 1.5
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == [str(Lane.COME_AGAIN), *["answered"] * (Lane.AT_ONCE + 1)]
