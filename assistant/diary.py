"""What earlier digests told, in a file of the person's own folder: the day of each topic's last one, and its papers.

::

    {"format": 1, "watches": [{"library": "/home/ada/library", "topic": "agents", "start": "2025-09-29",
                               "day": "2025-10-06", "told": {"1a2b3c4d5e6f7081": "2025-10-02"}}]}

A paper can be listed on one day and reach the library on a later one. So the next digest looks back beyond the last
one's day, and leaves out what was told. Knows no library.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from assistant.answers import Digest, Section, Watch
from assistant.errors import UsageError

#: Raised when the layout of the file changes.
FORMAT = 1
#: Days before the last digest whose papers may still come in late.
GRACE = timedelta(days=14)
#: What the first digest on a topic looks back over.
FIRST = timedelta(days=7)
#: Seconds to wait for another digest that is writing.
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Diary:
    """The memory of digests in one file, which is made when first written to."""

    path: Path

    def watch(self, topic: str, *, library: str, today: date) -> Watch:
        """What the next digest on ``topic`` has to look for. Raises UsageError for a file that isn't a diary."""
        entry = self._read().get((library, folded(topic)))
        if entry is None:
            return Watch(topic, today - FIRST)
        return Watch(topic, max(entry.start, entry.day - GRACE), frozenset(entry.told))

    def record(self, digest: Digest, *, library: str) -> None:
        """Remember what a digest told. Raises UsageError where the file can't be read or written."""
        from filelock import FileLock, Timeout

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=PATIENCE):
                entries = self._read()
                for section in digest.sections:
                    key = (library, folded(section.topic))
                    entries[key] = _extended(entries.get(key), section, digest.day)
                self._write(entries)
        except Timeout:
            raise UsageError(f"Another digest is writing to {self.path}; run this one again later.") from None
        except OSError as error:
            raise UsageError(f"What was told can't be kept in {self.path}: {error.strerror}.") from error

    def _read(self) -> dict[tuple[str, str], _Entry]:
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))
            if values["format"] != FORMAT:
                raise ValueError
            return {(str(value["library"]), str(value["topic"])): _entry(value) for value in values["watches"]}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise UsageError(f"The memory of digests {self.path} can't be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise UsageError(f"{self.path} is no memory of digests; move it away to begin anew.") from None

    def _write(self, entries: dict[tuple[str, str], _Entry]) -> None:
        watches = [
            {
                "library": library,
                "topic": topic,
                "start": entry.start.isoformat(),
                "day": entry.day.isoformat(),
                "told": {paper: day.isoformat() for paper, day in entry.told.items()},
            }
            for (library, topic), entry in entries.items()
        ]
        fresh = self.path.with_suffix(f".{os.getpid()}.part")
        try:
            fresh.write_text(json.dumps({"format": FORMAT, "watches": watches}, indent=1) + "\n", encoding="utf-8")
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One topic: where its digests begin, the day of the last, and the papers told with their dates of listing."""

    start: date
    day: date
    told: dict[str, date]


def folded(topic: str) -> str:
    """The topic as it is remembered: without case and spare white space."""
    return " ".join(topic.casefold().split())


def _entry(value: Any) -> _Entry:
    told = {str(paper): date.fromisoformat(day) for paper, day in value["told"].items()}
    return _Entry(date.fromisoformat(value["start"]), date.fromisoformat(value["day"]), told)


def _extended(known: _Entry | None, section: Section, day: date) -> _Entry:
    told = dict(known.told) if known else {}
    for finding in section.findings:
        for paper in (finding.citation.paper, *finding.duplicates):
            told[paper.id] = paper.listed or day
    start = min(known.start, section.since) if known else section.since
    return _Entry(start, day, {paper: listed for paper, listed in told.items() if listed >= day - 2 * GRACE})
