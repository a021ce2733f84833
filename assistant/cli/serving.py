"""serve: the chat page."""

from __future__ import annotations

import os
from typing import Any

import click

from assistant.cli.options import choose, library_options, reader_options


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 lets others in.")
@click.option("--port", type=click.IntRange(1, 65535), default=7860, show_default=True)
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in the browser.")
@click.option("--login", metavar="NAME", help="Ask for this name and the password in PAPER_ASSISTANT_PASSWORD.")
@click.option("--mcp", is_flag=True, help="Serve ask, search and papers as MCP tools too.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="PAPER_ASSISTANT_LOG_FORMAT",
    help="json: a line of JSON on stderr for each request and answer; questions only with -v.",
)
@library_options
@reader_options
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    open_browser: bool,
    login: str | None,
    mcp: bool,
    log_format: str,
    **options: Any,
) -> int:
    """Serve the chat page, and chat completions for other programs below /v1."""
    from assistant.web import journal, launch, resources

    resources.restrain()
    if log_format == "json":
        journal.as_json_lines(verbose=bool(context.find_root().params.get("verbose")))
    who = (login, _password()) if login else None
    with choose(options).open() as assistant:
        launch(assistant, host=host, port=port, open_browser=open_browser, login=who, mcp=mcp)
    return 0


def _password() -> str:
    # In the environment, where a list of processes doesn't show it.
    password = os.environ.get("PAPER_ASSISTANT_PASSWORD", "")
    if not password:
        raise click.UsageError("--login needs a password; set PAPER_ASSISTANT_PASSWORD.")
    return password
