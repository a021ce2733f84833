"""New papers from the Daily Papers API: a file a day, asked for politely, kept, and read like any other source.

A day's answer lies in the user's data folder once it is whole, so that a run that was cut off goes on where it
stopped. A day is asked for again until it is well over, since papers are added to it. Knows nothing of libraries, and
leaves asking to :mod:`ingest.dailypapers`. A file says when it was asked for::

    {"asked": "2025-02-16T06:00:00+00:00", "date": "2025-02-13", "papers": [{"paper": {"id": "2502.08946", …}}, …]}
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.dailypapers import DailyServer, Manners
from ingest.errors import FetchError, NetworkMissing

#: Who lists the papers unless another address is named.
BASE = "https://huggingface.co"
#: Papers may still be added to a day until its end has come everywhere on earth, and a while for curators.
SETTLED = timedelta(days=2)
#: The list's first day.
FIRST_DAY = date(2023, 5, 4)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought: ``files`` of all days asked for, ``asked`` of them new; ``failed`` days, with why."""

    files: tuple[Path, ...]
    days: int
    asked: int
    papers: int
    failed: tuple[tuple[date, str], ...] = ()


@dataclass(slots=True)
class _Tally:
    files: list[Path] = field(default_factory=list[Path])
    asked: int = 0
    papers: int = 0
    failed: list[tuple[date, str]] = field(default_factory=list[tuple[date, str]])


def days_between(first: date, last: date) -> list[date]:
    """All days from ``first`` to ``last``, both included. Raises FetchError where there is none."""
    first = max(first, FIRST_DAY)
    if first > last:
        raise FetchError(f"There are no days to fetch up to {last}: the list begins on {FIRST_DAY}.")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def fetch(
    days: Sequence[date],
    folder: Path,
    *,
    base: str = BASE,
    manners: Manners | None = None,
    tell: Callable[[int, int], None] | None = None,
    now: datetime | None = None,
) -> Fetched:
    """Bring the papers of ``days`` into files in ``folder``, one a day; days that are there and over are not asked for.

    A day that fails after all tries is reported and the others go on. ``tell`` hears of days done and of all days.
    Raises NetworkMissing where the server can't be reached at all, FetchError for an address that is none or a folder
    that can't be written.
    """
    import httpx

    if not re.match(r"https?://[^\s/]", base):
        raise FetchError(f"'{base}' is no address to fetch from; write https://host.")
    manners = manners or Manners()
    now = now or datetime.now(UTC)
    place = folder / _name_of(base)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FetchError(
            f"Nothing can be kept in {place} ({error.strerror or error}); set PAPER_ASSISTANT_HOME."
        ) from error
    tally = _Tally()
    headers = {"User-Agent": "paper-assistant", "Accept": "application/json"}
    with httpx.Client(timeout=manners.timeout, headers=headers, follow_redirects=True) as client:
        server = DailyServer(client, base.rstrip("/"), manners)
        for number, day in enumerate(days):
            if tell:
                tell(number, len(days))
            _bring(day, place, server, tally, now)
    return Fetched(tuple(tally.files), len(days), tally.asked, tally.papers, tuple(tally.failed))


def _bring(day: date, place: Path, server: DailyServer, tally: _Tally, now: datetime) -> None:
    path = place / f"daily-papers-{day.isoformat()}.json"
    kept = _kept(path)
    if kept is None or kept.asked < _over(day):
        try:
            papers = server.papers_of(day)
        except FetchError as error:
            # Nobody there at the first word: no need to try every other day.
            if isinstance(error, NetworkMissing) and not tally.asked:
                raise
            tally.failed.append((day, str(error)))
        else:
            tally.asked += 1
            tally.papers += len(papers)
            kept = _Kept(now, len(papers))
            _keep(path, {"asked": now.isoformat(), "date": day.isoformat(), "papers": papers})
    if kept is not None and kept.papers:
        tally.files.append(path)


def _over(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + SETTLED


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a day's file says: when it was asked for and how many papers there were."""

    asked: datetime
    papers: int


def _kept(path: Path) -> _Kept | None:
    """The day's file; None where there is none that is whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        asked = datetime.fromisoformat(value["asked"])
        return _Kept(asked if asked.tzinfo else asked.replace(tzinfo=UTC), len(value["papers"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _keep(path: Path, value: dict[str, Any]) -> None:
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        beside.write_text(json.dumps(value), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise FetchError(f"{path} can't be written ({error.strerror or error}); free some space.") from error


def _name_of(base: str) -> str:
    """A folder's name for an address: what two servers say of a day is not the same."""
    return hashlib.sha256(base.rstrip("/").encode()).hexdigest()[:16]
