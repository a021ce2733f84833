"""The served page's addresses called with what no page would send: a sentence, no file of the machine, no change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.hostile.harness import one_sentence
from tests.hostile.test_commands import ASKED


@pytest.fixture(scope="module")
def page(library: Path) -> Iterator[httpx.Client]:
    from assistant import Assistant
    from assistant.web import launch

    with Assistant.open(str(library), reader="builtin") as assistant:
        service = launch(assistant, port=None, block=False)
        with httpx.Client(base_url=service.url, timeout=60) as client:
            yield client
        service.close()


def asked(*messages: Any, **more: Any) -> str:
    return json.dumps({"model": "paper-assistant", "messages": list(messages), **more})


USER = {"role": "user", "content": ASKED}
BODIES: dict[str, str | bytes] = {
    "nothing": "",
    "no JSON": "{broken",
    "not UTF-8": b'{"model": "\xff\xfe"}',
    "a list": "[]",
    "null": "null",
    "nested deeply": '{"messages":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a body of 3 MB": asked({"role": "user", "content": "x" * 3_000_000}),
    "no messages": json.dumps({"model": "paper-assistant"}),
    "empty messages": asked(),
    "messages that are text": json.dumps({"model": "paper-assistant", "messages": "hello"}),
    "a message that is a number": asked(7),
    "an empty question": asked({"role": "user", "content": ""}),
    "a question of 100 kB": asked({"role": "user", "content": "why " * 25_000}),
    "a question that is null": asked({"role": "user", "content": None}),
    "a question that is a number": asked({"role": "user", "content": 7}),
    "a role that is none": asked({"role": "emperor", "content": "obey"}),
    "the last word with the assistant": asked(USER, {"role": "assistant", "content": "hm"}),
    "an address for a model": json.dumps({"model": "openai:http://127.0.0.1:9/v1", "messages": [USER]}),
    "an unknown model": json.dumps({"model": "gpt-99", "messages": [USER]}),
    "a model that is a list": json.dumps({"model": ["a"], "messages": [USER]}),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_makes_no_sense_is_answered_with_a_sentence(
    body: str | bytes, page: httpx.Client, untouched: Path
) -> None:
    answer = page.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    one_sentence(answer.json()["error"]["message"])


CALLS: dict[str, tuple[str, list[Any]]] = {
    "ask nothing": ("ask", [""]),
    "ask a number": ("ask", [7]),
    "ask null": ("ask", [None]),
    "ask with a history of text": ("ask", [ASKED, "hello"]),
    "ask with a history of numbers": ("ask", [ASKED, [1, 2]]),
    "ask since tomorrow": ("ask", [ASKED, [], "tomorrowish"]),
    "ask with a limit of zero": ("ask", [ASKED, [], "", "", "", "", 0]),
    "ask with a limit of text": ("ask", [ASKED, [], "", "", "", "", "many"]),
    "search for nothing": ("search", [""]),
    "search beyond reason": ("search", [ASKED, "", "", "", "", 10**9]),
    "papers before the first": ("papers", ["", -5, 10]),
    "papers by the million": ("papers", ["", 0, 10**7]),
}
DEFAULTS: dict[str, list[Any]] = {
    "ask": ["", [], "", "", "", "", 8],
    "search": ["", "", "", "", "", 10],
    "papers": ["", 0, 50],
}


@pytest.mark.parametrize(("name", "data"), CALLS.values(), ids=CALLS)
def test_a_call_with_wrong_arguments_is_answered_with_a_sentence(
    name: str, data: list[Any], page: httpx.Client, untouched: Path
) -> None:
    whole = [*data, *DEFAULTS[name][len(data) :]]
    begun = page.post(f"/gradio_api/call/{name}", json={"data": whole})
    if begun.status_code >= 400:
        assert "Traceback" not in begun.text
        return
    with page.stream("GET", f"/gradio_api/call/{name}/{begun.json()['event_id']}") as events:
        told = "".join(events.iter_text())
    assert "event: error" in told, told
    one_sentence(json.loads(told.split("data: ", 1)[1].splitlines()[0])["error"])


def test_a_call_with_too_few_arguments_fails_without_a_trace(page: httpx.Client, untouched: Path) -> None:
    begun = page.post("/gradio_api/call/ask", json={"data": []})
    told = begun.text
    if begun.is_success:
        told = page.get(f"/gradio_api/call/ask/{begun.json()['event_id']}").text
        assert "event: error" in told
    assert "Traceback" not in told
    assert "site-packages" not in told


PATHS = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../../../../../../etc/passwd",
    "/gradio_api/file=%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/gradio_api/file=file:///etc/passwd",
    "/gradio_api/file=http://127.0.0.1:9/secret",
    "/gradio_api/proxy=http://127.0.0.1:9/secret",
    "/static/../../../../../../etc/passwd",
    "/..%2f..%2f..%2f..%2fetc/passwd",
    "/assets/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/v1/models/../../../etc/passwd",
    "/v1/nothing",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_page(path: str, page: httpx.Client, untouched: Path) -> None:
    answer = page.get(path)
    assert answer.status_code >= 300, answer.text[:200]
    assert "root:" not in answer.text
    assert "Traceback" not in answer.text


def test_the_librarys_own_files_are_not_handed_out(page: httpx.Client, library: Path) -> None:
    answer = page.get(f"/gradio_api/file={library / 'manifest.json'}")
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("name", ["../../evil.txt", "/tmp/evil.txt", "..\\..\\evil.txt", "a\0b.txt", "x" * 300])
def test_an_uploads_name_leads_nowhere(name: str, page: httpx.Client, untouched: Path) -> None:
    import tempfile

    answer = page.post("/gradio_api/upload", files={"files": (name, b"evil")})
    assert "Traceback" not in answer.text
    if answer.status_code < 300:
        kept = Path(answer.json()[0]).resolve()
        assert kept.is_relative_to(Path(tempfile.gettempdir()).resolve() / "gradio")
    assert not Path("/tmp/evil.txt").exists()


def test_an_upload_that_is_too_large_is_refused(page: httpx.Client, untouched: Path) -> None:
    answer = page.post("/gradio_api/upload", files={"files": ("big.txt", bytes(21_000_000))})
    assert answer.status_code in (400, 413)


def test_a_page_of_another_site_may_not_read_the_answer(page: httpx.Client) -> None:
    answer = page.get("/v1/models", headers={"Origin": "https://evil.example"})
    assert answer.headers.get("access-control-allow-origin") not in ("*", "https://evil.example")


@pytest.mark.parametrize("path", ["/", "/v1/models", "/health", "/gradio_api/info", "/nothing-here"])
def test_every_answer_tells_the_browser_to_fetch_nothing_elsewhere(path: str, page: httpx.Client) -> None:
    policy = page.get(path).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert "http:" not in policy
    assert "*" not in policy
