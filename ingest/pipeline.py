"""Ingest: read, merge, chunk, embed, write. The same input twice writes nothing and embeds nothing.

Papers go through in blocks, so that memory does not grow with the input. Progress goes to a callback that the
roof supplies; nothing is printed here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ingest.chunking import chunks
from ingest.embedding import Embedder
from ingest.errors import SourceError
from ingest.library import Library
from ingest.pages import Problem, read_page
from ingest.papers import Paper
from ingest.rows import Entry, observe, with_chunks
from ingest.storage.repair import rebuild
from ingest.storage.writing import Writer, embedded

#: Papers read, embedded and written at a time: Chroma holds Python's lock while it writes, about a second for these.
BLOCK = 1_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: ``done`` of ``total`` pages (``reading``) or papers (``writing``; total may be unknown)."""

    stage: str
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PageCount:
    """A page that was read and how many distinct papers it lists."""

    file: str
    papers: int


@dataclass(slots=True)
class _Tally:
    pages: list[PageCount] = field(default_factory=list[PageCount])
    problems: list[Problem] = field(default_factory=list[Problem])
    unreadable: int = 0
    listed: int = 0
    added: set[str] = field(default_factory=set[str])
    updated: set[str] = field(default_factory=set[str])
    seen: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did. ``papers == added + updated + unchanged`` and ``listed == papers + duplicates``.

    ``unreadable`` counts the pages that could not be read at all; each is among the ``problems``, with line 0.
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
        problems = (f"{p.file}, line {p.line}: {p.what}" if p.line else p.what for p in self.problems)
        return "\n".join([*lines, *problems])


def ingest_pages(
    paths: Iterable[str | Path], library: Library, *, progress: Callable[[Progress], None] | None = None
) -> Report:
    """Read listing pages into ``library``.

    A page that can't be read is reported and the others go on. Raises LibraryBusy where another process is writing,
    EmbedderError, and the subclasses of LibraryError; what was written until then stays.
    """
    return _ingest(lambda tally, tell: _readings([Path(path) for path in paths], tally, tell), library, progress)


def ingest_papers(
    papers: Iterable[Paper], library: Library, *, progress: Callable[[Progress], None] | None = None
) -> Report:
    """Put ``papers`` into ``library``, each under its own id. Raises as :func:`ingest_pages`."""
    return _ingest(lambda tally, _: _counted(papers, tally), library, progress)


def rebuild_library(
    location: str | Path, embedder: Embedder, *, progress: Callable[[Progress], None] | None = None
) -> int:
    """Chunk and embed a library's papers anew, for another embedder or format; how many papers there are.

    The new library is built beside the old, from what the old one holds, and swapped in. Raises LibraryMissing,
    LibraryBusy, LibraryDamaged, LibraryUnreachable and EmbedderError; the old library then stands as it was.
    """
    tell = progress or (lambda _: None)
    return rebuild(location, embedder, progress=lambda done, total: tell(Progress("rebuilding", done, total)))


def _ingest(
    read: Callable[[_Tally, Callable[[Progress], None]], Iterable[Paper]],
    library: Library,
    progress: Callable[[Progress], None] | None,
) -> Report:
    started = time.monotonic()
    tell = progress or (lambda _: None)
    tally = _Tally()
    with library.writing() as writer:
        for block in _blocks(read(tally, tell)):
            _write_block(block, library, writer, tally)
            tell(Progress("writing", len(tally.seen)))
    return _report(tally, time.monotonic() - started)


def _counted(papers: Iterable[Paper], tally: _Tally) -> Iterator[Paper]:
    for paper in papers:
        tally.listed += 1
        yield paper


def _readings(paths: Sequence[Path], tally: _Tally, tell: Callable[[Progress], None]) -> Iterator[Paper]:
    for number, path in enumerate(paths):
        tell(Progress("reading", number, len(paths)))
        try:
            page = read_page(path)
        except SourceError as error:
            tally.problems.append(Problem(path.name, 0, str(error)))
            tally.unreadable += 1
            continue
        tally.pages.append(PageCount(page.report.file, page.report.papers))
        tally.problems += page.report.problems
        tally.listed += page.report.papers + page.report.duplicates
        yield from page.papers


def _blocks(papers: Iterable[Paper]) -> Iterator[list[list[Paper]]]:
    """Readings grouped by paper, a block of papers at a time."""
    block: dict[str, list[Paper]] = {}
    for paper in papers:
        if len(block) >= BLOCK and paper.id not in block:
            yield list(block.values())
            block = {}
        block.setdefault(paper.id, []).append(paper)
    if block:
        yield list(block.values())


def _write_block(block: Sequence[Sequence[Paper]], library: Library, writer: Writer, tally: _Tally) -> None:
    known = writer.held([readings[0].id for readings in block])
    fresh: list[Entry] = []
    amended: list[Entry] = []
    for readings in block:
        before = known.get(readings[0].id)
        after = observe(before, readings)
        tally.seen.add(after.paper.id)
        if before is not None and after == before:
            continue
        (tally.updated if before is not None and after.paper.id not in tally.added else tally.added).add(after.paper.id)
        if before is not None and _text(after.paper) == _text(before.paper):
            amended.append(after)
        else:
            fresh.append(with_chunks(after, chunks(after.paper, library.chunker)))
    if fresh:
        replaced = [known[entry.paper.id] for entry in fresh if entry.paper.id in known]
        writer.put(fresh, embedded(library.embedder, fresh), replaced)
    writer.amend(amended)


def _text(paper: Paper) -> tuple[str, str]:
    return paper.title, paper.abstract


def _report(tally: _Tally, seconds: float) -> Report:
    return Report(
        pages=tuple(tally.pages),
        listed=tally.listed,
        papers=len(tally.seen),
        added=len(tally.added),
        updated=len(tally.updated),
        unchanged=len(tally.seen) - len(tally.added) - len(tally.updated),
        duplicates=tally.listed - len(tally.seen),
        problems=tuple(tally.problems),
        unreadable=tally.unreadable,
        seconds=round(seconds, 3),
    )
