"""Programs use the page too: named endpoints, MCP tools, and a door that keeps strangers out."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client

from assistant.errors import UsageError
from assistant.web import launch
from assistant.web.serving import HEADERS
from tests.test_silence import LISTENER, ROOT


@pytest.fixture(scope="module")
def address(bundled_library: Path) -> Iterator[str]:
    from assistant import Assistant

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        service = launch(assistant, port=None, mcp=True, block=False)
        yield service.url
        service.close()


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def test_only_the_three_named_endpoints_are_public(client: Client) -> None:
    info = client.view_api(return_format="dict", print_info=False)
    assert isinstance(info, dict)
    assert sorted(info["named_endpoints"]) == ["/ask", "/papers", "/search"]
    assert info["unnamed_endpoints"] == {}


def test_ask_answers_with_verbatim_quotes(client: Client) -> None:
    answer = client.predict("What does AMPO do?", api_name="/ask")
    assert answer["answered"] is True
    for citation in answer["citations"]:
        assert citation["paper"]["abstract"][citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.parametrize(
    "history",
    [
        [["user", "What does AMPO do?"], ["assistant", "AMPO is Adaptive Multi-Guidance Policy Optimization."]],
        [
            {"role": "user", "content": [{"type": "text", "text": "What does AMPO do?"}]},
            {"role": "assistant", "content": "AMPO is Adaptive Multi-Guidance Policy Optimization."},
        ],
    ],
    ids=["pairs", "messages"],
)
def test_ask_takes_history_in_both_shapes(client: Client, history: list[object]) -> None:
    answer = client.predict("How much does it gain on out-of-distribution tasks?", history, api_name="/ask")
    assert "12.2%" in answer["text"]


def test_search_and_papers_take_filters_and_pages(client: Client) -> None:
    found = client.predict("reinforcement learning", since="2025-11", limit=5, api_name="/search")
    assert 0 < len(found) <= 5
    assert all(passage["paper"]["listed"] >= "2025-11-01" for passage in found)
    page = client.predict(offset=380, limit=50, api_name="/papers")
    assert (page["total"], len(page["papers"])) == (385, 5)


@pytest.mark.parametrize(
    ("endpoint", "arguments", "said"),
    [
        ("/ask", {"question": "  "}, "empty"),
        ("/ask", {"question": "x", "limit": 0}, "between 1 and 100"),
        ("/ask", {"question": "x", "since": "zebra"}, "no date"),
        ("/ask", {"question": "x", "history": [["a", "b", "c"]]}, "history is a list"),
        ("/papers", {"limit": 10_000}, "between 1 and 100"),
    ],
)
def test_a_mistake_is_one_sentence(client: Client, endpoint: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=said) as raised:
        client.predict(api_name=endpoint, **arguments)
    assert "Traceback" not in str(raised.value)


async def test_an_mcp_client_finds_and_calls_the_tools(address: str) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(f"{address}/gradio_api/mcp/") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        ask = next(name for name in tools if name.endswith("ask"))
        assert len(tools) == 3
        assert "each sentence cited" in (tools[ask].description or "")
        result = await session.call_tool(ask, {"question": "What does AMPO do?"})
    answer = ast.literal_eval(result.content[0].text)  # type: ignore[union-attr]  # Gradio writes Python's values
    assert answer["citations"][0]["quote"]


def test_the_browser_is_told_to_call_nobody_else(address: str) -> None:
    response = httpx.get(address)
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert "default-src 'self'" in HEADERS["Content-Security-Policy"]


def test_files_outside_the_page_are_not_served(address: str) -> None:
    for path in ("/etc/passwd", "../../../../etc/passwd", "assistant/settings.py"):
        assert httpx.get(f"{address}/gradio_api/file={path}").status_code in (400, 403, 404)


def test_uploads_are_limited_and_stay_in_their_folder(address: str) -> None:
    import tempfile

    upload = f"{address}/gradio_api/upload"
    assert httpx.post(upload, files={"files": ("big.txt", b"x" * 21_000_000)}).status_code == 413
    stored = httpx.post(upload, files={"files": ("../../../outside.txt", b"x")}).json()[0]
    assert Path(tempfile.gettempdir()).resolve() in Path(stored).resolve().parents
    assert ".." not in Path(stored).parts


def test_a_port_in_use_is_one_sentence(bundled_library: Path, address: str) -> None:
    from assistant import Assistant

    port = int(address.rpartition(":")[2])
    with Assistant.open(bundled_library, reader="builtin") as assistant, pytest.raises(UsageError, match="--port"):
        launch(assistant, port=port, block=False)


def test_a_login_keeps_strangers_out(bundled_library: Path) -> None:
    from assistant import Assistant

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        service = launch(assistant, port=None, login=("ada", "secret"), block=False)
        try:
            assert httpx.get(f"{service.url}/gradio_api/info").status_code == 401
            with pytest.raises(Exception, match=r"(?i)auth|log|credential"):
                Client(service.url, verbose=False, auth=("ada", "wrong"))
            known = Client(service.url, verbose=False, auth=("ada", "secret"))
            assert known.predict("What does AMPO do?", api_name="/ask")["answered"] is True
        finally:
            service.close()


def test_programs_are_forgotten_once_they_have_their_answer_or_have_gone(bundled_library: Path) -> None:
    from starlette.middleware import Middleware

    from assistant import Assistant
    from assistant.web import build_ui
    from assistant.web.forgetting import Forgetting

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        ui = build_ui(assistant)
        _, address, _ = ui.queue().launch(
            server_port=None,
            prevent_thread_lock=True,
            quiet=True,
            ssr_mode=False,
            app_kwargs={"middleware": [Middleware(Forgetting, ui)]},
        )
        try:
            for _ in range(3):
                begun = httpx.post(f"{address}gradio_api/call/search", json={"data": ["AMPO", "", "", "", "", 3]})
                fetched = httpx.get(f"{address}gradio_api/call/search/{begun.json()['event_id']}", timeout=60)
                assert "event: complete" in fetched.text
            session = "a0b1-c2"  # as a page names its own
            with httpx.stream("GET", f"{address}gradio_api/heartbeat/{session}", timeout=60):
                question = {"data": ["AMPO", "", "", "", "", 3], "session_hash": session}
                httpx.post(f"{address}gradio_api/run/search", json=question, timeout=60).raise_for_status()
                begun = httpx.post(f"{address}gradio_api/call/search", json=question)
                httpx.get(f"{address}gradio_api/call/search/{begun.json()['event_id']}", timeout=60).raise_for_status()
                assert session in ui.state_holder.session_data
            books = (ui._queue.pending_messages_per_session, ui._queue.pending_event_ids_session)
            deadline = time.monotonic() + 10
            while any((*books, ui.state_holder.session_data)) and time.monotonic() < deadline:
                time.sleep(0.05)  # the last is forgotten a moment after its answer has arrived
            assert [len(book) for book in (*books, ui.state_holder.session_data)] == [0, 0, 0]
        finally:
            ui.close(verbose=False)


def test_an_idle_connection_is_kept_longer_than_clients_keep_theirs(address: str) -> None:
    with httpx.Client(limits=httpx.Limits(keepalive_expiry=60)) as patient:
        patient.get(f"{address}/health")
        time.sleep(6)  # a second longer than a server of this kind waits by default
        assert patient.get(f"{address}/health").status_code == 200
        opened = patient._transport._pool.connections  # type: ignore[attr-defined]
        assert len(opened) == 1


def test_serving_the_page_calls_nobody(bundled_library: Path) -> None:
    code = f"""
from assistant import Assistant
from assistant.web import launch

with Assistant.open({str(bundled_library)!r}, reader="builtin") as assistant:
    service = launch(assistant, port=None, block=False)
    import httpx
    from gradio_client import Client

    assert httpx.get(service.url).status_code == 200
    print(Client(service.url, verbose=False).predict("What does AMPO do?", api_name="/ask")["answered"])
    service.close()
"""
    command = [sys.executable, "-c", LISTENER + code]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, check=True).stdout
    assert said.splitlines() == ["True"]
