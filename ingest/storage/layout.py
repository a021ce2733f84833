"""How a collection holds its rows: how much of each vector, and where the text.

A collection in a folder is written for this program alone. Chroma keeps its graph in memory, so it gets no more of a
vector than a search needs; and it indexes every three letters of a document for substring searches, which nothing here
asks for and which take three quarters of the time and half of the disk of an ingest, so the text lies under a key of
the metadata. On a server others may read too: there vectors are whole, and texts are documents.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.storage.place import Place
from ingest.vectors import Embedder, Nested

#: Leading numbers by which papers are searched: of 40,000 abstracts the ten nearest to a question are among the 400
#: nearest by 128 numbers in 0.986 of all cases, by 64 in 0.906 (tests/bench/SCALE.md).
SEARCHED = 128
#: The key of the metadata under which a chunk's text lies where it is no document.
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Layout:
    """``searched`` is the number of leading numbers of each vector that are held; None: all.

    ``documents`` says whether texts are documents, or else metadata under TEXT; both are read either way.
    """

    searched: int | None = None
    documents: bool = True


#: As Chroma has it by itself.
PLAIN = Layout()


def suited(embedder: Embedder, where: Place) -> Layout:
    """The layout of a new library at ``where``."""
    shortened = where.folder and isinstance(embedder, Nested) and SEARCHED in embedder.leading
    enough = shortened and embedder.identity.dimension > SEARCHED
    return Layout(SEARCHED if enough else None, documents_at(where))


def documents_at(where: Place) -> bool:
    """Whether texts are documents there."""
    return where.folder is None
