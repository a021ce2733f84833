"""One wording of a question to ranked papers: candidates, every signal of each, one order.

Good for one generation of a library, since it keeps what it has learnt of the library's words and papers.
Knows nothing of comparisons, other wordings or near-duplicates.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from assistant.language.naming import bearing, names_in
from assistant.retrieval import fusion
from assistant.retrieval.candidates import Candidates, Gatherer, Rarity
from assistant.retrieval.fusion import Table
from assistant.retrieval.ranking import Ranked
from assistant.retrieval.softmatch import SoftMatcher, TokenEmbedder
from assistant.retrieval.spelling import respelled
from ingest.library import Library
from ingest.papers import Filters

#: Characters of a question that are searched for: a pasted page says what it is about well before.
LONGEST_QUERY = 4_000


class Judge:
    """Ranks the papers of a library as it stands now."""

    def __init__(self, library: Library) -> None:
        self.generation = library.generation
        self._library = library
        self._rarity = Rarity(library)
        self._gatherer = Gatherer(library, self._rarity)
        self._tokens = library.embedder if isinstance(library.embedder, TokenEmbedder) else None
        self._soft = SoftMatcher(self._tokens) if self._tokens else None
        self._weights = fusion.TOKENS if self._tokens else fusion.VECTORS
        self._level = fusion.TOKENS_LEVEL if self._tokens else fusion.VECTORS_LEVEL

    def rank(self, text: str, filters: Filters) -> list[Ranked]:
        """All candidates for one wording, best first; none for a text without a letter or digit."""
        query = " ".join(text.replace("\0", " ")[:LONGEST_QUERY].split())
        if not any(char.isalnum() for char in query):
            return []
        query = respelled(self._library, query, self._rarity, self._familiar)
        vector = self._library.embedder.embed([query])[0]
        found = self._gatherer.gather(query, vector, filters)
        if not found.papers:
            return []
        table = self.judge(query, found)
        levels = fusion.levels(table, self._level)
        orders, bm25 = table.order.tolist(), found.bm25.tolist()
        return [
            Ranked(found.papers[i], found.ordinals[i], bm25[i], orders[i], levels[i], table, i)
            for i in np.argsort(-table.order, kind="stable").tolist()
        ]

    def judge(self, query: str, found: Candidates) -> Table:
        """Every signal of every candidate, and the order that they make."""
        unknown = np.full(len(found.papers), np.nan)
        table = Table(
            dense=found.dense,
            lexical=found.share,
            soft=self._soft.score(query, found.tokens, self._rarity) if self._soft and found.tokens else unknown,
            name=bearing(names_in(query), found.papers),
            feedback=unknown,
            order=unknown,
        )
        first = fusion.fuse(table, self._weights)
        table = replace(table, feedback=fusion.feedback(first, found.vectors))
        return replace(table, order=fusion.fuse(table, self._weights))

    def _familiar(self, word: str) -> bool:
        """Whether the embedder knows the word whole, so that it is hardly a misspelling."""
        return self._tokens is not None and len(self._tokens.tokens([word])[0].ids) == 1
