"""Which paper's chunk a document of the lexical index is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

#: Documents of which it is kept what they are, some 200 bytes each.
KEPT_ROWS = 20_000


class Rows:
    """The rows of one searcher's documents: kept, since reading one takes longer than finding it."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self.searcher = searcher
        self._known: dict[tuple[int, int], tuple[str, int]] = {}

    def at(self, address: tantivy.DocAddress) -> tuple[str, int]:
        """Paper id and ordinal of the chunk."""
        place = (address.segment_ord, address.doc)
        if (row := self._known.get(place)) is None:
            if len(self._known) >= KEPT_ROWS:
                self._known = {}
            row = self._known[place] = row_at(self.searcher, address)
        return row


def row_at(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> tuple[str, int]:
    """Paper id and ordinal of the chunk, read from the index."""
    document = searcher.doc(address).to_dict()
    return document["paper"][0], document["ordinal"][0]
