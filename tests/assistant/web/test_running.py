"""The served app for whoever runs it: its login, its health, and the lines that the command writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import openai
import pytest

from assistant.web import launch
from tests.assistant.web.test_served import ASKED, eventually, sdk
from tests.test_silence import ROOT


def test_a_login_is_the_key_of_programs(bundled_library: Path) -> None:
    from assistant import Assistant

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        service = launch(assistant, port=None, login=("ada", "sécret"), block=False)
        try:
            with pytest.raises(openai.AuthenticationError, match="API key"):
                sdk(service.url, "wrong").models.list()
            with pytest.raises(openai.AuthenticationError):
                sdk(service.url, "wrong").chat.completions.create(model="paper-assistant", messages=ASKED)
            basic = httpx.get(f"{service.url}/v1/models", auth=("ada", "sécret"))
            assert basic.status_code == 200
            assert httpx.get(f"{service.url}/v1/models", auth=("bob", "sécret")).status_code == 401
            assert httpx.get(f"{service.url}/health").json() == {"status": "ok"}
            known = httpx.get(f"{service.url}/health", auth=("ada", "sécret")).json()
            assert known == {"status": "ok", "papers": 385, "generation": known["generation"], "reader": "builtin"}
        finally:
            service.close()


def test_a_library_that_cannot_be_read_is_unhealthy(bundled_library: Path, tmp_path: Path) -> None:
    from assistant import Assistant

    place = tmp_path / "library"
    shutil.copytree(bundled_library, place)
    with Assistant.open(place, reader="builtin") as assistant:
        service = launch(assistant, port=None, block=False)
        try:
            assert httpx.get(f"{service.url}/health").json()["papers"] == 385
            shutil.rmtree(place)
            response = httpx.get(f"{service.url}/health")
            assert (response.status_code, response.json()["status"]) == (503, "unavailable")
            assert str(place) in response.json()["problem"]
            completion = httpx.post(f"{service.url}/v1/chat/completions", json={"messages": ASKED})
            assert completion.status_code == 503
            assert completion.json()["error"]["message"]
        finally:
            service.close()


def test_the_command_serves_and_writes_lines_of_json(bundled_library: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assistant", "serve", "--library", str(bundled_library), "--reader", "builtin"]
    log = tmp_path / "log"
    with log.open("wb") as stderr:
        port = _free_port()
        process = subprocess.Popen(
            [*command, "--port", str(port), "--log-format", "json"], stderr=stderr, cwd=ROOT, env=dict(os.environ)
        )
        try:
            eventually(lambda: b"The page is at" in log.read_bytes(), 60)
            asked = {"messages": [{"role": "user", "content": "What does AMPO do, my secret question?"}]}
            assert httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=asked).status_code == 200
            eventually(lambda: b'"request"' in log.read_bytes())
        finally:
            process.terminate()
            assert process.wait(30) == 0
    written = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    # Before them the launch itself looks whether the page is there.
    assert [line["event"] for line in lines if line["event"] != "log"][-2:] == ["answer", "request"]
    assert "secret question" not in written


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
