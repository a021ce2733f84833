"""The story, told once: a question goes in, passages are found, an Answer comes out.

``ask`` is ``stream`` drained, ``aask`` is ``ask`` in a thread: one code path.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assistant.answering import Answerer, Asked, check, combine
from assistant.answers import Answer, Digest, Event, Filters, Passage, Turn, Watch
from assistant.errors import UsageError
from assistant.questions import analyse
from assistant.settings import Settings, load
from assistant.wiring import Parts, build, choose_model, ingest_pages
from ingest.library import Library
from ingest.papers import Paper

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import LLM
    from llama_index.core.query_engine import BaseQueryEngine
    from llama_index.core.retrievers import BaseRetriever

    from assistant.readers import ChatModel
    from assistant.watching import Order
    from ingest.embedding import Embedder
    from ingest.pipeline import Progress, Report

_log = logging.getLogger(__name__)

#: What a caller may hand in as history: turns, answers, (role, text) pairs or {"role", "content"} mappings.
History = Iterable["Turn | Answer | tuple[str, str] | Sequence[str] | Mapping[str, Any]"]


class Assistant:
    """Answers questions about the papers of one library, with citations.

    >>> with Assistant.open() as assistant:                      # doctest: +SKIP
    ...     answer = assistant.ask("What does AMPO do?")
    ...     answer.citations[0].quote
    """

    def __init__(self, parts: Parts, settings: Settings) -> None:
        self._parts = parts
        self.settings = settings

    @classmethod
    def open(
        cls,
        library: str | Path | None = None,
        reader: str | ChatModel | LLM = "",
        embedder: str | Embedder | BaseEmbedding | None = None,
        *,
        settings: Settings | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Self:
        """Open a library: None for the default one, a folder, or ``http(s)://host:port`` of a Chroma server.

        ``reader`` is ``auto``, ``builtin``, ``hf:ID-or-DIR``, ``openai:MODEL``, or a llama-index LLM;
        ``embedder`` is ``default``, ``hf:ID-or-DIR``, ``openai:NAME``, or a llama-index embedding. Where nothing was
        ever ingested the bundled pages go in first; ``say`` hears of it (stderr, if None).

        Raises UsageError, ReaderUnavailable, EmbedderError and the subclasses of LibraryError.
        """
        settings = settings or load()
        if library is not None:
            settings = replace(settings, library=str(library))
        opened = cls(build(settings, reader=reader, embedder=embedder or "", say=say), settings)
        held = opened.library
        _log.info("library %s: %d papers, embedder %s", held.location, held.count(), held.identity.name)
        _log.info("reader %s", opened.reader_name)
        return opened

    @property
    def library(self) -> Library:
        """The open library."""
        return self._parts.library

    @property
    def answerer(self) -> Answerer:
        return self._parts.answerer

    @property
    def reader_name(self) -> str:
        """Who reads: ``builtin``, ``hf:…`` or ``openai:…``."""
        return self.answerer.reader_name

    def with_reader(self, reader: str | ChatModel | LLM) -> Assistant:
        """Another assistant over the same open library; closing either closes both.

        Raises UsageError or ReaderUnavailable.
        """
        if reader == self.reader_name:
            return self
        writer = self._parts.writer_for(choose_model(reader, self.settings), self.settings)
        return Assistant(replace(self._parts, answerer=replace(self.answerer, writer=writer)), self.settings)

    def ask(
        self, question: str, *, history: History = (), filters: Filters | None = None, limit: int | None = None
    ) -> Answer:
        """The answer to ``question``; ``limit`` is how many papers may be read (1..100).

        Raises UsageError for a question that is empty or too long. A reader's failure is no error: the built-in
        reader answers, and the Answer's notes say why.
        """
        *_, answer = self.stream(question, history=history, filters=filters, limit=limit)
        assert isinstance(answer, Answer)
        laps = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in answer.seconds.items())
        _log.info("%s by %s from %d papers: %s", _outcome(answer), answer.reader, len(answer.passages), laps)
        return answer

    def prepare(self) -> None:
        """Read a small library beforehand, so that the first questions are answered as fast as those that follow.

        For a process that stays; does nothing where the library is large. Raises the errors of :mod:`ingest.errors`.
        """
        self.answerer.prepare()

    async def aask(
        self, question: str, *, history: History = (), filters: Filters | None = None, limit: int | None = None
    ) -> Answer:
        """:meth:`ask` without holding up the event loop."""
        return await asyncio.to_thread(self.ask, question, history=history, filters=filters, limit=limit)

    def stream(
        self, question: str, *, history: History = (), filters: Filters | None = None, limit: int | None = None
    ) -> Iterator[Event]:
        """Stages and pieces of text as they come, and last the Answer. Raises as :meth:`ask`."""
        asked = Asked(question, turns(history), _checked(filters), self._limit(limit))
        return self.answerer.stream(asked)

    def search(self, query: str, *, limit: int = 10, filters: Filters | None = None) -> list[Passage]:
        """The papers that fit ``query``, best first, each once. Raises UsageError as :meth:`ask`."""
        check(query)
        question = analyse(query, today=self.answerer.today())
        return self.answerer.retriever.search(
            question, limit=self._limit(limit), filters=combine(_checked(filters), question.filters)
        )

    def papers(self, query: str | None = None, *, filters: Filters | None = None) -> Iterator[Paper]:
        """Every paper of the library, or those whose title or abstract holds every word of ``query``."""
        words = (query or "").casefold().split()
        for paper in self.library.papers(_checked(filters)):
            text = f"{paper.title}\n{paper.abstract}\n{paper.organization or ''}".casefold()
            if all(word in text for word in words):
                yield paper

    def digest(
        self,
        topics: str | Watch | Iterable[str | Watch],
        *,
        since: date | None = None,
        limit: int = 10,
        order: Order = "relevant",
        filters: Filters | None = None,
    ) -> Digest:
        """What is new on ``topics`` since a day: a section each, of at most ``limit`` papers (1..100).

        Every paper comes with the sentence of its abstract that shows what it has to do with the topic. A topic that
        is a :class:`Watch` has a day of its own; for any other ``since`` must be given. ``order`` is ``relevant`` or
        ``newest``. Raises UsageError for a topic that is empty or too long, or one without a day.
        """
        from assistant.watching import digest

        named = [topics] if isinstance(topics, str | Watch) else list(topics)
        watches = [_watch(topic, since) for topic in named]
        return digest(self.answerer, watches, limit=self._limit(limit), order=order, filters=_checked(filters))

    def ingest(self, paths: Iterable[str | Path], progress: Callable[[Progress], None] | None = None) -> Report:
        """Add listing pages to the library. Raises the errors of :mod:`ingest.errors`."""
        return ingest_pages([Path(path) for path in paths], self.library, progress=progress)

    def as_retriever(self, *, limit: int = 8) -> BaseRetriever:
        """This assistant's search as a llama-index retriever."""
        from assistant.adapters import as_retriever

        return as_retriever(self, limit=limit)

    def as_query_engine(self) -> BaseQueryEngine:
        """This assistant as a llama-index query engine."""
        from assistant.adapters import as_query_engine

        return as_query_engine(self)

    def close(self) -> None:
        """Let go of the library. Closing twice is allowed."""
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _limit(self, limit: int | None) -> int:
        chosen = self.settings.limit if limit is None else limit
        if not isinstance(chosen, int):
            raise UsageError(f"The limit must be a whole number, not {type(chosen).__name__}.")
        if not 1 <= chosen <= 100:
            raise UsageError(f"The limit must be between 1 and 100, not {chosen}.")
        return chosen


def _checked(filters: Filters | None) -> Filters:
    if filters is None:
        return Filters()
    if not isinstance(filters, Filters):
        raise UsageError(f"Filters are ingest.papers.Filters, not {type(filters).__name__}.")
    if filters.since and filters.until and filters.since > filters.until:
        raise UsageError(f"since, {filters.since}, is after until, {filters.until}; swap them.")
    return filters


def _outcome(answer: Answer) -> str:
    return "answered" if answer.answered else "refused"


def _watch(topic: str | Watch, since: date | None) -> Watch:
    if isinstance(topic, Watch):
        return topic
    if since is None:
        raise UsageError("A digest needs a day to begin with: since=date(2025, 10, 1).")
    return Watch(topic, since)


def turns(history: History) -> tuple[Turn, ...]:
    """History in any of the accepted shapes as Turns. Raises UsageError for any other shape."""
    return tuple(_turn(item) for item in history)


def _turn(item: Turn | Answer | Sequence[str] | Mapping[str, Any]) -> Turn:
    if isinstance(item, Turn):
        return item
    if isinstance(item, Answer):
        return Turn("assistant", item.text, {number: paper.id for number, paper in item.sources.items()})
    if isinstance(item, Mapping):
        role, text = item.get("role"), item.get("content")
    elif isinstance(item, Sequence) and not isinstance(item, str) and len(item) == 2:
        role, text = item
    else:
        role, text = None, None
    if role == "user" and isinstance(text, str):
        return Turn("user", text)
    if role == "assistant" and isinstance(text, str):
        return Turn("assistant", text)
    raise UsageError('History is a list of ("user", text) and ("assistant", text) pairs.')
