"""The dense side: the chunks nearest to a vector, among all or among those that pass a filter.

Chroma's own filters take 247 ms at 100,000 rows where a date must lie in a range. So the lexical index, which knows
dates, organisations and pages, says how many chunks pass. Where few do, their vectors are fetched and compared one by
one (Chroma's search among given ids takes longer the fewer they are: 85 ms for 33 of 100,000); else Chroma searches
everything for more than is wanted, and what does not pass is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.lexical.index import LexicalIndex
from ingest.papers import Filters, Hit
from ingest.rows import row_id, split_row_id
from ingest.storage.store import Table

#: Chunks that pass a filter, up to which their vectors are compared one by one: Chroma gives 50 a millisecond.
NARROW = 1_000
#: Results that Chroma is asked for at most when a filter is applied afterwards.
MOST_FETCHED = 20_000
#: How many more results are asked for than the filter's share alone would call for.
MARGIN = 1.5


def nearest(table: Table, index: LexicalIndex, vector: NDArray[np.float32], limit: int, filters: Filters) -> list[Hit]:
    """The chunks of highest cosine similarity, best first; none for a vector that is zero or not finite."""
    vector = np.asarray(vector, dtype=np.float32)
    total = index.n_documents
    if limit < 1 or not total or not np.isfinite(vector).all() or not vector.any():
        return []
    if not filters:
        # The graph is built anew when a small collection is opened, and its answer varies; the whole of it does not.
        asked = total if total <= NARROW else limit
        return _hits(table.nearest(vector, min(asked, total))[:limit])
    matching = index.matching(filters)
    if not matching:
        return []
    if matching <= NARROW:
        return _compared(table, vector, [row_id(*row) for row in index.rows(filters, matching)])[:limit]
    asked = int(MARGIN * limit * total / matching) + 10
    while True:
        asked = min(asked, MOST_FETCHED, total)
        hits = _hits(table.nearest(vector, asked))
        passing = index.admitted((hit.paper_id for hit in hits), filters)
        kept = [hit for hit in hits if hit.paper_id in passing]
        if len(kept) >= limit or asked >= min(MOST_FETCHED, total):
            return kept[:limit]
        asked *= 3


def _compared(table: Table, vector: NDArray[np.float32], ids: Sequence[str]) -> list[Hit]:
    """All of ``ids`` by cosine similarity, best first. Stored vectors have length 1, or 0."""
    held = table.vectors(ids)
    if not held:
        return []
    scores = np.stack(list(held.values())) @ (vector / np.linalg.norm(vector))
    found = sorted(zip(held, scores.tolist(), strict=True), key=lambda pair: -pair[1])
    return _hits(found)


def _hits(found: Sequence[tuple[str, float]]) -> list[Hit]:
    return [Hit(*split_row_id(identifier), score) for identifier, score in found]
