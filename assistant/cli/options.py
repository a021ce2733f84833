"""Options that several commands share, and how their values become settings and filters."""

from __future__ import annotations

import calendar
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from assistant.settings import Settings, load
from ingest.papers import Filters

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from assistant.assistant import Assistant

_log = logging.getLogger(__name__)
DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")


class Day(click.ParamType):
    """A year, a month or a day; ``last`` decides which end of a year or month is meant."""

    name = "DATE"

    def __init__(self, *, last: bool) -> None:
        self.last = last

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        found = DATE.fullmatch(str(value).strip())
        try:
            if not found:
                raise ValueError
            year, month, day = (int(part) if part else None for part in found.groups())
            month = month or (12 if self.last else 1)
            return date(year or 0, month, day or (calendar.monthrange(year or 0, month)[1] if self.last else 1))
        except (ValueError, calendar.IllegalMonthError):
            self.fail(f"'{value}' is no date; write 2025, 2025-06 or 2025-06-14", param, ctx)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the shared options say."""

    settings: Settings
    filters: Filters

    def open(self) -> Assistant:
        """The assistant that the options describe."""
        from assistant.assistant import Assistant

        return Assistant.open(settings=self.settings)


def _stack(*decorators: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _folders(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="dir")]


def _readers(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in ("auto", "builtin", "hf:", "openai:") if name.startswith(incomplete)]


library_options = _stack(
    click.option(
        "--library",
        metavar="L",
        shell_complete=_folders,
        help="Folder of the library, or http://host:port of a Chroma server.",
    ),
    click.option("--embedder", metavar="E", help="default, hf:ID-or-DIR or openai:NAME; must be the library's own."),
)
reader_options = _stack(
    click.option(
        "--reader", metavar="R", shell_complete=_readers, help="auto, builtin, hf:ORG/MODEL, hf:FOLDER or openai:MODEL."
    ),
    click.option("--rewrite/--no-rewrite", default=None, help="Let a generative reader rewrite the question."),
    click.option("--strict/--no-strict", default=None, help="Drop sentences that the abstracts don't bear out."),
    click.option("--reranker", metavar="M", help="hf:ID-or-DIR of a cross-encoder that re-orders what was found."),
)
filter_options = _stack(
    click.option("--since", type=Day(last=False), help="Only papers listed on or after: 2025, 2025-06, 2025-06-14."),
    click.option("--until", type=Day(last=True), help="Only papers listed on or before."),
    click.option("--organization", metavar="NAME", help="Only papers of an organisation."),
    click.option("--source", metavar="PAGE", help="Only papers of one listing page."),
    click.option("--has-code", is_flag=True, default=None, help="Only papers whose abstract links to code."),
)
limit_option = click.option("--limit", type=click.IntRange(1, 100), help="How many papers to read at most.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

FILTERS = ("since", "until", "organization", "source", "has_code")
SETTINGS = ("library", "embedder", "reader", "rewrite", "strict", "limit", "reranker")


def choose(options: dict[str, Any]) -> Chosen:
    """Settings and filters from the options of a command. Raises UsageError."""
    filters = Filters(**{name: options.get(name) for name in FILTERS})
    if filters.since and filters.until and filters.since > filters.until:
        raise click.UsageError(f"--since {filters.since} is after --until {filters.until}; swap them.")
    settings = load({name: options.get(name) for name in SETTINGS})
    for name, origin in settings.origins.items():
        if origin != "default":
            _log.info("%s = %r from %s", name, getattr(settings, name), origin)
    return Chosen(settings, filters)
