"""From passages to an Answer: who reads, when nobody should, and who stands in when a reader fails.

Knows no prompt's wording and no database; it is handed its parts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation, Delta, Draft, Event, Filters, Numbering, Passage, Stage, Turn
from assistant.conversation import standalone
from assistant.errors import ReaderError, ReaderFailed, UsageError
from assistant.evidence.selection import foremost
from assistant.questions import Kind, Question, reworded
from assistant.readers.builtin import BuiltinReader
from assistant.retrieval.retriever import Retriever
from ingest.papers import Paper

if TYPE_CHECKING:
    from assistant.writing import Writer
    from ingest.library import Library

#: Longest question taken, in characters: about four pages of text.
LONGEST_QUESTION = 10_000
#: Probability that the abstracts answer a point question below which no model is asked to try.
NOT_WORTH_READING = 0.02
#: Papers that are read before anybody asks: the memory they take, some 0.15 MB each, questions would fill anyway.
READ_BEFOREHAND = 512


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked, with everything that bears on it."""

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = Filters()
    limit: int = 8


@dataclass(frozen=True, slots=True)
class Answerer:
    """The parts that turn a question into an answer. ``writer`` is None where the built-in reader reads."""

    library: Library
    retriever: Retriever
    builtin: BuiltinReader
    writer: Writer | None = None
    rewrite: bool = True
    today: Callable[[], date] = date.today

    @property
    def reader_name(self) -> str:
        return self.writer.name if self.writer else self.builtin.name

    def prepare(self) -> None:
        """Read a library of up to :data:`READ_BEFOREHAND` papers now, so that no question has to wait for it.

        Raises the errors of :mod:`ingest.errors` where the library can't be read.
        """
        if self.library.count() <= READ_BEFOREHAND:
            # Read by their ids, because the library keeps what it was asked for so.
            papers = list(self.library.get([paper.id for paper in self.library.papers()]).values())
            self.retriever.prepare(papers)
            self.builtin.prepare(papers)

    def stream(self, asked: Asked) -> Iterator[Event]:
        """Stages and pieces of text as they come, then one Answer.

        Raises UsageError for a question that is empty or too long.
        """
        check(asked.text)
        clock = _Clock()
        yield Stage("searching")
        question, about, notes = self._understand(asked)
        clock.lap("understand")
        passages = foremost(self._find(question, asked.limit), about)[: max(asked.limit, len(about))]
        clock.lap("search")
        yield Stage("reading")
        draft, reader = yield from self._read(question, asked, passages)
        clock.lap("read")
        yield Answer(
            question=asked.text,
            text=draft.text,
            answered=draft.answered,
            confidence=draft.confidence,
            citations=draft.citations,
            passages=with_cited(passages, draft.citations),
            reader=reader,
            prompt=draft.prompt,
            seconds=clock.seconds(),
            standalone=question.text,
            kind=question.kind.value,
            notes=(*notes, *draft.notes),
            omitted=draft.omitted,
            usage=draft.usage,
            flags=draft.flags,
        )

    def _understand(self, asked: Asked) -> tuple[Question, tuple[Paper, ...], tuple[str, ...]]:
        """The question made whole, the papers of the conversation that it is about, and notes for the person."""
        today = self.today()
        whole = standalone(asked.text, asked.history, self.retriever, self.library, today=today)
        question = self.retriever.spelled(whole.understood(today=today))
        question = replace(question, filters=combine(asked.filters, question.filters))
        if self.writer is None or not self.rewrite or not asked.history or question.kind is Kind.SMALLTALK:
            return question, whole.about, ()
        try:
            condensed = self.writer.condense(asked.text, asked.history)
        except ReaderError as error:
            return question, whole.about, (f"The model could not restate the question: {error}",)
        return reworded(question, condensed or question.text), whole.about, ()

    def _find(self, question: Question, limit: int) -> list[Passage]:
        if question.kind is Kind.SMALLTALK:
            return []
        extra: Sequence[str] = (question.gloss,) if question.gloss else ()
        if self.writer and self.rewrite:
            # A search without the model's help is still a search; reading will report the fault.
            with suppress(ReaderError):
                extra = [*extra, *self.writer.rewrite(question)]
        return self.retriever.search(question, limit=limit, filters=question.filters, extra_queries=extra)

    def _read(
        self, question: Question, asked: Asked, passages: Sequence[Passage]
    ) -> Generator[Event, None, tuple[Draft, str]]:
        numbering = Numbering(asked.history)
        if self.writer is None or question.kind is Kind.SMALLTALK or not passages:
            return (yield from self._pick(question, passages, numbering)), self.builtin.name
        sure = self.builtin.confidence(question, passages)
        if question.kind is Kind.POINT and sure < NOT_WORTH_READING:
            return (yield from self._pick(question, passages, numbering)), self.builtin.name
        yield Stage("writing")
        try:
            draft: Draft | None = None
            for piece in self.writer.write(question, asked.text, asked.history, passages, numbering):
                if isinstance(piece, Draft):
                    draft = piece
                else:
                    yield piece
            if draft is None:
                raise ReaderFailed(f"{self.writer.name} ended without an answer.")
            # What the model bears out of its own words, and what the abstracts are likely to hold at all.
            return replace(draft, confidence=sure * draft.confidence), self.writer.name
        except ReaderError as error:
            note = f"{error} The built-in reader answered from the same passages instead."
            draft = self.builtin.read(question, passages, Numbering(asked.history))
            return replace(draft, notes=(*draft.notes, note)), self.builtin.name

    def _pick(
        self, question: Question, passages: Sequence[Passage], numbering: Numbering
    ) -> Generator[Event, None, Draft]:
        draft = self.builtin.read(question, passages, numbering)
        for piece in re.findall(r"\S+\s*|\s+", draft.text):
            yield Delta(piece)
        return draft


def with_cited(passages: Sequence[Passage], citations: Sequence[Citation]) -> tuple[Passage, ...]:
    """The passages, and after them the papers cited beyond them: a list of papers may reach further than was read."""
    known = {passage.paper.id for passage in passages}
    beyond = {c.paper.id: c.paper for c in citations if c.paper.id not in known}
    return (*passages, *(Passage(p, p.abstract, 0, len(p.abstract), score=0.0) for p in beyond.values()))


def check(text: str) -> None:
    """Raise UsageError for a question that can't be asked."""
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers of Python may be wrong
        raise UsageError(f"A question is text, not {type(text).__name__}.")
    if not text.strip():
        raise UsageError('The question is empty; ask something, for example "what is GRPO?".')
    if len(text) > LONGEST_QUESTION:
        raise UsageError(f"The question is {len(text):,} characters long; ask in at most {LONGEST_QUESTION:,}.")


def combine(given: Filters, implied: Filters) -> Filters:
    """The person's own filters, with those that the words imply where none is given."""
    return Filters(
        since=given.since or implied.since,
        until=given.until or implied.until,
        organization=given.organization or implied.organization,
        source=given.source or implied.source,
        has_code=given.has_code if given.has_code is not None else implied.has_code,
    )


class _Clock:
    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        return {**self._laps, "total": time.perf_counter() - self._start}
