"""The API reader against a real server on loopback: what it sends, what it says of every fault, what it never shows."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answers import Usage
from assistant.errors import ContextTooLong, ReaderError, ReaderFailed, ReaderUnavailable, UsageError
from assistant.readers import Message, estimate
from assistant.readers.openai import OPENAI_WINDOW, OpenAIModel
from assistant.readers.refusals import without_secrets
from tests import servers
from tests.servers import FaultServer, fault_server

KEY = "sk-test-0123456789abcdef"
ASKED = [Message("system", "Be short."), Message("user", "Say hello.")]
SOON = {"retry-after-ms": "1"}


@pytest.fixture(scope="module")
def running() -> Iterator[FaultServer]:
    with fault_server() as server:
        yield server


@pytest.fixture
def model(running: FaultServer) -> OpenAIModel:
    return made(running)


def made(server: FaultServer, timeout: float = 5.0, name: str = "tiny") -> OpenAIModel:
    return OpenAIModel(name, timeout=timeout, environ={"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY})


def drained(model: OpenAIModel, max_tokens: int = 100) -> tuple[str, Usage | None]:
    pieces = list(model.stream(ASKED, max_tokens=max_tokens))
    usage = next((p for p in pieces if isinstance(p, Usage)), None)
    return "".join(p for p in pieces if isinstance(p, str)), usage


def test_pieces_come_as_they_are_sent_and_usage_comes_last(running: FaultServer, model: OpenAIModel) -> None:
    running.plays(servers.says("Hel", "lo", " [", "1", "]", ".", prompt_tokens=77))
    pieces = list(model.stream(ASKED, max_tokens=50))
    assert pieces == ["Hel", "lo", " [", "1", "]", ".", Usage(77, 6)]
    sent = running.seen[0]
    assert sent.authorization == f"Bearer {KEY}"
    assert sent.body["model"] == "tiny"
    assert sent.body["messages"] == [{"role": m.role, "content": m.content} for m in ASKED]
    assert sent.body["max_tokens"] == 50
    assert sent.body["stream"] is True


def test_a_server_with_a_base_url_needs_no_key(running: FaultServer) -> None:
    running.plays(servers.says("hi"))
    assert drained(OpenAIModel("tiny", environ={"OPENAI_BASE_URL": running.url}))[0] == "hi"


@pytest.mark.parametrize("parameter", ["stream_options", "temperature", "max_tokens"])
def test_a_parameter_that_the_server_refuses_is_left_out_from_then_on(
    running: FaultServer, model: OpenAIModel, parameter: str
) -> None:
    running.plays(servers.refuses(parameter))
    assert drained(model)[0] == "fine"
    assert drained(model)[0] == "fine"
    assert [parameter in seen.body for seen in running.seen] == [True, False, False]
    if parameter == "max_tokens":
        assert running.seen[-1].body["max_completion_tokens"] == 100


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        pytest.param([servers.fails(429, headers=SOON), servers.says("ok")], 2, id="429-then-ok"),
        pytest.param([servers.fails(500, headers=SOON)] * 2 + [servers.says("ok")], 3, id="500-twice-then-ok"),
        pytest.param([servers.fails(503, headers=SOON), servers.says("ok")], 2, id="503-then-ok"),
    ],
)
def test_passing_faults_are_retried(
    running: FaultServer, model: OpenAIModel, script: list[servers.Play], requests: int
) -> None:
    running.plays(*script)
    assert drained(model)[0] == "ok"
    assert len(running.seen) == requests


@pytest.mark.parametrize(
    ("play", "kind", "said", "requests"),
    [
        pytest.param(
            servers.fails(401, f"Incorrect API key provided: {KEY}"), ReaderUnavailable, "refused the key", 1, id="401"
        ),
        pytest.param(servers.fails(403), ReaderUnavailable, "doesn't let this key use 'tiny'", 1, id="403"),
        pytest.param(servers.fails(404, "model not found"), ReaderUnavailable, "no model 'tiny'", 1, id="wrong-model"),
        pytest.param(servers.fails(400, f"bad {KEY}"), ReaderFailed, "refused the request (400)", 1, id="400"),
        pytest.param(servers.fails(429, headers=SOON), ReaderFailed, "no more requests for now", 3, id="429-for-good"),
        pytest.param(
            servers.fails(429, code="insufficient_quota", headers=SOON), ReaderUnavailable, "quota", 3, id="no-quota"
        ),
        pytest.param(servers.fails(500, headers=SOON), ReaderFailed, "failed (500)", 3, id="500-three-times"),
        pytest.param(
            servers.fails(400, "This model's maximum context length is 4096 tokens.", code="context_length_exceeded"),
            ContextTooLong,
            "too long for 'tiny'",
            1,
            id="context-openai",
        ),
        pytest.param(
            servers.fails(400, "However, you requested 5000 tokens (4300 in the messages); max_tokens: context length"),
            ContextTooLong,
            "too long for 'tiny'",
            1,
            id="context-vllm-naming-max_tokens",
        ),
        pytest.param(
            servers.fails(400, "the request exceeds the available context size, try increasing it"),
            ContextTooLong,
            "too long for 'tiny'",
            1,
            id="context-llama.cpp",
        ),
        pytest.param(servers.cuts("Hel", "lo"), ReaderFailed, "broke the connection off", 1, id="cut"),
        pytest.param(servers.says("Hel", "lo", finish=None), ReaderFailed, "in mid-answer", 1, id="ends-unfinished"),
        pytest.param(servers.says("x", finish="content_filter"), ReaderFailed, "content filter", 1, id="filtered"),
        pytest.param(servers.streams_raw("data: {not json\n\n"), ReaderFailed, "isn't Chat", 1, id="garbage"),
        pytest.param(servers.streams_raw('data: "text"\n\n'), ReaderFailed, "empty answer", 1, id="json-of-no-shape"),
        pytest.param(servers.page, ReaderFailed, "usually ends in /v1", 1, id="html"),
        pytest.param(servers.json_error_with_200, ReaderFailed, "still loading", 1, id="error-with-200"),
        pytest.param(servers.error_in_stream("GPU on fire", "Hel"), ReaderFailed, "GPU on fire", 1, id="error-event"),
    ],
)
def test_each_fault_is_one_sentence_without_the_key(
    running: FaultServer,
    model: OpenAIModel,
    play: servers.Play,
    kind: type[ReaderError],
    said: str,
    requests: int,
) -> None:
    running.plays(play)
    with pytest.raises(ReaderError) as caught:
        drained(model)
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(running.seen) == requests


def test_a_server_that_doesnt_stream_is_understood(running: FaultServer, model: OpenAIModel) -> None:
    running.plays(servers.whole("Hello."))
    assert drained(model) == ("Hello.", Usage(10, 2))


@pytest.mark.parametrize("play", [servers.hangs(3), servers.stalls("Hel", 3)], ids=["at-once", "in-mid-answer"])
def test_a_server_that_hangs_is_waited_for_once(running: FaultServer, play: servers.Play) -> None:
    running.plays(play)
    began = time.monotonic()
    with pytest.raises(ReaderFailed, match="didn't answer in time"):
        drained(made(running, timeout=0.4))
    assert time.monotonic() - began < 1.5
    assert len(running.seen) == 1


def test_a_slow_server_is_not_taken_for_one_that_hangs(running: FaultServer) -> None:
    running.plays(servers.says(*"slowly", delay=0.2))
    assert drained(made(running, timeout=0.8))[0] == "slowly"


def test_a_stream_without_end_is_broken_off(running: FaultServer, model: OpenAIModel) -> None:
    running.plays(servers.streams_for_ever(running, "again and again "))
    with pytest.raises(ReaderFailed, match="didn't come to an end"):
        drained(model, max_tokens=10)


def test_closing_the_iterator_stops_the_server(running: FaultServer, model: OpenAIModel) -> None:
    running.plays(servers.streams_for_ever(running, "x", delay=0.01))
    stream = model.stream(ASKED, max_tokens=10_000)
    assert next(stream) == "x"
    stream.close()  # type: ignore[attr-defined]
    time.sleep(0.3)
    sent = len(running.sent)
    time.sleep(0.2)
    assert len(running.sent) == sent


def test_nobody_listening_is_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = OpenAIModel("m", environ={"OPENAI_BASE_URL": f"http://user:secret@127.0.0.1:{port}/v1"})
    with pytest.raises(ReaderUnavailable, match=f"127.0.0.1:{port} can't be reached") as caught:
        drained(model)
    assert "secret" not in str(caught.value) + repr(model)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        pytest.param({}, "set OPENAI_API_KEY", id="nothing-set"),
        pytest.param({"OPENAI_API_KEY": "  "}, "set OPENAI_API_KEY", id="blank-key"),
        pytest.param({"OPENAI_API_KEY": "sk-a\nb"}, "characters that no key has", id="key-with-newline"),
        pytest.param({"OPENAI_API_KEY": "sk-ключ"}, "characters that no key has", id="key-not-ascii"),
        pytest.param({"OPENAI_BASE_URL": "localhost:11434/v1"}, "isn't the address", id="no-scheme"),
        pytest.param({"OPENAI_BASE_URL": "ftp://localhost/v1"}, "isn't the address", id="other-scheme"),
        pytest.param({"OPENAI_BASE_URL": "http:///v1"}, "isn't the address", id="no-host"),
        pytest.param({"OPENAI_BASE_URL": "http://localhost:port/v1"}, "isn't the address", id="odd-port"),
        pytest.param({"OPENAI_BASE_URL": "http://[::1/v1"}, "isn't the address", id="broken-ipv6"),
        pytest.param({"OPENAI_BASE_URL": "http://local host/v1"}, "isn't the address", id="space"),
    ],
)
def test_settings_that_cant_work_are_refused_before_anything_is_sent(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ReaderUnavailable, match=said) as caught:
        OpenAIModel("m", environ=environ)
    assert "sk-" not in str(caught.value)


def test_the_key_is_in_no_repr_and_no_log(
    running: FaultServer, model: OpenAIModel, caplog: pytest.LogCaptureFixture
) -> None:
    running.plays(servers.fails(401, f"Incorrect API key provided: {KEY}"))
    with caplog.at_level(logging.DEBUG), pytest.raises(ReaderUnavailable):
        drained(model)
    assert KEY not in caplog.text
    assert KEY not in repr(model)
    assert KEY not in repr({k: v for k, v in vars(model).items() if k != "_environ"})


@pytest.mark.parametrize(
    "text",
    ["key sk-proj-abcdef123 was refused", "Bearer abcdef", "sk-ab***yz", "http://me:pass@host/v1"],
)
def test_anything_shaped_like_a_key_is_taken_out(text: str) -> None:
    shown = without_secrets(text)
    assert "…" in shown
    assert not any(secret in shown for secret in ("abcdef", "sk-", "pass"))


def test_the_context_window_is_openais_own_a_cautious_guess_or_as_given() -> None:
    assert OpenAIModel("gpt-4o-mini", environ={"OPENAI_API_KEY": KEY}).context_window == OPENAI_WINDOW
    local = {"OPENAI_BASE_URL": "http://localhost:11434/v1"}
    assert OpenAIModel("m", environ=local).context_window == 8192
    given = OpenAIModel("m?context=4096", environ=local)
    assert (given.context_window, given.name) == (4096, "openai:m")
    for wrong in ("m?context=many", "m?context=1", "m?colour=red", "?context=4096", ""):
        with pytest.raises(UsageError):
            OpenAIModel(wrong, environ=local)


def test_the_estimate_of_tokens_errs_high() -> None:
    english = Message("user", "Knowledge distillation is a common approach to compress a teacher model. " * 20)
    chinese = Message("user", "知识蒸馏是一种常见的方法" * 20)
    assert estimate([english]) >= 20 * 14  # 13 tokens a sentence in GPT-4o's vocabulary
    assert estimate([chinese]) >= 20 * 9


@pytest.mark.torch
@pytest.mark.slow
def test_transformers_serve_with_a_tiny_model_is_such_a_server(tmp_path: Path) -> None:
    from tests.tiny import tiny_model

    folder = tiny_model(tmp_path / "tiny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder), "--device", "cpu"]
    place = ["--host", "127.0.0.1", "--port", str(port)]
    quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    with subprocess.Popen(
        [*program, *place], env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as serving:
        try:
            await_port(port, serving)
            model = OpenAIModel(str(folder), environ={"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"})
            text, usage = drained(model, max_tokens=12)
        finally:
            serving.terminate()
    assert text == "abc abc abc "
    assert usage is not None
    assert usage.completion_tokens == 12


def await_port(port: int, serving: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and serving.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the server did not come up")
