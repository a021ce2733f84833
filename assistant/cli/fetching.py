"""fetch: new papers from the Daily Papers API into the library."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import click

from assistant.cli import terminal
from assistant.cli.keeping import progress_bar
from assistant.cli.options import Day, choose, json_option, library_options

#: Most days of one fetch, a decade: a slip of the year is no reason to ask for a century.
MOST_DAYS = 3_660


@click.command()
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help="The last so many days, today included; 7 if not said.")
@click.option("--from", "first", type=Day(last=False), help="From this day on: 2025, 2025-06, 2025-06-14.")
@click.option("--to", "last", type=Day(last=True), help="Up to this day; today if not said.")
@click.option("--url", metavar="BASE", help="Another server with the same API.")
@library_options
@json_option
def fetch(
    days: int | None, first: date | None, last: date | None, url: str | None, as_json: bool, **options: Any
) -> int:
    """Fetch new papers of the last days from Hugging Face's Daily Papers and read them into the library.

    Days that were fetched when they were over are not asked for again; a run that was cut off goes on where it
    stopped.
    """
    from assistant.wiring import fetch_into

    begin, end = _span(days, first, last)
    with progress_bar(hidden=as_json) as progress:
        fetched, report = fetch_into(choose(options).settings, begin, end, base=url, progress=progress)
    failed = [f"{day}: {why}" for day, why in fetched.failed]
    if as_json:
        asked = {"days": fetched.days, "asked": fetched.asked, "fetched": fetched.papers, "failed": failed}
        click.echo(terminal.json_line({**asked, **report.as_dict()}))
    else:
        known = fetched.days - fetched.asked - len(failed)
        click.echo(f"{fetched.papers} papers fetched for {fetched.asked} days; {known} days were here already.")
        click.echo(report.summary().splitlines()[0])
        for problem in [*failed, *report.told()]:
            click.echo(terminal.harmless(problem), err=True)
    return 1 if failed or report.unreadable else 0


def _span(days: int | None, first: date | None, last: date | None) -> tuple[date, date]:
    """The first and the last day. Raises click.UsageError for days that contradict each other."""
    if days is not None and first is not None:
        raise click.UsageError("Give --days or --from, not both.")
    today = datetime.now(UTC).date()
    end = min(last or today, today)
    begin = first or end - timedelta(days=(days or 7) - 1)
    if begin > end:
        raise click.UsageError(f"There is no day from {begin} to {end}.")
    return max(begin, end - timedelta(days=MOST_DAYS)), end
