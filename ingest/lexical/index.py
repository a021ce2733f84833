"""The lexical side: BM25 over titles and chunks, names of methods as they are written, and what filters ask for.

The index is derived from Chroma's rows and may be thrown away at any time; ``generation`` says which ingest it
has caught up with. Knows nothing of Chroma, vectors or ranking beyond BM25, whose k1 = 1.2 and b = 0.75 are
tantivy's own. One document is one chunk of one paper.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import LibraryBusy, LibraryDamaged, LibraryError
from ingest.lexical.found import Rows, row_at
from ingest.lexical.indexing import Marks, analyse, documents, schema
from ingest.lexical.queries import DAYS, DEFAULT_FIELDS, filter_query, words_query
from ingest.papers import Filters, Hit
from ingest.rows import Entry

if TYPE_CHECKING:
    import tantivy

#: Bytes that a writer holds before it writes a segment; tantivy takes no less than 15 MB.
WRITER_BYTES = 32_000_000
#: A change of this is a change of the index's layout: an older index is built anew.
LAYOUT = 2


class LexicalIndex:
    """A tantivy index in a folder. Reading is thread-safe; one writer at a time."""

    def __init__(self, folder: Path) -> None:
        """Open the index in ``folder``, or begin an empty one. Raises LibraryDamaged for one that can't be opened."""
        self.folder = folder
        self._marker = folder / "generation"
        self._writer: tantivy.IndexWriter | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._schema = schema()
            self._open()
        except OSError as error:
            raise LibraryError(f"The lexical index {folder} can't be used ({error.strerror}).") from error
        except Exception as error:  # tantivy raises ValueError for nearly everything
            raise LibraryDamaged(f"The lexical index {folder} can't be opened ({error}).") from error

    def _open(self) -> None:
        import tantivy

        self._index = tantivy.Index(self._schema, str(self.folder))
        self._look()

    def _look(self) -> None:
        self._searcher = self._index.searcher()
        self._rows = Rows(self._searcher)

    @classmethod
    def fresh(cls, folder: Path) -> LexicalIndex:
        """An empty index in ``folder``, whatever stood there."""
        shutil.rmtree(folder, ignore_errors=True)
        return cls(folder)

    @property
    def generation(self) -> int:
        """The ingest that the index has caught up with; -1 for none, or an index of another layout."""
        try:
            layout, generation = self._marker.read_text(encoding="ascii").split()
            return int(generation) if int(layout) == LAYOUT else -1
        except (OSError, ValueError):
            return -1

    # Writing

    def put(self, entries: Iterable[Entry], marks: Iterable[Marks] = ()) -> None:
        """Index ``entries`` in place of what was there of the same papers; seen from the next commit on.

        ``marks`` are the entries', where they are known.
        """
        with self._writing() as writer:
            for entry, known in zip_longest(entries, marks):
                writer.delete_documents_by_term("paper", entry.paper.id)
                for document in documents(entry, known):
                    writer.add_document(document)

    def remove(self, paper_ids: Iterable[str]) -> None:
        """Forget papers; seen from the next commit on."""
        with self._writing() as writer:
            for paper_id in paper_ids:
                writer.delete_documents_by_term("paper", paper_id)

    def commit(self, generation: int | None = None) -> None:
        """Make everything put so far visible and lasting; ``generation`` says what it amounts to."""
        with self._writing() as writer:
            writer.commit()
        self.refresh()
        if generation is not None:
            beside = self._marker.with_suffix(f".{os.getpid()}")
            beside.write_text(f"{LAYOUT} {generation}", encoding="ascii")
            beside.replace(self._marker)

    def _writing(self) -> _Writing:
        return _Writing(self)

    def refresh(self) -> None:
        """See what other processes have committed."""
        self._index.reload()
        self._look()

    def reopen(self) -> None:
        """Map the files anew, unless they are being written: pages that were read leave this process.

        They stay in the system's cache, so that reading them again costs little: a million papers are opened in 2 ms.
        """
        if self._writer is None:
            with suppress(Exception):  # what is open goes on being good
                self._open()

    def close(self) -> None:
        """Give up the writer's place, if it was taken; what was put but not committed is forgotten. Reading goes on."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(Exception):  # nothing put but not committed is worth an error at closing time
                writer.rollback()
                writer.wait_merging_threads()

    # Reading

    def search(
        self,
        query: str,
        limit: int,
        filters: Filters | None = None,
        *,
        fields: Mapping[str, float] = DEFAULT_FIELDS,
        fuzzy: bool = False,
    ) -> list[Hit]:
        """The chunks that fit ``query`` best by BM25, best first. Any text is a query; one without words finds none."""
        import tantivy

        asked = words_query(self._searcher, query, fields, fuzzy=fuzzy)
        if asked is None or limit < 1:
            return []
        if filters:
            silent = tantivy.Query.const_score_query(self._passing(filters), 0.0)
            asked = tantivy.Query.boolean_query([(tantivy.Occur.Must, asked), (tantivy.Occur.Must, silent)])
        rows = self._rows
        found = rows.searcher.search(asked, limit, count=False)
        return [Hit(*rows.at(address), float(score)) for score, address in found.hits]

    def matching(self, filters: Filters) -> int:
        """How many chunks belong to papers that pass ``filters``."""
        return _count(self._searcher, self._passing(filters))

    def rows(self, filters: Filters, limit: int) -> list[tuple[str, int]]:
        """Paper id and ordinal of at most ``limit`` chunks that pass ``filters``, in no particular order."""
        return list(self._stored(self._passing(filters), limit))

    def admitted(self, paper_ids: Iterable[str], filters: Filters) -> set[str]:
        """Those of ``paper_ids`` that pass ``filters``."""
        import tantivy

        wanted = list(dict.fromkeys(paper_ids))
        if not wanted:
            return set()
        among = tantivy.Query.term_set_query(self._schema, "paper", wanted)
        first = tantivy.Query.term_query(self._schema, "ordinal", 0)
        both = [(tantivy.Occur.Must, part) for part in (among, first, self._passing(filters))]
        return {paper for paper, _ in self._stored(tantivy.Query.boolean_query(both), len(wanted))}

    def holders(self, keys: Iterable[str], most: int) -> tuple[set[str], set[str]]:
        """Ids of the papers that have any of ``keys``, and those keys that more than ``most`` papers have.

        The latter bring in no paper. Keys are :mod:`ingest.identity`'s.
        """
        import tantivy

        searcher = self._searcher
        counts = {key: searcher.doc_freq("key", key) for key in keys}
        crowded = {key for key, count in counts.items() if count > most}
        known = [key for key, count in counts.items() if 0 < count <= most]
        if not known:
            return set(), crowded
        asked = tantivy.Query.term_set_query(self._schema, "key", known)
        return {paper for paper, _ in self._stored(asked, most * len(known))}, crowded

    def by_title(self, filters: Filters, size: int = 1_000) -> Iterator[list[str]]:
        """Ids of all papers that pass ``filters``, by title, ``size`` at a time."""
        import tantivy

        first = tantivy.Query.term_query(self._schema, "ordinal", 0)
        parts = [first, self._passing(filters)]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])
        searcher = self._searcher  # one searcher for all pages of the walk: a commit in between changes nothing
        offset = 0
        while True:
            found = searcher.search(
                query, size, count=False, order_by_field="title_key", offset=offset, order=tantivy.Order.Asc
            )
            if not found.hits:
                return
            yield [row_at(searcher, address)[0] for _, address in found.hits]
            offset += size

    def _stored(self, query: tantivy.Query, limit: int) -> Iterator[tuple[str, int]]:
        searcher = self._searcher
        for _, address in searcher.search(query, max(1, limit), count=False).hits:
            yield row_at(searcher, address)

    @property
    def n_documents(self) -> int:
        """How many chunks are indexed."""
        return self._searcher.num_docs

    def count(self) -> int:
        """How many papers are indexed."""
        import tantivy

        return _count(self._searcher, tantivy.Query.term_query(self._schema, "ordinal", 0))

    def document_frequency(self, term: str, field: str = "body") -> int:
        """How many chunks hold ``term``, stemmed, in title or text; of several words, the rarest counts."""
        return min((self._searcher.doc_freq(field, word) for word in analyse(term)), default=0)

    def terms(self, prefix: str) -> list[tuple[str, int]]:
        """The stems in chunks that begin with ``prefix``, each with the number of chunks that hold it."""
        return self._searcher.terms_with_prefix("body", prefix)

    def organizations(self) -> list[str]:
        """All organisations, by name."""
        return self._values("organization")

    def pages(self) -> list[str]:
        """File names of all pages."""
        return self._values("page")

    def _passing(self, filters: Filters) -> tantivy.Query:
        return filter_query(filters, self.organizations, self.pages)

    def _values(self, field: str) -> list[str]:
        import tantivy

        # Without a query the terms of deleted documents come along.
        found = self._searcher.terms_with_prefix(field, "", tantivy.Query.all_query())
        return sorted(value for value, count in found if count)

    def dates(self) -> tuple[date | None, date | None]:
        """The earliest and the latest date of any paper, None where no paper is dated."""
        import tantivy

        bounds = {"first": {"min": {"field": "listed"}}, "last": {"max": {"field": "listed"}}}
        found = self._searcher.aggregate(tantivy.Query.all_query(), bounds)
        return _day(found["first"]["value"]), _day(found["last"]["value"])


class _Writing:
    """The index's writer with its errors in words; opened on first use and kept for the whole ingest."""

    def __init__(self, index: LexicalIndex) -> None:
        self._of = index

    def __enter__(self) -> tantivy.IndexWriter:
        try:
            self._of._writer = self._of._writer or self._of._index.writer(WRITER_BYTES, 1)
        except ValueError as error:
            if "lock" in str(error).lower():
                raise LibraryBusy(f"Another program is writing to the lexical index {self._of.folder}.") from error
            raise LibraryDamaged(f"The lexical index {self._of.folder} can't be written ({error}).") from error
        return self._of._writer

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if isinstance(error, ValueError | OSError):
            self._of.close()
            raise LibraryError(f"The lexical index {self._of.folder} can't be written ({error}).") from error


def _count(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    return searcher.search(query, 1).count  # type: ignore[attr-defined]  # missing from tantivy's stubs


def _day(number: float | None) -> date | None:
    if number is None or not DAYS[0] <= number <= DAYS[1]:
        return None
    return date(int(number) // 10_000, int(number) // 100 % 100, int(number) % 100)
