"""digest: what is new on some topics, from a terminal or from cron."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import terminal
from assistant.cli.options import Day, choose, library_options

if TYPE_CHECKING:
    from assistant.answers import Digest, Watch
    from assistant.diary import Diary

NOTHING_NEW = 3
LAST = "last"


class Since(Day):
    """A year, a month or a day, or ``last``: since the last digest on the topic."""

    def __init__(self) -> None:
        super().__init__(last=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return LAST if value == LAST else super().convert(value, param, ctx)


@click.command()
@click.option("--topic", "topics", multiple=True, required=True, help="What to look for; may be given several times.")
@click.option("--since", type=Since(), default=LAST, show_default=True, help="A date, or 'last' for the last digest.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Papers a topic at most.")
@click.option("--order", type=click.Choice(("relevant", "newest")), default="relevant", show_default=True)
@click.option("--format", "form", type=click.Choice(("text", "md", "json")), default="text", show_default=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the digest to FILE.")
@click.option("--quiet", is_flag=True, help="Write nothing at all where nothing is new, nor topics without news.")
@click.option("--exit-code", is_flag=True, help="Leave with 3 where nothing is new.")
@click.option("--no-remember", is_flag=True, help="Don't remember what was told; the next digest tells it again.")
@library_options
@terminal.no_pager_option
def digest(topics: tuple[str, ...], since: date | str, no_pager: bool, **options: Any) -> int:
    """Write what is new on a TOPIC: the papers that belong to it, each with the sentence that shows it, cited.

    '--since last' tells what earlier digests of the topic did not: each run remembers the day and the papers told.
    The first one looks back seven days. Papers without a date of listing are left out.
    """
    from assistant.diary import Diary
    from assistant.settings import data_home
    from assistant.wiring import locate

    topics = tuple(dict.fromkeys(terminal.recovered(topic) for topic in topics))
    chosen = choose({"library": options["library"], "embedder": options["embedder"], "reader": "builtin"})
    diary, place = Diary(data_home() / "digests.json"), locate(chosen.settings)
    watches = [_watch(diary, topic, since, place) for topic in topics]
    with chosen.open() as assistant:
        made = assistant.digest(watches, limit=options["limit"], order=options["order"])
    news = bool(made.sources)
    if news or not options["quiet"]:
        _tell(made, options, pager=not no_pager)
    if not options["no_remember"]:
        diary.record(made, library=place)
    return NOTHING_NEW if options["exit_code"] and not news else 0


def _watch(diary: Diary, topic: str, since: date | str, library: str) -> Watch:
    from assistant.answers import Watch

    if isinstance(since, date):
        return Watch(topic, since)
    return diary.watch(topic, library=library, today=date.today())


def _tell(made: Digest, options: dict[str, Any], *, pager: bool) -> None:
    text = _written(made, options["form"], quiet=options["quiet"])
    if options["out"] is not None:
        terminal.write([text], options["out"])
    else:
        terminal.show(terminal.in_lines(text.rstrip("\n")), pager=pager)


def _written(made: Digest, form: str, *, quiet: bool) -> str:
    from assistant.export import as_json, digest_markdown, digest_text

    if form == "json":
        return terminal.json_line(as_json(made)) + "\n"
    return (digest_markdown if form == "md" else digest_text)(made, quiet=quiet)
