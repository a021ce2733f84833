"""ask, chat and search."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from assistant.answers import Answer, Delta
from assistant.cli import exporting, terminal
from assistant.cli.options import Chosen, choose, filter_options, json_option, library_options, reader_options
from assistant.cli.options import limit_option as limit
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.assistant import Assistant

REFUSED = 3
COMMANDS = (
    "/export FILE      write the conversation to FILE; .md .bib .ris .json .csv .jsonl say how",
    "/export FORMAT    print it as markdown, bibtex, ris, csl-json, csv or jsonl",
    "/new              forget the conversation and begin another",
)
LONGEST_LINE = 1_000_000


@click.command()
@click.argument("question", required=False)
@click.option("--batch", type=click.Path(path_type=Path), help="JSON lines of questions; '-' for stdin.")
@library_options
@reader_options
@filter_options
@limit
@click.option("--save", type=click.Path(path_type=Path), help="Keep a receipt here, for 'replay'.")
@exporting.export_options
@terminal.no_pager_option
@json_option
def ask(question: str | None, batch: Path | None, export: str | None, out: Path | None, **options: Any) -> int:
    """Answer one QUESTION with citations ('-' reads it from stdin), or a whole file of them.

    \b
    A line of --batch is {"question": "…"}, with "id" and "history" if wanted; each gives one JSON answer a line.
    """
    if (question is None) == (batch is None):
        raise click.UsageError('Give one question, for example: paper-assistant ask "what does AMPO do?"')
    if batch is not None and (export or out):
        raise click.UsageError("--export and --out go with one question; --batch prints JSON lines.")
    to = exporting.chosen(export, out)
    chosen = choose(options)
    if batch is not None:
        return _ask_batch(chosen, batch)
    text = _said(str(question))
    with chosen.open() as assistant:
        answer = assistant.ask(text, filters=chosen.filters)
        if options["save"] is not None:
            _save(assistant, chosen, text, answer, options["save"])
    if to is None or out is not None:
        _show(answer, as_json=options["as_json"], pager=not options["no_pager"])
    if to is not None:
        from assistant.export import export_answers

        exporting.write(exporting.some(export_answers([answer], to)), to, out)
    return 0 if answer.answered else REFUSED


def _save(assistant: Assistant, chosen: Chosen, text: str, answer: Answer, path: Path) -> None:
    from assistant import receipts
    from assistant.answering import Asked

    asked = Asked(text, (), chosen.filters, chosen.settings.limit)
    receipts.save(path, receipts.receipt(answer, asked, assistant.library, assistant.answerer.today()))


@click.command()
@click.argument("receipt", type=click.Path(path_type=Path))
@library_options
@reader_options
@json_option
def replay(receipt: Path, as_json: bool, **options: Any) -> int:
    """Ask again as RECEIPT says (see 'ask --save') and say whether the answer is the same, or what changed."""
    from assistant import receipts

    values = receipts.load(receipt)
    with choose(options).open() as assistant:
        again = receipts.replay(values, assistant.answerer, assistant.library)
    if as_json:
        told = {"same": again.same, "reason": again.reason, "changed": again.changed}
        click.echo(terminal.json_line(told))
    else:
        _show(again.answer, as_json=False, pager=False)
        click.echo("The same answer, byte for byte." if again.same else f"Not the same: {again.reason}.", err=True)
    return 0 if again.same else 1


def _ask_batch(chosen: Chosen, batch: Path) -> int:
    from assistant.export import answer_as_dict

    failed = False
    with chosen.open() as assistant, _lines(batch) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                row = _row(line)
                answer = assistant.ask(row["question"], history=row["history"], filters=chosen.filters)
                found = answer_as_dict(answer)
            except (UsageError, ValueError) as error:
                failed, row = True, {"id": None}
                found = {"error": f"line {number}: {error}"}
            click.echo(terminal.json_line({"id": row["id"], **found} if row["id"] is not None else found))
    return 1 if failed else 0


def _row(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise UsageError('not JSON; write {"question": "…"}') from None
    value = {"question": value} if isinstance(value, str) else value
    if not isinstance(value, dict) or not isinstance(value.get("question"), str):
        raise UsageError('no "question"; write {"question": "…"}')
    if not isinstance(value.get("history") or [], list):
        raise UsageError('"history" is no list')
    return {"id": value.get("id"), "question": value["question"], "history": value.get("history") or []}


class _lines:  # noqa: N801 - used as a function
    """The lines of a file or of stdin, as a context manager."""

    def __init__(self, path: Path) -> None:
        if str(path) == "-":
            self.stream: TextIO = _stdin()
            return
        try:
            self.stream = path.open(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            raise UsageError(f"The batch file {path} can't be read: {error.strerror}.") from error

    def __enter__(self) -> Iterator[str]:
        return iter(lambda: self.stream.readline(LONGEST_LINE), "")

    def __exit__(self, *_: object) -> None:
        if self.stream is not sys.stdin:
            self.stream.close()


@click.command()
@library_options
@reader_options
@filter_options
@limit
def chat(**options: Any) -> int:
    """Ask and follow up in the terminal; an empty line or Ctrl-D ends it, /help lists what else there is."""
    chosen = choose(options)
    history: list[Any] = []
    with chosen.open() as assistant:
        count, reader = assistant.library.count(), assistant.reader_name
        click.echo(f"{count} papers · reader {reader} · /help for commands, empty line to leave", err=True)
        while question := _prompt():
            try:
                if question.startswith("/"):
                    _obey(question, history)
                else:
                    history += [("user", question), _speak(assistant, question, history, chosen)]
            except UsageError as error:
                click.echo(str(error), err=True)
    return 0


def _obey(line: str, history: list[Any]) -> None:
    """A command of the chat. Raises UsageError for an unknown one."""
    command, _, rest = line.partition(" ")
    if command == "/new":
        history.clear()
        click.echo("A new conversation.", err=True)
    elif command == "/export" and rest.strip():
        _export(rest.strip(), [turn for turn in history if isinstance(turn, Answer)])
    elif command == "/help":
        click.echo("\n".join(COMMANDS), err=True)
    else:
        raise UsageError(f"'{line}' is no command of the chat; /help lists them.")


def _export(where: str, answers: list[Answer]) -> None:
    from assistant.export import export_answers, format_of

    if not answers:
        raise UsageError("Nothing has been answered yet, so there is nothing to export.")
    to = format_of(where)
    out = None if where.casefold() == to.name else Path(where).expanduser()
    exporting.write(exporting.some(export_answers(answers, to, title=answers[0].question)), to, out)


def _prompt() -> str:
    try:
        return terminal.recovered(input("\n> " if sys.stdin.isatty() else "")).strip()
    except EOFError:
        return ""


def _speak(assistant: Assistant, question: str, history: list[Any], chosen: Chosen) -> Answer:
    from assistant.rendering import harmless, sources, status

    written = ""
    for event in assistant.stream(question, history=history, filters=chosen.filters):
        if isinstance(event, Delta):
            written += event.text
            click.echo(harmless(event.text), nl=False)
        elif isinstance(event, Answer):
            # What was streamed may have been mended since (a mark moved, a sentence struck): say the final text.
            click.echo("" if written.strip() == event.text.strip() else f"\n\n{harmless(event.text)}")
            click.echo(harmless(f"\n{sources(event)}\n{status(event)}".rstrip()))
            return event
    raise UsageError("The reader gave no answer; ask again.")


@click.command()
@click.argument("query")
@library_options
@filter_options
@limit
@exporting.export_options
@terminal.no_pager_option
@json_option
def search(query: str, export: str | None, out: Path | None, as_json: bool, no_pager: bool, **options: Any) -> int:
    """Find papers that fit QUERY, best first."""
    from assistant.export import export_papers, passage_as_dict
    from assistant.rendering import found

    to = exporting.chosen(export, out)
    chosen = choose({**options, "reader": "builtin"})
    text = _said(query)
    with chosen.open() as assistant:
        passages = assistant.search(text, limit=chosen.settings.limit, filters=chosen.filters)
    if to is not None:
        exporting.write(export_papers((passage.paper for passage in passages), to), to, out)
    elif as_json:
        for passage in passages:
            click.echo(terminal.json_line(passage_as_dict(passage)))
    else:
        terminal.show(terminal.in_lines(found(passages)), pager=not no_pager)
    return 0 if passages else REFUSED


def _said(argument: str) -> str:
    """The question in an argument, or on stdin where it is ``-``. Raises UsageError for an empty one."""
    text = _stdin().read() if argument == "-" else terminal.recovered(argument)
    # Said before the library is opened, so that a slip costs no time.
    if not text.strip():
        raise UsageError('The question is empty; ask something, for example "what is GRPO?".')
    return text


def _stdin() -> TextIO:
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("Nothing can be read from stdin: it is closed.")
    return sys.stdin


def _show(answer: Answer, *, as_json: bool, pager: bool) -> None:
    from assistant.export import answer_as_dict
    from assistant.rendering import shown

    if as_json:
        click.echo(terminal.json_line(answer_as_dict(answer)))
    else:
        told = shown(answer, terminal.console())
        terminal.show(terminal.in_lines(told), pager=pager, coloured=True)
