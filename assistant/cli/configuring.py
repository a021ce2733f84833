"""config and completion: what is set and where it comes from, and the shell's Tab key."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from assistant.cli import terminal
from assistant.cli.options import choose, json_option, library_options, reader_options
from assistant.cli.options import limit_option as limit
from assistant.errors import UsageError
from assistant.secrets import MASK, masked
from assistant.settings import ABOUT, PREFIX, Settings, config_file, data_home, starting_file

#: Variables that are read beside the settings', and whether they are secret.
VARIABLES = (
    ("OPENAI_API_KEY", True),
    ("OPENAI_BASE_URL", False),
    ("OPENAI_MODEL", False),
    (f"{PREFIX}PASSWORD", True),
    (f"{PREFIX}HOME", False),
    (f"{PREFIX}CONFIG", False),
)
SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.option("--path", "only_path", is_flag=True, help="Print where the config file is, or would be.")
@click.option("--init", is_flag=True, help="Write a config file that holds every key, each behind a '#'.")
@library_options
@reader_options
@limit
@json_option
def config(only_path: bool, init: bool, as_json: bool, **options: Any) -> int:
    """Show every setting, its value and where it comes from: default, file, environment or argument.

    Secrets are never shown.
    """
    path = config_file()
    if only_path:
        click.echo(str(path))
        return 0
    if init:
        _start(path)
        return 0
    settings = choose(options).settings
    if as_json:
        click.echo(terminal.json_line(_values(settings, path)))
    else:
        for line in _table(settings, path):
            click.echo(line)
    return 0


def _start(path: Path) -> None:
    if path.exists():
        raise UsageError(f"There is a config file already: {path}; edit it, or move it away first.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {path.parent} can't be made: {error.strerror}.") from error
    terminal.write([starting_file()], path)
    click.echo(f"Written: {path}")


def _values(settings: Settings, path: Path) -> dict[str, Any]:
    keys = [{"key": name, "value": _shown(settings, name), "origin": _origin(settings, name)} for name in ABOUT]
    return {
        "file": str(path),
        "exists": path.is_file(),
        "data": str(data_home()),
        "settings": keys,
        "environment": [{"name": name, "value": value} for name, value in _environment()],
    }


def _table(settings: Settings, path: Path) -> Iterator[str]:
    yield f"config file: {path}{'' if path.is_file() else ' (there is none; config --init writes one)'}"
    yield f"data folder: {data_home()}"
    yield ""
    width = max(map(len, ABOUT))
    for name in ABOUT:
        value = _shown(settings, name)
        told = {True: "true", False: "false", "": "-"}.get(value, value) if isinstance(value, bool | str) else value
        yield f"{name:{width}}  {told}  ({_origin(settings, name)})"
    yield ""
    for name, value in _environment():
        yield f"{name}: {'not set' if value is None else value}"


def _shown(settings: Settings, name: str) -> Any:
    value = getattr(settings, name)
    return masked(value) if isinstance(value, str) else value


def _origin(settings: Settings, name: str) -> str:
    origin = settings.origins[name]
    return f"environment: {PREFIX}{name.upper()}" if origin == "environment" else origin


def _environment() -> Iterator[tuple[str, str | None]]:
    for name, secret in VARIABLES:
        value = os.environ.get(name)
        if not value:
            yield name, None
        else:
            yield name, f"set, not shown ({MASK})" if secret else masked(value)


@click.command()
@click.argument("shell", required=False, type=click.Choice(SHELLS))
def completion(shell: str | None) -> int:
    """Print what lets the Tab key complete commands, options and formats in SHELL (default: the one in $SHELL)."""
    from click.shell_completion import get_completion_class

    name = shell or Path(os.environ.get("SHELL", "")).name
    found = get_completion_class(name) if name in SHELLS else None
    if found is None:
        raise UsageError(f"Name a shell: paper-assistant completion {'|'.join(SHELLS)}.")
    root = click.get_current_context().find_root()
    click.echo(found(root.command, {}, "paper-assistant", COMPLETE).source())
    return 0


#: The variable in which the shell asks the program for completions.
COMPLETE = "_PAPER_ASSISTANT_COMPLETE"
