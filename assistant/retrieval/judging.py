"""One wording of a question to ranked papers: candidates, every signal of each, one order.

Good for one generation of a library, since it keeps what it has learnt of the library's words and papers.
Knows nothing of comparisons, other wordings or near-duplicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assistant.language.naming import bearing, names_in
from assistant.retrieval import fusion
from assistant.retrieval.candidates import Candidates, Gatherer, Rarity
from assistant.retrieval.fusion import Table
from assistant.retrieval.likeness import alike_in_words
from assistant.retrieval.ranking import Ranked
from assistant.retrieval.softindex import SoftIndex
from assistant.retrieval.softmatch import SoftMatcher, TokenEmbedder
from assistant.retrieval.spelling import Speller
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
        self._speller = Speller(library, self._rarity)
        self._gatherer = Gatherer(library, self._rarity)
        self._tokens = library.embedder if isinstance(library.embedder, TokenEmbedder) else None
        self._soft = SoftMatcher(self._tokens) if self._tokens else None
        self._index: SoftIndex | None = None
        self._weights = fusion.TOKENS if self._tokens else fusion.VECTORS
        self._level = fusion.TOKENS_LEVEL if self._tokens else fusion.VECTORS_LEVEL

    def rank(self, text: str, filters: Filters, most: int | None = None) -> list[Ranked]:
        """The candidates for one wording, or the first ``most``, best first; none without a letter or digit."""
        query = " ".join(text.replace("\0", " ")[:LONGEST_QUERY].split())
        if not any(char.isalnum() for char in query):
            return []
        query = self._speller.respelled(query)
        vector = self._library.embedder.embed([query])[0]
        found = self._gatherer.gather(query, vector, filters)
        if not found.papers:
            return []
        table = self.judge(query, found)
        levels = fusion.levels(table, self._level)
        ranks, bm25 = table.rank.tolist(), found.bm25.tolist()
        return [
            Ranked(found.papers[i], found.ordinals[i], bm25[i], ranks[i], levels[i], table, i)
            for i in np.argsort(-table.rank, kind="stable")[:most].tolist()
        ]

    def slips(self, text: str) -> dict[str, str]:
        """The misspelt words of a question, each with the one that was meant; names are left as they are."""
        return self._speller.slips(text[:LONGEST_QUERY], names=False)

    def prepare(self, ids: Sequence[str]) -> None:
        """Have at hand what the papers are judged by."""
        found = self._gatherer.signals(ids)
        tokens = {key: signals.tokens for key, (_, signals) in found.items() if signals.tokens is not None}
        if self._tokens and tokens:
            self._index = SoftIndex(self._tokens, tokens)

    def judge(self, query: str, found: Candidates) -> Table:
        """Every signal of every candidate, and the order that they make."""
        unknown = np.full(len(found.papers), np.nan)
        table = Table(
            dense=found.dense,
            lexical=found.share,
            soft=self._softly(query, found),
            name=bearing(names_in(query), found.papers),
            feedback=unknown,
            words=unknown,
            order=unknown,
            rank=unknown,
        )
        first = fusion.fuse(table, self._weights)
        belief = fusion.believed(first)
        feedback = fusion.feedback(belief, found.vectors)
        table = replace(
            table,
            feedback=feedback,
            words=alike_in_words(belief, found.tokens) if found.tokens else unknown,
            # The feedback, still unknown, has added nothing: its share is all that is missing.
            order=first + self._weights.feedback * fusion.standardise(feedback),
        )
        return replace(table, rank=fusion.ranking(table, self._weights))

    def _softly(self, query: str, found: Candidates) -> NDArray[np.float64]:
        """The token-level match: looked up where all candidates were prepared, else worked out; NaN without tokens."""
        ids = [paper.id for paper in found.papers]
        if self._soft is None or not found.tokens:
            return np.full(len(ids), np.nan)
        if self._index and all(key in self._index for key in ids):
            return self._index.score(query, ids, self._rarity)
        return self._soft.score(query, found.tokens, self._rarity)
