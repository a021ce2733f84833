"""Document expansion: questions that a model writes for each abstract, kept as words to be found by and nothing else.

They lie beside the paper, not in it: the lexical index has a field for them and the first chunk's vector takes them
in, but no passage, evidence or quotation can hold them. After doc2query (Nogueira et al. 2019). Knows no model: who
writes is the caller's, as a function from a paper to questions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.library import Library
from ingest.papers import Paper
from ingest.rows import Entry
from ingest.storage.writing import Writer, prepared

#: Writes a few questions that the paper answers.
Write = Callable[[Paper], Sequence[str]]

#: Papers whose questions are written to the library at a time: what a killed program loses at most.
BLOCK = 16
#: Questions kept of a paper, and characters of one; what is longer is no question.
MOST, LONGEST = 5, 300


@dataclass(frozen=True, slots=True)
class Expansion:
    """What an expansion did: ``papers`` there are, ``asked`` now, ``questions`` written for them."""

    papers: int
    asked: int
    questions: int
    seconds: float


def expand_papers(library: Library, write: Write, *, progress: Callable[[int, int], None] | None = None) -> Expansion:
    """Have ``write`` write questions for each paper of ``library`` that has none yet.

    What was written stays when ``write`` raises, and the next call goes on from there; a paper for which it has
    nothing to say is not asked again. ``progress`` hears of papers done and of all. Raises what ``write`` raises,
    LibraryBusy, EmbedderError and the subclasses of LibraryError.
    """
    began = time.monotonic()
    tell = progress or (lambda *_: None)
    total, done, asked, questions = library.count(), 0, 0, 0
    with library.writing() as writer:
        for block in _blocks(library.papers()):
            entries = writer.held([paper.id for paper in block])
            bare = [entry for entry in entries.values() if entry.questions is None]
            for entry in _expanded(bare, write, library, writer):
                asked += 1
                questions += len(entry.questions or ())
                tell(done + asked, total)
            done += len(block) - len(bare)
            tell(done + asked, total)
    return Expansion(total, asked, questions, round(time.monotonic() - began, 3))


def _expanded(entries: Sequence[Entry], write: Write, library: Library, writer: Writer) -> Iterator[Entry]:
    """The entries with their questions, which are in the library when the last is given, or ``write`` has failed."""
    ready: list[Entry] = []
    try:
        for entry in entries:
            ready.append(replace(entry, questions=_kept(write(entry.paper))))
            yield ready[-1]
    finally:
        if ready:
            old = {entry.paper.id: entry for entry in entries}
            replaced = [old[entry.paper.id] for entry in ready]
            writer.put(prepared(library.embedder, ready), replaced)


def _kept(questions: Iterable[str]) -> tuple[str, ...]:
    lines = (" ".join(question.encode("utf-8", "replace").decode("utf-8").split()) for question in questions)
    return tuple(dict.fromkeys(line for line in lines if 0 < len(line) <= LONGEST))[:MOST]


def _blocks(papers: Iterable[Paper]) -> Iterator[list[Paper]]:
    block: list[Paper] = []
    for paper in papers:
        block.append(paper)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block
