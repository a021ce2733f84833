"""What the documentation shows runs as it stands: the package's tour, and the README's Python and command lines."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import re
import shlex
from pathlib import Path

import click
import pytest

import assistant as package
from assistant.cli import cli

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
COMMANDS = re.findall(r"^\$ (paper-assistant .*)$", README, re.M)


@pytest.fixture(autouse=True)
def library(bundled_library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPER_ASSISTANT_LIBRARY", str(bundled_library))
    monkeypatch.setenv("PAPER_ASSISTANT_READER", "builtin")


def test_the_tour_of_the_package_tells_the_truth() -> None:
    failed, tried = doctest.testmod(package, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert tried > 15
    assert failed == 0


def test_the_readme_has_python_and_commands_to_try() -> None:
    assert BLOCKS
    assert COMMANDS


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_python_in_the_readme_runs(block: str) -> None:
    code = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = eval(code, {"__name__": "readme"})
    if inspect.iscoroutine(running):
        asyncio.run(running)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_in_the_readme_are_commands_of_ours(line: str) -> None:
    _, name, *arguments = shlex.split(line, comments=True)
    command = cli.commands[name]
    command.make_context(name, arguments, parent=click.Context(cli)).close()
