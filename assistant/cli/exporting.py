"""--export and --out: what a command found, in a format for other programs, on stdout or in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import terminal

if TYPE_CHECKING:
    from assistant.export import Format

#: Names of the formats, as assistant.export has them; --help must not load it.
NAMES = ("markdown", "bibtex", "ris", "csl-json", "csv", "jsonl")


def export_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The two options, as ``export`` and ``out``."""
    function = click.option(
        "-o", "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write it to FILE; its ending says how."
    )(function)
    return click.option(
        "--export", metavar="FORMAT", type=click.Choice(NAMES), help=f"Print it as {', '.join(NAMES)}."
    )(function)


def chosen(export: str | None, out: Path | None) -> Format | None:
    """The format that the options name; None where nothing is to be exported. Raises UsageError."""
    if export is None and out is None:
        return None
    from assistant.export import format_of

    return format_of(export or str(out))


def write(pieces: Iterable[str], to: Format, out: Path | None) -> None:
    """Write a document where the options say, and say on stderr which file it is in. Raises UsageError."""
    # Excel takes a CSV file for the local code page unless it begins with a byte order mark.
    terminal.write(pieces, out, encoding="utf-8-sig" if to.name == "csv" else "utf-8")
    if out is not None:
        click.echo(f"{to.label} written to {out}.", err=True)


def some(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces, with a word on stderr where there are none."""
    empty = True
    for piece in pieces:
        empty = False
        yield piece
    if empty:
        click.echo("Nothing is cited, so there is nothing to export.", err=True)
