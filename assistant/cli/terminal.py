"""Where the output goes: to a terminal with a pager, to a pipe, to a file, in whatever characters it can show."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from assistant import rendering
from assistant.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

#: What a stream without Unicode shows for characters that don't come apart into letters and accents.
_PLAIN = {
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("‐‑‒–—−⁃·•", "-"),
    "→": "->", "←": "<-", "×": "x", "≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "⁄": "/", "ß": "ss", "æ": "ae",
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "✓": "ok", "✗": "no",
}  # fmt: skip
HANDLER = "paper-assistant"
#: ASCII by another name: click would write UTF-8 to a stream that says "ascii", whatever the person can read.
ASCII = "paper_assistant_ascii"
#: Characters of one sentence; names of files may be longer than a person wants to read.
LONGEST = 600

no_pager_option = click.option("--no-pager", is_flag=True, help="Print long output at once, without a pager.")


def prepare() -> None:
    """Make the standard streams take any text: a terminal that can't show a character gets its nearest likeness."""
    codecs.register_error(HANDLER, _likeness)
    codecs.register(_ascii)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=ASCII if _bare(stream) else None, errors=HANDLER)  # type: ignore[union-attr]
    if sys.stdin is not None and hasattr(sys.stdin, "reconfigure"):
        encoding = "utf-8" if _bare(sys.stdin) else None
        sys.stdin.reconfigure(encoding=encoding, errors="replace")  # type: ignore[union-attr]


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name != ASCII:
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode, known.decode, None, None, known.incrementalencoder, known.incrementaldecoder, ASCII
    )


def _likeness(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_plain(char) for char in error.object[error.start : error.end]), error.end


def _plain(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    parts = [_PLAIN.get(part, part) for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
    return "".join(part if part.isascii() else "?" for part in parts) or "?"


def _bare(stream: TextIO) -> bool:
    """Whether a stream's encoding is ASCII, as in a C locale."""
    try:
        return codecs.lookup(stream.encoding or "ascii").name == "ascii"
    except LookupError:
        return True


def recovered(text: str) -> str:
    """An argument as it was typed: in a C locale Python hands on the bytes of other alphabets undecoded."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    try:
        return os.fsencode(text).decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def harmless(text: str) -> str:
    """``text`` on one line of a sentence's length, without what would steer a terminal."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 200]} … {shown[-190:]}"


def json_line(value: Any) -> str:
    """JSON on one line, in ASCII where the output can't take more, so that nothing of it is lost."""
    whole = sys.stdout is not None and codecs.lookup(sys.stdout.encoding or "ascii").name.startswith("utf")
    return json.dumps(value, ensure_ascii=not whole)


def console() -> Console:
    """A rich console on stdout: colours on a terminal or with FORCE_COLOR, none with NO_COLOR."""
    from rich.console import Console

    # rich itself would keep bold and italic under NO_COLOR; a person who says no means every escape.
    return Console(highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")


def show(lines: Iterable[str], *, pager: bool, coloured: bool = False) -> None:
    """Print lines, through the person's pager where they are more than the terminal holds.

    ``PAGER`` names the pager; where it is ``cat`` or empty, or stdout is no terminal, there is none. Lines that are
    ``coloured`` keep their escapes; all others lose every control character.
    """
    rest = iter(lines) if coloured else map(rendering.harmless, lines)
    if not (pager and _paging()):
        for line in rest:
            click.echo(line, color=coloured)
        return
    size = shutil.get_terminal_size()
    first: list[str] = []
    rows = 0
    for line in rest:
        first.append(line)
        rows += sum(1 + len(click.unstyle(part)) // size.columns for part in line.split("\n"))
        if rows >= size.lines:
            break
    else:
        for line in first:
            click.echo(line, color=coloured)
        return
    os.environ.setdefault("LESS", "FRX")  # as git does: colours, and no clearing of the screen
    whole = chain(first, rest)
    click.echo_via_pager(chain([next(whole)], (f"\n{line}" for line in whole)))


def _paging() -> bool:
    named = os.environ.get("PAGER")
    terminal = sys.stdout is not None and sys.stdout.isatty() and sys.stdin is not None and sys.stdin.isatty()
    return terminal and os.environ.get("TERM") != "dumb" and named not in ("", "cat")


def write(pieces: Iterable[str], out: Path | None, *, encoding: str = "utf-8") -> None:
    """Write a document in UTF-8 to a file, which is whole or not there at all, or to stdout.

    Raises UsageError where the file can't be written.
    """
    if out is None:
        _to_stdout(pieces)
        return
    try:
        if out.exists() and not out.is_file():  # a device or a pipe has no place beside it for a new file
            _fill(out, pieces, encoding)
            return
        fresh = out.with_name(f"{out.name}.{os.getpid()}.part")
        try:
            _fill(fresh, pieces, encoding)
            fresh.replace(out)
        finally:
            fresh.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise UsageError(f"The file {out} can't be written: {getattr(error, 'strerror', None) or error}.") from error


def _fill(path: Path, pieces: Iterable[str], encoding: str) -> None:
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        file.writelines(pieces)


def _to_stdout(pieces: Iterable[str]) -> None:
    if sys.stdout is None:
        return
    if not sys.stdout.isatty() and hasattr(sys.stdout, "reconfigure"):
        # A file format has an encoding and line ends of its own, whatever the locale says.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="")  # type: ignore[union-attr]
    for piece in pieces:
        sys.stdout.write(piece)


def unclosed(action: Callable[[], None]) -> int:
    """Run the last flush; 1 where the output can't take it any more, with nothing left that complains at exit."""
    try:
        action()
    except OSError:
        silence()
        return 1
    return 0


def silence() -> None:
    """Send what is still in stdout's buffer nowhere: its reader has gone, or its disk is full."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def in_lines(text: str) -> Iterator[str]:
    """The lines of a text, without their ends."""
    yield from text.split("\n")
