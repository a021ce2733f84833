"""eval: how good the answers and the search are, on a file of questions or a BEIR folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assistant.cli import terminal
from assistant.cli.options import choose, json_option, library_options, reader_options
from assistant.cli.options import limit_option as limit


@click.command(name="eval")
@click.argument("questions", required=False, type=click.Path(path_type=Path))
@click.option("--beir", type=click.Path(path_type=Path), help="A folder with corpus.jsonl, queries.jsonl and qrels/.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write the reliability plot of the confidence here.")
@click.option("--against", type=click.Path(path_type=Path), help="An earlier --json output: say what changed.")
@library_options
@reader_options
@limit
@json_option
def evaluate(
    questions: Path | None,
    beir: Path | None,
    plot: Path | None,
    against: Path | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Measure answers on QUESTIONS.jsonl, or search on a BEIR folder."""
    if (questions is None) == (beir is None):
        raise click.UsageError("Give a file of questions, or --beir with a folder.")
    from assistant import evaluation

    chosen = choose(options)
    if beir is not None:
        report = evaluation.evaluate_beir(beir, embedder=chosen.settings.embedder)
        click.echo(terminal.json_line(report.as_dict()) if as_json else report.table())
        return 0
    assert questions is not None
    with chosen.open() as assistant:
        report = evaluation.evaluate_questions(assistant, questions)
    if plot is not None:
        evaluation.plot_reliability(report, plot)
    click.echo(terminal.json_line(report.as_dict()) if as_json else report.table())
    if against is not None:
        click.echo(evaluation.compare(report, against), err=as_json)
    return 0
