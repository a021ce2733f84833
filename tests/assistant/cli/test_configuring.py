"""The config file, however hostile; what config shows of it; and no secret in anything that is printed."""

from __future__ import annotations

import json
import logging
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.cli import run
from assistant.cli.logs import Discreet
from assistant.errors import UsageError
from assistant.secrets import masked
from assistant.settings import ABOUT, Settings, load, starting_file
from tests.servers import fails, fault_server

SECRET = "sk-proj-A1b2C3d4E5f6G7h8"
#: A secret without the shape of one.
PLAIN_SECRET = "correct-horse-battery-staple"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("PAPER_ASSISTANT_CONFIG", str(path))
    return path


HOSTILE = {
    "not-toml": b"limit = = 3",
    "binary": bytes(range(256)),
    "nul": b'library = "a\\u0000b"',
    "escape": b'library = "\\u001b[2J"',
    "windows-path": rb'library = "C:\Users\ada"',
    "utf-16": "limit = 3".encode("utf-16"),
    "deep": b"limit = " + b"[" * 7_000,
    "deep-table": b"a" + b".a" * 3_900 + b" = 1",
    "huge-number": b"limit = " + b"9" * 7_000,
    "huge-exponent": b"timeout = 1e999",
    "infinite": b"timeout = inf",
    "no-number": b"timeout = nan",
    "negative": b"timeout = -1",
    "no-tokens": b"max_tokens = 0",
    "large-limit": b"limit = 101",
    "boolean-for-number": b"limit = true",
    "fraction": b"limit = 2.5",
    "date": b"limit = 2025-06-01",
    "table": b"[limit]\na = 1",
    "array": b'library = ["a"]',
    "unknown-key": b"k" * 5_000 + b" = 1",
    "twice": b"limit = 1\nlimit = 2",
    "too-large": b"# " + b"x" * 9_000,
    "secret": f'api_key = "{SECRET}"'.encode(),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_config_file_is_one_sentence_and_exit_code_2(
    content: bytes, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_bytes(content)
    assert run(["config"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paper-assistant: ")
    assert said.count("\n") == 1
    assert len(said) < 700
    assert SECRET not in said
    assert said.rstrip().isprintable()


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"library = {text}".encode("utf-8", "replace")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_settings_or_a_sentence(config: Path, content: bytes) -> None:
    config.write_bytes(content)
    said = ""
    try:
        load(environ={})
    except UsageError as error:
        said = str(error)
    assert "\n" not in said


def test_a_folder_a_pipe_and_an_unreadable_file_are_no_config(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.mkdir()
    assert run(["config"]) == 2
    config.rmdir()
    os.mkfifo(config)
    assert run(["config"]) == 2
    assert "is no file" in capsys.readouterr().err


def test_a_file_of_notepad_is_read_and_the_null_device_is_empty(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_bytes(b"\xef\xbb\xbflimit = 3\r\nlibrary = 'C:\\Users\\ada'\r\n")
    assert (load(environ={}).limit, load(environ={}).library) == (3, "C:\\Users\\ada")
    monkeypatch.setenv("PAPER_ASSISTANT_CONFIG", os.devnull)
    assert load(environ={}) == Settings()


def test_a_windows_path_in_double_quotes_gets_a_hint(config: Path) -> None:
    config.write_bytes(HOSTILE["windows-path"])
    with pytest.raises(UsageError, match="single quotes"):
        load(environ={})


def test_config_says_where_each_value_comes_from(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("limit = 3\nstrict = true\n")
    monkeypatch.setenv("PAPER_ASSISTANT_READER", "builtin")
    assert run(["config", "--library", "elsewhere", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    rows = {row["key"]: (row["value"], row["origin"]) for row in shown["settings"]}
    assert set(rows) == set(ABOUT)
    assert rows["limit"] == (3, str(config))
    assert rows["strict"] == (True, str(config))
    assert rows["reader"] == ("builtin", "environment: PAPER_ASSISTANT_READER")
    assert rows["library"] == ("elsewhere", "argument")
    assert rows["timeout"] == (60.0, "default")
    assert (shown["file"], shown["exists"]) == (str(config), True)


def test_config_never_shows_a_secret(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", PLAIN_SECRET)
    monkeypatch.setenv("PAPER_ASSISTANT_PASSWORD", SECRET)
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://ada:{PLAIN_SECRET}@localhost:1/v1")
    for arguments in (["config"], ["config", "--json"], ["-vvv", "config", "--reader", f"openai:{SECRET}"]):
        assert run([*arguments, "--library", f"http://ada:{SECRET}@localhost:9"]) == 0
        said = "".join(capsys.readouterr())
        assert SECRET not in said
        assert PLAIN_SECRET not in said
        assert "ada:" not in said
        assert "set, not shown" in said


def test_a_starting_file_sets_nothing_until_it_is_told_to(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "--init"]) == 0
    assert load(environ={}) == Settings()
    lines = [line.removeprefix("# ") for line in starting_file().splitlines() if " = " in line and "'" not in line]
    assert tomllib.loads("\n".join(lines)) == {name: getattr(Settings(), name) for name in ABOUT}
    assert run(["config", "--init"]) == 2, "a person's own file is left alone"
    assert run(["config", "--path"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(config)


def test_what_is_logged_and_what_is_raised_holds_no_secret(
    bundled_library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with fault_server() as server:
        server.plays(fails(401, f"Incorrect API key provided: {PLAIN_SECRET}"))
        monkeypatch.setenv("OPENAI_API_KEY", PLAIN_SECRET)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        run(["-vvv", "ask", "What is RLGF?", "--reader", "openai:m", "--library", str(bundled_library)])
        assert server.seen[0].authorization == f"Bearer {PLAIN_SECRET}"
    said = capsys.readouterr()
    assert "INFO assistant" in said.err
    assert "openai" in said.err
    assert PLAIN_SECRET not in said.out + said.err
    logging.getLogger().setLevel(logging.WARNING)


def test_a_traceback_in_the_log_is_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SERVICE_TOKEN", PLAIN_SECRET)
    try:
        raise ValueError(f"{PLAIN_SECRET} and {SECRET}")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", (SECRET,), (type(error), error, None))
    assert Discreet("%(message)s").format(record).count("…") == 3


@pytest.mark.parametrize(
    "text", [SECRET, f"Bearer {SECRET}", f"https://ada:{SECRET}@host/", f"key={SECRET}", "hf_AbCdEfGhIjKl"]
)
def test_whatever_is_shaped_like_a_key_is_masked(text: str) -> None:
    assert "A1b2" not in masked(text, {})
    assert "AbCd" not in masked(text, {})


def test_words_of_every_day_are_not_taken_for_secrets() -> None:
    environ: dict[str, Any] = {"TOKENIZERS_PARALLELISM": "false", "KEYBOARD": "us", "EMPTY_KEY": ""}
    assert masked("false us paper-assistant", environ) == "false us paper-assistant"
