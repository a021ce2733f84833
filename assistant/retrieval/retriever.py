"""A question to ranked passages: what Assistant.search and every answer begin with.

The question is ranked as a whole (:mod:`assistant.retrieval.judging`); other wordings are fused in, the sides of a
comparison are searched each and interleaved, near-equal papers are grouped. Knows no reader and no prompt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.answers import Filters, Passage
from assistant.errors import UsageError
from assistant.questions import Question
from assistant.retrieval import grouping
from assistant.retrieval.fusion import Features
from assistant.retrieval.grouping import group
from assistant.retrieval.judging import Judge
from assistant.retrieval.ranking import Ranked, descending, interleaved, merged
from assistant.retrieval.spelling import put
from ingest.library import Entry, Library
from ingest.papers import Paper

#: No filter at all.
EVERYTHING = Filters()
#: Papers beyond those asked for that are looked through for near-duplicates.
SPARE = 10


class Reranker(Protocol):
    """A slower judge of the first few."""

    def rate(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """How well each text answers the question, 0..1."""
        ...


class Retriever:
    """Searches one library. Thread-safe, as the library's reads are."""

    def __init__(self, library: Library, *, reranker: Reranker | None = None) -> None:
        self._library = library
        self._reranker = reranker
        self._judge = Judge(library)

    def search(
        self,
        question: Question | str,
        *,
        limit: int = 10,
        filters: Filters = EVERYTHING,
        extra_queries: Sequence[str] = (),
    ) -> list[Passage]:
        """The ``limit`` papers that fit best, best first, each once, near-duplicates under the first of them.

        ``filters`` hold for every paper; the question's own filters are the caller's to add. ``extra_queries`` are
        other wordings of the same question, whose finds are fused in. A question without a letter or digit finds
        nothing. Raises UsageError for an empty question or a limit below 1, ReaderFailed where the reranker fails,
        and the subclasses of LibraryError.
        """
        return [p for p, _ in self._found(question, limit, filters, extra_queries)]

    def explain(
        self,
        question: Question | str,
        *,
        limit: int = 10,
        filters: Filters = EVERYTHING,
        extra_queries: Sequence[str] = (),
    ) -> list[tuple[Passage, Features]]:
        """As :meth:`search`, each passage with the signals that it was judged by."""
        return [(passage, ranked.features) for passage, ranked in self._found(question, limit, filters, extra_queries)]

    def _found(
        self, question: Question | str, limit: int, filters: Filters, extra_queries: Sequence[str]
    ) -> list[tuple[Passage, Ranked]]:
        asked = Question(question) if isinstance(question, str) else question
        if not asked.text.strip():
            raise UsageError("The question is empty; ask something.")
        if limit < 1:
            raise UsageError(f"The limit must be 1 or more, not {limit}.")
        ranked = self._ranked(asked, filters, extra_queries, limit + SPARE)
        if self._reranker and ranked:
            ranked = self._reranked(self._reranker, asked.text, ranked, limit)
        ranked = descending(ranked[: limit + SPARE])
        heads = group([r.paper for r in ranked], limit)
        # Only now are whole papers read, and only those that are shown; one may have gone in the meantime.
        whole = self._library.entries([p.id for head, others in heads for p in (ranked[head].paper, *others)])
        return [
            (_passage(ranked[head], whole, duplicates), ranked[head])
            for head, duplicates in heads
            if ranked[head].paper.id in whole
        ]

    def spelled(self, question: Question) -> Question:
        """An English question with its misspelt words put right, for whoever reads; names stay as they were asked for.

        Raises the subclasses of LibraryError.
        """
        if question.language != "en" or not (slips := self._current().slips(question.text)):
            return question
        texts = {name: put(slips, getattr(question, name)) for name in ("text", "subject", "sought")}
        return replace(question, **texts, parts=tuple(put(slips, part) for part in question.parts))

    def prepare(self, papers: Sequence[Paper]) -> None:
        """Have at hand what the papers are judged by. Raises the subclasses of LibraryError."""
        self._current().prepare([paper.id for paper in papers])
        grouping.prepare(papers)

    def _current(self) -> Judge:
        if self._judge.generation != self._library.generation:
            self._judge = Judge(self._library)
        return self._judge

    def _ranked(self, question: Question, filters: Filters, extra_queries: Sequence[str], most: int) -> list[Ranked]:
        """At least the first ``most`` of the candidates, where there are so many."""
        judge = self._current()
        # Lists are fused whole: what one of them lacks counts as its last.
        whole = judge.rank(question.sought or question.text, filters, None if extra_queries else most)
        for wording in extra_queries:
            whole = merged(whole, judge.rank(wording, filters))
        if len(question.parts) < 2:
            return whole
        return interleaved([whole, *(judge.rank(part, filters, most) for part in question.parts)])

    def _reranked(self, reranker: Reranker, question: str, ranked: Sequence[Ranked], limit: int) -> list[Ranked]:
        """The first few in the order that the reranker gives them; the others after them, below."""
        first, rest = ranked[: limit + SPARE], ranked[limit + SPARE :]
        rates = reranker.rate(question, [f"{r.paper.title}. {r.paper.abstract}" for r in first])
        judged = [replace(r, level=float(rate)) for r, rate in zip(first, rates, strict=True)]
        return [*sorted(judged, key=lambda r: -r.level), *rest]


def _passage(ranked: Ranked, whole: Mapping[str, Entry], duplicates: tuple[Paper, ...]) -> Passage:
    entry = whole[ranked.paper.id]
    chunk = entry.chunk(ranked.ordinal)
    dense = float(ranked.table.dense[ranked.row])
    return Passage(
        paper=entry.paper,
        text=chunk.text,
        start=chunk.start,
        end=chunk.end,
        score=ranked.level,
        dense=None if math.isnan(dense) else dense,
        lexical=ranked.bm25 or None,
        duplicates=tuple(whole[paper.id].paper for paper in duplicates if paper.id in whole),
    )
