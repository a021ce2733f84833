r"""Records of JSON: one a line, or the objects of an array, wherever in the document it stands. Knows no Paper.

Lines are parsed one by one, so that a broken one costs itself alone. An array is read by events, so that nothing but
the record under way is in memory; these are arrays of records, those of an answer's inside too::

    [{"paper": …}, {"paper": …}]          {"meta": …, "results": [{"id": …}, …]}          {"data": [{…}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ingest.sources.records import Unreadable
from ingest.sources.shapes import folded
from ingest.sources.streams import MAX_LINE_CHARS, SourceStream, lines, text

#: What answers and dumps call the list that their records are in.
ENVELOPES = frozenset(
    (
        "results",
        "data",
        "papers",
        "dailypapers",
        "items",
        "records",
        "entries",
        "works",
        "articles",
        "documents",
        "docs",
    )
)
#: Objects and arrays within each other; no source nests deeper than ten.
MOST_NESTED = 60
#: Characters fed to the parser at a time.
PIECE = 65_536

#: A record with its number, or why it can't be read; lines count from 1, as records do.
Numbered = tuple[int, Any]


def json_lines(stream: SourceStream) -> Iterator[Numbered]:
    """The value of each line that holds something, or an Unreadable."""
    for number, line in lines(stream):
        if line is None:
            yield number, Unreadable(f"has more than {MAX_LINE_CHARS:,} characters, which no record has")
        elif line := line.strip("\0 \t\ufeff"):
            try:
                yield number, json.loads(line)
            except RecursionError:
                yield number, Unreadable("is JSON nested too deeply")
            except ValueError as error:
                yield number, Unreadable(f"is no JSON ({_reason(error)})")


def json_document(stream: SourceStream) -> Iterator[Numbered]:
    """The records of a document, counted from 1, each once it is whole; an Unreadable where reading had to end."""
    import ijson

    finder = _Finder()
    source = text(stream)
    # ijson's parsers tell of what they have seen through ``events``; numbers as floats, as json has them.
    events: Any = ijson.sendable_list()
    parser = ijson.basic_parse_coro(events, use_float=True, multiple_values=True)
    try:
        while piece := source.read(PIECE):
            parser.send(piece.replace("\0", "").encode("utf-8", "replace"))
            yield from finder.records(events, len(piece))
            del events[:]
        parser.close()
        yield from finder.records(events, 0)
    except ijson.JSONError as error:
        yield from finder.records(events, 0)
        if stream.damage is None:  # else the archive has ended too early, which is told of by itself
            yield finder.number + 1, Unreadable(f"and what follows can't be read: broken JSON ({_reason(error)})")
    except Unreadable as error:
        yield finder.number + 1, error


class _Finder:
    """Puts records together from the events of the parser.

    A record is a member of the top array, or of an array that stands in objects under one of ENVELOPES; an object
    that has no such array is a record itself.
    """

    def __init__(self) -> None:
        self.number = 0
        self._open: list[str] = []
        self._key = ""
        self._record: Any = None
        self._top: Any = None
        self._array = 0
        self._members = 0
        self._fed = 0

    def records(self, events: list[tuple[str, Any]], fed: int) -> Iterator[Numbered]:
        """The records that ``events`` complete. Raises Unreadable for one that goes on without end."""
        self._fed += fed
        for event, value in events:
            starts = event in ("start_map", "start_array")
            if self._record is None and self._array and len(self._open) == self._array and event != "end_array":
                self._begin_record()
            if self._record is None and event == "start_array" and self._holds_records():
                self._open.append("array")
                self._array = len(self._open)
                self._feed_top("null", None)
                continue
            if starts:
                self._open.append(event)
                self._check_depth()
            elif event in ("end_map", "end_array"):
                self._open.pop()
            elif event == "map_key":
                self._key = value
            yield from self._grow(event, value)
        if self._fed > MAX_LINE_CHARS + PIECE:
            raise Unreadable(f"has more than {MAX_LINE_CHARS:,} characters; it and what follows is not read")

    def _holds_records(self) -> bool:
        """Whether the array that begins here is one of records."""
        in_objects = all(kind == "start_map" for kind in self._open)
        return not self._open or (in_objects and folded(self._key) in ENVELOPES)

    def _begin_record(self) -> None:
        from ijson import ObjectBuilder

        self._record = ObjectBuilder()

    def _grow(self, event: str, value: Any) -> Iterator[Numbered]:
        if self._record is not None:
            self._record.event(event, value)
            if len(self._open) == self._array:
                yield self._done(self._record.value)
                self._record = None
                self._members += 1
            return
        if self._array and len(self._open) < self._array:  # the array of records has ended
            self._array = 0
        else:
            self._feed_top(event, value)
        if not self._open:
            top, self._top = self._top, None
            if top is not None and not self._members:
                yield self._done(top.value)
            self._members = self._fed = 0

    def _feed_top(self, event: str, value: Any) -> None:
        from ijson import ObjectBuilder

        if self._top is None and event == "start_map":
            self._top = ObjectBuilder()
        if self._top is not None:
            self._top.event(event, value)

    def _done(self, value: Any) -> Numbered:
        self.number += 1
        self._fed = 0
        return self.number, value

    def _check_depth(self) -> None:
        if len(self._open) > MOST_NESTED:
            raise Unreadable("is JSON nested too deeply; it and what follows is not read")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
