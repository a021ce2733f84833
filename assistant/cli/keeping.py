"""ingest, papers and doctor: what keeps a library."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import exporting, terminal
from assistant.cli.options import choose, filter_options, json_option, library_options

if TYPE_CHECKING:
    from ingest.pipeline import Progress


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Embed everything anew, beside the old, then swap.")
@click.option("--expand", is_flag=True, help="Let the reader write questions for each abstract, to be found by.")
@click.option("--reader", metavar="R", help="Who writes them: openai:MODEL, hf:ORG/MODEL or hf:FOLDER.")
@library_options
@json_option
def ingest(paths: tuple[Path, ...], rebuild: bool, expand: bool, as_json: bool, **options: Any) -> int:
    """Read files of papers (PATH…) into the library; twice the same file changes nothing.

    Listing pages as text or HTML; JSON and JSON lines of arXiv, Daily Papers, Semantic Scholar and OpenAlex; BibTeX;
    CSV, TSV and Parquet with columns title and abstract; each of them in gzip or zstd. The content tells which.
    """
    if not (paths or rebuild or expand):
        raise click.UsageError("Name at least one page, for example: paper-assistant ingest page.txt")
    from assistant.wiring import expand_into, ingest_into

    chosen = choose(options)
    with progress_bar(hidden=as_json) as progress:
        report = ingest_into(chosen.settings, paths, rebuild=rebuild, progress=progress)
        expansion = expand_into(chosen.settings, progress=progress) if expand else None
    if as_json:
        more = {"expansion": asdict(expansion)} if expansion else {}
        click.echo(terminal.json_line({**report.as_dict(), **more}))
    else:
        click.echo(report.summary().splitlines()[0])
        if expansion:
            click.echo(f"{expansion.questions} questions written for {expansion.asked} of {expansion.papers} papers.")
        for problem in report.told():
            click.echo(terminal.harmless(problem), err=True)
    return 1 if report.unreadable else 0


@contextmanager
def progress_bar(*, hidden: bool = False) -> Iterator[Callable[[Progress], None]]:
    """A progress bar on stderr for people; silence for programs and pipes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    watched = sys.stderr is not None and sys.stderr.isatty() and console.is_terminal
    with Progress(*columns, console=console, disable=hidden or not watched, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda news: bar.update(task, description=news.stage, completed=news.done, total=news.total)


@click.command()
@click.argument("query", required=False)
@library_options
@filter_options
@exporting.export_options
@terminal.no_pager_option
@json_option
def papers(query: str | None, export: str | None, out: Path | None, **options: Any) -> int:
    """List the papers of the library, or those that hold every word of QUERY."""
    from assistant.export import export_papers, paper_as_dict
    from assistant.rendering import facts

    to = exporting.chosen(export, out)
    chosen = choose({**options, "reader": "builtin"})
    with chosen.open() as assistant:
        found = assistant.papers(terminal.recovered(query) if query else None, filters=chosen.filters)
        if to is not None:
            exporting.write(export_papers(found, to), to, out)
        elif options["as_json"]:
            for paper in found:
                click.echo(terminal.json_line(paper_as_dict(paper)))
        else:
            terminal.show((f"{paper.title}{facts(paper)}" for paper in found), pager=not options["no_pager"])
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
            click.echo(terminal.json_line({"what": finding.what, "state": finding.state, "detail": finding.detail}))
        else:
            click.echo(f"{MARKS[finding.state]} {finding.what}: {finding.detail}")
    return 1 if any(finding.state == "broken" for finding in findings) else 0


MARKS = {"good": "ok     ", "absent": "-      ", "broken": "BROKEN "}
if sys.stdout is not None and (getattr(sys.stdout, "encoding", "") or "").lower().startswith("utf"):
    MARKS = {"good": "✓", "absent": "–", "broken": "✗"}
