"""Settings that are wrong, in the environment and in the config file: each is named, and nothing is done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hostile.harness import Case
from tests.hostile.test_commands import ASKED, written

HERE = {"PAPER_ASSISTANT_CONFIG": "{here}/config.toml"}


def config(text: str | bytes, *says: str) -> Case:
    return Case(["papers"], 2, says, environment=HERE, prepare=written("config.toml", text))


def variable(name: str, value: str, *says: str, code: int = 2) -> Case:
    return Case(["papers"], code, says, environment={name: value})


def base_url(url: str) -> Case:
    """An API that can't be had is a failure, or the built-in reader answers and says so."""
    return Case(["ask", ASKED, "--reader", "openai:m"], (0, 1, 2), environment={"OPENAI_BASE_URL": url})


CASES = {
    "no TOML": config("limit = = 3", "config.toml"),
    "TOML cut off": config('reader = "buil', "config.toml"),
    "JSON instead of TOML": config('{"limit": 3}', "config.toml"),
    "binary": config(bytes(range(256)), "config.toml"),
    "UTF-16": config("limit = 3".encode("utf-16"), "config.toml"),
    "unknown key": config("limits = 3", "limits"),
    "unknown table": config("[reader]\nname = 1", "reader"),
    "unknown key of 10 kB": config(f"{'k' * 10_000} = 3"),
    "a key twice": config("limit = 3\nlimit = 4", "config.toml"),
    "text for a number": config('limit = "many"', "limit"),
    "a number for text": config("reader = 7", "reader"),
    "a list for text": config('library = ["a", "b"]', "library"),
    "a boolean for a number": config("limit = true", "limit"),
    "a limit of zero": config("limit = 0", "limit"),
    "a limit beyond reason": config("limit = 1_000_000_000_000", "limit"),
    "a limit that is infinite": config("limit = inf", "limit"),
    "a timeout that is not a number": config("timeout = nan", "timeout"),
    "a timeout below zero": config("timeout = -5", "timeout"),
    "no tokens": config("max_tokens = 0", "max_tokens"),
    "a library with a newline": config('library = "a\\nb"', "library"),
    "a reader with an escape": config('reader = "\\u001b[2J"', "reader"),
    "TOML nested deeply": config("a = " + "[" * 50_000, "config.toml"),
    "a number of 10,000 digits": config(f"limit = {'9' * 10_000}"),
    "a config file of 5 MB": config("# x\n" * 1_250_000, "large"),
    "a folder for a config file": Case(["papers"], 2, environment={"PAPER_ASSISTANT_CONFIG": "{here}"}),
    "limit that is a word": variable("PAPER_ASSISTANT_LIMIT", "many", "limit"),
    "limit that is a fraction": variable("PAPER_ASSISTANT_LIMIT", "3.5", "limit"),
    "limit below zero": variable("PAPER_ASSISTANT_LIMIT", "-3", "limit"),
    "strict that is neither": variable("PAPER_ASSISTANT_STRICT", "maybe", "strict"),
    "timeout that is infinite": variable("PAPER_ASSISTANT_TIMEOUT", "inf", "timeout"),
    "an embedder that is none": variable("PAPER_ASSISTANT_EMBEDDER", "oracle", "oracle"),
    "a library that is a URL of a file": variable("PAPER_ASSISTANT_LIBRARY", "file:///etc", "file:///etc"),
    "prompts in a missing folder": Case(
        ["ask", ASKED, "--reader", "openai:m"],
        (0, 1, 2),
        environment={"PAPER_ASSISTANT_PROMPTS": "{here}/none", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"},
    ),
    "base URL without a scheme": base_url("localhost:9"),
    "base URL of a file": base_url("file:///etc/passwd"),
    "base URL that is a word": base_url("nonsense"),
    "base URL with a bad port": base_url("http://127.0.0.1:99999/v1"),
    "base URL with credentials": base_url("http://user:hunter2@127.0.0.1:9/v1"),
    "key with a newline": Case(
        ["ask", ASKED, "--reader", "openai:m"],
        (0, 1, 2),
        environment={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-hunter2\nX: y"},
    ),
    "key that is no ASCII": Case(
        ["ask", ASKED, "--reader", "openai:m"],
        (0, 1, 2),
        environment={"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "hunter2–ß"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_told_in_one_sentence_and_changes_nothing(case: Case, call: Callable[[Case], str]):
    assert "hunter2" not in call(case)
