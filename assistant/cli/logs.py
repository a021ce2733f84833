"""Logging to stderr, as loud as -v says, and never with a secret in it."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import click

from assistant.secrets import masked

#: Levels of our own loggers and of all others, by how often -v is given.
LEVELS = (
    (logging.WARNING, logging.WARNING),
    (logging.INFO, logging.WARNING),
    (logging.DEBUG, logging.INFO),
    (logging.DEBUG, logging.DEBUG),
)
OURS = ("assistant", "ingest")


class Discreet(logging.Formatter):
    """A formatter whose lines, tracebacks too, hold no secret."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at the time."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:
            self.stream = sys.stderr  # setStream would flush the old one, which may be closed
            super().emit(record)


_HANDLER = _Handler()


def configure(verbosity: int) -> None:
    """Log to stderr: warnings, with 1 what is being done, with 2 in detail, with 3 what the libraries say too."""
    own, others = LEVELS[min(verbosity, len(LEVELS) - 1)]
    root = logging.getLogger()
    if _HANDLER not in root.handlers:
        root.addHandler(_HANDLER)
    root.setLevel(others)
    for name in OURS:
        logging.getLogger(name).setLevel(own)


def verbose_option() -> click.Option:
    """``-v``, which counts, for the program and for every command."""
    return click.Option(
        ["-v", "--verbose"],
        count=True,
        expose_value=False,
        callback=_told,
        help="Say on stderr what is being done; -vv in detail, -vvv with what the libraries say.",
    )


def _told(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
    said = max(value, context.meta.get(__name__, 0))  # a command's context shares the program's meta
    context.meta[__name__] = said
    configure(said)
