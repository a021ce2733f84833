"""How rare the library's words are, kept from question to question until the library changes."""

from __future__ import annotations

from typing import Protocol

#: Stems whose frequency is kept.
KEPT = 50_000


class Counted(Protocol):
    """A library as far as this module knows it."""

    @property
    def generation(self) -> int: ...

    @property
    def n_documents(self) -> int: ...

    def document_frequency(self, term: str) -> int: ...


class Frequencies:
    """The document frequencies of one library, read once each; a change of generation forgets them."""

    def __init__(self, library: Counted) -> None:
        self._library = library
        self._generation = library.generation
        self._known: dict[str, int] = {}
        self._documents = 0

    @property
    def n_documents(self) -> int:
        """Papers in the library."""
        if not self._documents:
            self._documents = self._library.n_documents
        return self._documents

    def document_frequency(self, term: str) -> int:
        """In how many papers the stem ``term`` occurs."""
        if (found := self._known.get(term)) is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[term] = self._library.document_frequency(term)
        return found

    def refresh(self) -> None:
        """Forget everything if the library has changed; to be called once a question."""
        if self._library.generation != self._generation:
            self._generation = self._library.generation
            self._known.clear()
            self._documents = 0
