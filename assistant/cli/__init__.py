"""The command line: parses, opens, asks, prints, maps every error to one line and an exit code.

Exit codes: 0 answered, 3 refused (the abstracts don't say), 2 usage, 1 failure, 130 interrupted.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Sequence

import click

from assistant import __version__
from assistant.cli import terminal
from assistant.cli.asking import ask, chat, replay, search
from assistant.cli.configuring import COMPLETE, completion, config
from assistant.cli.copying import copy
from assistant.cli.digesting import digest
from assistant.cli.fetching import fetch
from assistant.cli.keeping import doctor, ingest, papers
from assistant.cli.logs import configure, verbose_option
from assistant.cli.manual import PROGRAM, describe
from assistant.cli.measuring import evaluate
from assistant.cli.serving import serve
from assistant.errors import AssistantError, UsageError
from assistant.secrets import masked
from ingest.errors import IngestError, UnknownEmbedder, UnknownPlace

ANSWERED, FAILURE, USAGE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130

#: Objects made before Python looks for garbage: a cold question makes half a million that all stay.
GARBAGE_AFTER = 100_000


@click.group(
    epilog=PROGRAM,
    params=[verbose_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="paper-assistant")
def cli() -> None:
    """Ask questions about research-paper abstracts; every sentence is traced to the abstract it came from."""


ASKING, KEEPING = (ask, chat, search, papers, digest, replay), (ingest, fetch, copy, doctor)

for command in (*ASKING, *KEEPING, evaluate, serve, config, completion):
    command.params.append(verbose_option())
    describe(command)
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(GARBAGE_AFTER, 50, 50)
    # The products of a question are small: a second thread waits for the first, and both for whoever else computes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    code = run(arguments)
    if sys.stdout is not None:
        code = terminal.unclosed(sys.stdout.flush) or code
    gc.freeze()  # what is left goes with the process; looking through it once more would take a sixth of a second
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error has become one line on stderr."""
    terminal.prepare()
    configure(0)
    try:
        code = cli.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="paper-assistant",
            complete_var=COMPLETE,
            standalone_mode=False,
        )
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except BrokenPipeError:
        terminal.silence()  # the reader of our output has gone (| head)
        return ANSWERED
    except (Exception, KeyboardInterrupt) as error:
        text, code = _explain(error)
        click.echo(f"paper-assistant: {terminal.harmless(masked(text))}", err=True)
        return code
    return code if isinstance(code, int) else ANSWERED


def _explain(error: BaseException) -> tuple[str, int]:
    """One sentence for a person, and the exit code."""
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return "Interrupted.", INTERRUPTED
    if isinstance(error, click.UsageError):
        hint = f" See '{error.ctx.command_path} --help'." if error.ctx else ""
        told = error.format_message().rstrip(".")
        return f"{told}{'' if told.endswith('?') else '.'}{hint}", USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), FAILURE
    if isinstance(error, (UsageError, UnknownEmbedder, UnknownPlace)):
        return str(error), USAGE
    if isinstance(error, (AssistantError, IngestError)):
        return str(error), FAILURE
    if isinstance(error, OSError):
        return f"The system refused: {error.strerror or error} ({error.filename or 'no file'}).", FAILURE
    if isinstance(error, ValueError) and "null byte" in str(error):
        return "No path can hold a NUL character; check the arguments.", USAGE
    logging.getLogger(__name__).info("unexpected", exc_info=error)
    what = (str(error).strip().splitlines() or [""])[0]
    return f"Unexpected {type(error).__name__}: {what} (run with -v for the details).", FAILURE
