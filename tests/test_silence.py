"""Local means silent: no socket leaves the machine, at import or at run time."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

LISTENER = """
import sys

def listen(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        target = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        host = target[0] if isinstance(target, tuple) else target
        if str(host) not in ("127.0.0.1", "::1", "localhost") and not str(host).startswith("/"):
            print("CALLED", event, target, flush=True)

sys.addaudithook(listen)
"""


def _run(code: str, home: Path) -> str:
    environ = {**os.environ, "PAPER_ASSISTANT_HOME": str(home), "HF_HUB_OFFLINE": ""}
    done = subprocess.run(
        [sys.executable, "-c", LISTENER + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environ,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_listener_hears_a_call_at_all(tmp_path: Path) -> None:
    code = """
    import socket
    try:
        socket.create_connection(("192.0.2.1", 9), timeout=0.01)
    except OSError:
        pass
    """
    assert "CALLED" in _run(code, tmp_path)


def test_ingesting_and_asking_call_nobody(tmp_path: Path) -> None:
    code = """
    from assistant import Assistant
    with Assistant.open(reader="builtin") as assistant:
        print(assistant.ask("what does AMPO do?").answered)
        print(len(assistant.search("continual learning")))
    """
    said = _run(code, tmp_path)
    assert "CALLED" not in said
    assert "True" in said


def test_building_the_page_calls_nobody(tmp_path: Path) -> None:
    code = """
    from assistant import Assistant
    from assistant.web import build_ui
    with Assistant.open(reader="builtin") as assistant:
        build_ui(assistant)
    print("built")
    """
    said = _run(code, tmp_path)
    assert "CALLED" not in said
    assert "built" in said
