"""The command line: parses, opens, asks, prints, maps every error to one line and an exit code.

Exit codes: 0 answered, 3 refused (the abstracts don't say), 2 usage, 1 failure, 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import click

from assistant import __version__
from assistant.cli.asking import ask, chat, replay, search
from assistant.cli.keeping import doctor, ingest, papers
from assistant.cli.measuring import evaluate
from assistant.cli.serving import serve
from assistant.errors import AssistantError, UsageError
from ingest.errors import IngestError, UnknownEmbedder, UnknownPlace

ANSWERED, FAILURE, USAGE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130

EPILOG = """\b
Examples:
  paper-assistant ask "what does AMPO do?"
  echo "which papers use LoRA?" | paper-assistant ask - --json
  paper-assistant ingest page.txt
  paper-assistant serve

Exit codes: 0 answered, 3 the abstracts don't say, 2 usage, 1 failure.
"""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="paper-assistant")
@click.option("-v", "--verbose", count=True, help="Say on stderr what is being done; twice for more.")
def cli(verbose: int) -> None:
    """Ask questions about research-paper abstracts; every sentence is traced to the abstract it came from."""
    if verbose:
        level = logging.INFO if verbose == 1 else logging.DEBUG
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)


for command in (ask, chat, search, replay, ingest, papers, evaluate, serve, doctor):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error has become one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a character gets a question mark, not a traceback.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except BrokenPipeError:
        # The reader of our output has gone (| head); stop Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except (Exception, KeyboardInterrupt) as error:
        text, code = _explain(error)
        click.echo(f"paper-assistant: {' '.join(text.split())}", err=True)
        return code
    return code if isinstance(code, int) else ANSWERED


def _explain(error: BaseException) -> tuple[str, int]:
    """One sentence for a person, and the exit code."""
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return "Interrupted.", INTERRUPTED
    if isinstance(error, click.UsageError):
        hint = f" See '{error.ctx.command_path} --help'." if error.ctx else ""
        return f"{error.format_message().rstrip('.')}.{hint}", USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), FAILURE
    if isinstance(error, (UsageError, UnknownEmbedder, UnknownPlace)):
        return str(error), USAGE
    if isinstance(error, (AssistantError, IngestError)):
        return str(error), FAILURE
    if isinstance(error, OSError):
        return f"The system refused: {error.strerror or error} ({error.filename or 'no file'}).", FAILURE
    logging.getLogger(__name__).info("unexpected", exc_info=error)
    what = (str(error).strip().splitlines() or [""])[0]
    return f"Unexpected {type(error).__name__}: {what} (run with -v for the details).", FAILURE
