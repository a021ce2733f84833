"""Ingest: read, merge, chunk, embed, write. The same input twice writes nothing and embeds nothing.

Papers go through in blocks, so that memory does not grow with the input. Progress goes to a callback that the
roof supplies; nothing is printed here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from ingest.embedding import Embedder
from ingest.errors import SourceError
from ingest.library import Library
from ingest.merging import Holdings, IsCurrent, Settlement, by_id, by_keys
from ingest.pages import Problem
from ingest.papers import Paper
from ingest.rows import Entry
from ingest.sources.reading import read_source
from ingest.storage.memory import give_back
from ingest.storage.preparing import Preparer
from ingest.storage.repair import rebuild
from ingest.storage.writing import Writer
from ingest.tallying import UNMET, Tally

#: Papers settled with the library at a time; they are embedded and written in smaller batches.
BLOCK = 4_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: ``done`` of ``total`` pages (``reading``) or papers (``writing``; total may be unknown)."""

    stage: str
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PageCount:
    """A file that was read and how many distinct papers it lists."""

    file: str
    papers: int


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did. ``papers == added + updated + unchanged`` and ``listed == papers + duplicates``.

    ``unreadable`` counts the files that could not be read, or not to their end, or gave no paper; each is among the
    ``problems``. No more than :data:`ingest.tallying.MOST_PROBLEMS` are told one by one.
    """

    pages: tuple[PageCount, ...]
    listed: int
    papers: int
    added: int
    updated: int
    unchanged: int
    duplicates: int
    problems: tuple[Problem, ...]
    unreadable: int
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The report as ``ingest --json`` prints it."""
        values = asdict(self)
        del values["unreadable"]
        return {**values, "pages": list(values["pages"]), "problems": list(values["problems"])}

    def summary(self) -> str:
        """The report in a few lines for a person."""
        lines = [
            f"{self.papers} papers ({self.listed} listed on {len(self.pages)} pages): {self.added} added, "
            f"{self.updated} updated, {self.unchanged} unchanged, in {self.seconds:.1f} s."
        ]
        return "\n".join([*lines, *self.told()])

    def told(self) -> list[str]:
        """What could not be read, a sentence each."""
        return [f"{p.file}, line {p.line}: {p.what}" if p.line else p.what for p in self.problems]


def ingest_pages(
    paths: Iterable[str | Path], library: Library, *, progress: Callable[[Progress], None] | None = None
) -> Report:
    """Read files of papers into ``library``: listing pages and every other form that :mod:`ingest.sources` knows.

    A paper that several files list is one paper, by arXiv id, DOI, or title and abstract. A file that can't be read is
    reported and the others go on. Raises LibraryBusy where another process is writing, EmbedderError, and the
    subclasses of LibraryError; what was written until then stays.
    """
    return _ingest(
        lambda tally, tell: _readings([Path(path) for path in paths], tally, tell), by_keys, library, progress
    )


def ingest_papers(
    papers: Iterable[Paper], library: Library, *, progress: Callable[[Progress], None] | None = None
) -> Report:
    """Put ``papers`` into ``library``, each under its own id. Raises as :func:`ingest_pages`."""
    return _ingest(lambda tally, _: _counted(papers, tally), by_id, library, progress)


def rebuild_library(
    location: str | Path, embedder: Embedder, *, progress: Callable[[Progress], None] | None = None
) -> int:
    """Chunk and embed a library's papers anew, for another embedder or format; how many papers there are.

    The new library is built beside the old, from what the old one holds, and swapped in. Raises LibraryMissing,
    LibraryBusy, LibraryDamaged, LibraryUnreachable and EmbedderError; the old library then stands as it was.
    """
    tell = progress or (lambda _: None)
    return rebuild(location, embedder, progress=lambda done, total: tell(Progress("rebuilding", done, total)))


#: How a block of records is settled with what the library holds.
_Settle = Callable[[Sequence[Paper], Holdings, IsCurrent], Iterable[Settlement]]
_Read = Callable[[Tally, Callable[[Progress], None]], Iterator[tuple[int, Paper]]]


def _ingest(read: _Read, settle: _Settle, library: Library, progress: Callable[[Progress], None] | None) -> Report:
    started = time.monotonic()
    tell = progress or (lambda _: None)
    tally = Tally()
    with library.writing() as writer, Preparer(library.embedder, library.chunker) as preparer:
        for file, block in _blocks(read(tally, tell)):
            # A page's words of this very run are added to; those of an earlier run give way.
            settlements = settle(block, writer, lambda paper_id, file=file: tally.fates.of(paper_id).file == file)
            _write_block(file, settlements, preparer, writer, tally)
            give_back()
            tell(Progress("writing", len(tally.fates)))
    return _report(tally, time.monotonic() - started)


def _counted(papers: Iterable[Paper], tally: Tally) -> Iterator[tuple[int, Paper]]:
    for paper in papers:
        tally.listed += 1
        yield 0, paper


def _readings(paths: Sequence[Path], tally: Tally, tell: Callable[[Progress], None]) -> Iterator[tuple[int, Paper]]:
    for number, path in enumerate(paths):
        tell(Progress("reading", number, len(paths)))
        tally.files.append(path.name)
        tally.counts[number] = 0
        found = False
        try:
            for item in read_source(path):
                if isinstance(item, Problem):
                    tally.problem(item)
                    continue
                found = True
                tally.listed += max(1, len(item.sources))
                yield number, item
        except SourceError as error:
            tally.problem(Problem(path.name, 0, str(error)))
            tally.unreadable.add(number)
        if not found:  # a file of which nothing could be read is no success
            tally.unreadable.add(number)


def _blocks(papers: Iterable[tuple[int, Paper]]) -> Iterator[tuple[int, list[Paper]]]:
    """The records of one file, a block at a time."""
    for file, some in groupby(papers, key=itemgetter(0)):
        while block := [paper for _, paper in islice(some, BLOCK)]:
            yield file, block


def _write_block(
    file: int, settlements: Iterable[Settlement], preparer: Preparer, writer: Writer, tally: Tally
) -> None:
    fresh: list[Entry] = []
    amended: list[Entry] = []
    replaced: list[Entry] = []
    gone: list[Entry] = []
    for settlement in settlements:
        joined = [tally.fates.of(entry.paper.id) for entry in settlement.gone]
        for change in settlement.changes:
            before, after = change.before, change.after
            name = after.paper.id
            if change.listed or (before is None and any(fate.file is not None for fate in joined)):
                tally.saw(name, file)
            if before is not None and after == before:
                continue
            tally.changed(name, known=before is not None or any(fate.change != "added" for fate in joined))
            if before is not None and _text(after) == _text(before):
                amended.append(after)
            else:
                fresh.append(after)
                replaced += [before] if before is not None else []
        gone += settlement.gone
    for made in preparer.prepare(fresh):
        writer.put(made, replaced)
    writer.amend(amended)
    writer.drop(gone)
    for entry in gone:
        tally.fates.set(entry.paper.id, UNMET)


def _text(entry: Entry) -> tuple[str, str, tuple[str, ...] | None]:
    """What of an entry is embedded."""
    return entry.paper.title, entry.paper.abstract, entry.questions


def _report(tally: Tally, seconds: float) -> Report:
    listed = tally.listed_papers()
    papers = listed.total()
    if tally.untold:
        tally.problems.append(Problem("", 0, f"{tally.untold:,} more records could not be read."))
    return Report(
        pages=tuple(
            PageCount(name, tally.counts[number])
            for number, name in enumerate(tally.files)
            if tally.counts[number] or number not in tally.unreadable
        ),
        listed=tally.listed,
        papers=papers,
        added=listed["added"],
        updated=listed["updated"],
        unchanged=listed[""],
        duplicates=tally.listed - papers,
        problems=tuple(tally.problems),
        unreadable=len(tally.unreadable),
        seconds=round(seconds, 3),
    )
