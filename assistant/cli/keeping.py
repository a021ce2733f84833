"""ingest, papers and doctor: what keeps a library."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli.options import choose, filter_options, json_option, library_options

if TYPE_CHECKING:
    from ingest.pipeline import Progress


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Embed everything anew, beside the old, then swap.")
@library_options
@json_option
def ingest(paths: tuple[Path, ...], rebuild: bool, as_json: bool, **options: Any) -> int:
    """Read listing pages (PATH…) into the library; twice the same page changes nothing."""
    if not paths and not rebuild:
        raise click.UsageError("Name at least one page, for example: paper-assistant ingest page.txt")
    from assistant.wiring import ingest_into

    chosen = choose(options)
    with progress_bar(hidden=as_json) as progress:
        report = ingest_into(chosen.settings, paths, rebuild=rebuild, progress=progress)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        told, *problems = report.summary().splitlines()
        click.echo(told)
        for problem in problems:
            click.echo(problem, err=True)
    return 1 if report.unreadable else 0


@contextmanager
def progress_bar(*, hidden: bool = False) -> Iterator[Callable[[Progress], None]]:
    """A progress bar on stderr for people; silence for programs and pipes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=hidden or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda news: bar.update(task, description=news.stage, completed=news.done, total=news.total)


@click.command()
@click.argument("query", required=False)
@library_options
@filter_options
@json_option
def papers(query: str | None, as_json: bool, **options: Any) -> int:
    """List the papers of the library, or those that hold every word of QUERY."""
    from assistant.export import paper_as_dict
    from assistant.rendering import facts

    chosen = choose({**options, "reader": "builtin"})
    with chosen.open() as assistant:
        for paper in assistant.papers(query, filters=chosen.filters):
            if as_json:
                click.echo(json.dumps(paper_as_dict(paper), ensure_ascii=False))
            else:
                click.echo(f"{paper.title}{facts(paper)}")
    return 0


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended: the lexical index, a broken collection.")
@library_options
@json_option
def doctor(repair: bool, as_json: bool, **options: Any) -> int:
    """Say what is installed, what is missing, where the library is and whether it is sound."""
    from assistant.diagnosis import diagnose, mend

    chosen = choose(options)
    if repair:
        for line in mend(chosen.settings):
            click.echo(line, err=True)
    findings = diagnose(chosen.settings)
    for finding in findings:
        if as_json:
            click.echo(json.dumps({"what": finding.what, "state": finding.state, "detail": finding.detail}))
        else:
            click.echo(f"{MARKS[finding.state]} {finding.what}: {finding.detail}")
    return 1 if any(finding.state == "broken" for finding in findings) else 0


MARKS = {"good": "ok     ", "absent": "-      ", "broken": "BROKEN "}
if sys.stdout is not None and (getattr(sys.stdout, "encoding", "") or "").lower().startswith("utf"):
    MARKS = {"good": "✓", "absent": "–", "broken": "✗"}
