"""Questions and filters as tantivy queries, built of objects: no character of a question has a meaning of its own.

Knows nothing of files or of writing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ingest.lexical.indexing import analyse, name_forms, schema
from ingest.papers import Filters
from ingest.rows import day_number

if TYPE_CHECKING:
    import tantivy

#: Weight of each field of a query unless the caller says otherwise; ``body`` is title and text as one. Measured on
#: public retrieval sets (nDCG@10 of SciFact 0.696, Cranfield 0.522), where body alone gives 0.684 and 0.504.
#: ``questions`` are those that a model has written for the search; where none has, they change no score.
DEFAULT_FIELDS: Mapping[str, float] = {"body": 1.0, "title": 0.3, "questions": 0.5}
#: Distinct words of a query that are looked up: a question has fewer, and a pasted book must not stall the search.
MAX_WORDS = 256
#: A misspelt word may differ by one letter, and by two from eight letters on, as in Elasticsearch's AUTO for longer
#: words; shorter ones than four would match too much.
FUZZY_FROM, FUZZY_TWO_FROM = 4, 8
_PLAIN_WORD = re.compile(r"\w+")
#: Year 1 to year 9999, as the index has days.
DAYS = (10_101, 99_991_231)


def words_query(
    searcher: tantivy.Searcher, text: str, fields: Mapping[str, float], *, fuzzy: bool
) -> tantivy.Query | None:
    """Any of the words of ``text`` in any of ``fields``, weighed by field and by how often the text has the word.

    ``fuzzy`` adds what an unknown word nearly says. None for a text without words.
    """
    from tantivy import Occur, Query

    parts: list[tantivy.Query] = []
    for field, weight in fields.items():
        words = name_forms(text) if field == "names" else analyse(text)
        for word, times in Counter(words[: 4 * MAX_WORDS]).most_common(MAX_WORDS):
            parts.append(Query.boost_query(Query.term_query(schema(), field, word, "freq"), weight * times))
    if fuzzy:
        parts += _nearly(searcher, text)
    return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None


def _nearly(searcher: tantivy.Searcher, text: str) -> Iterator[tantivy.Query]:
    """Queries for the names and the words that an unknown word of ``text`` is nearly the same as."""
    from tantivy import Query

    for form in dict.fromkeys(name_forms(text)[:MAX_WORDS]):
        if searcher.doc_freq("names", form) or all(searcher.doc_freq("body", stem) for stem in analyse(form)):
            continue
        # A slip of the pen changes the stem beyond recognition, so words are compared as they are written.
        unknown = [word for word in _PLAIN_WORD.findall(form) if not searcher.doc_freq("plain", word)]
        for field, word in [("names", form), *(("plain", word) for word in unknown)]:
            if len(word) >= FUZZY_FROM:
                yield Query.fuzzy_term_query(schema(), field, word, 2 if len(word) >= FUZZY_TWO_FROM else 1)


def filter_query(
    filters: Filters, organizations: Callable[[], Sequence[str]], pages: Callable[[], Sequence[str]]
) -> tantivy.Query:
    """The documents of papers that :func:`ingest.papers.admits` lets pass; the callables give all values there are."""
    from tantivy import FieldType, Occur, Query

    parts = [Query.all_query()]
    if filters.since or filters.until:
        since, until = day_number(filters.since) or DAYS[0], day_number(filters.until) or DAYS[1]
        parts.append(Query.range_query(schema(), "listed", FieldType.Integer, since, until))
    if filters.organization:
        wanted = filters.organization.casefold()
        parts.append(_any_of("organization", [name for name in organizations() if wanted in name.casefold()]))
    if filters.source:
        parts.append(_any_of("page", [page for page in pages() if filters.source in (page, page.rpartition(".")[0])]))
    if filters.has_code is not None:
        parts.append(Query.term_query(schema(), "code", filters.has_code))
    return Query.boolean_query([(Occur.Must, part) for part in parts])


def _any_of(field: str, values: Sequence[str]) -> tantivy.Query:
    from tantivy import Query

    return Query.term_set_query(schema(), field, values) if values else Query.empty_query()
