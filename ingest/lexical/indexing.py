"""What of a paper is indexed, and how: the schema, stemmed words, and the names of methods as they are written.

Knows nothing of queries or files. A document of the index is one chunk of one paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ingest.identity import keys
from ingest.papers import fold_title, has_code
from ingest.rows import Entry, day_number

if TYPE_CHECKING:
    import tantivy

#: Words before a title's colon that may be the name of a method; more are a phrase.
HEAD_WORDS = 3


@dataclass(frozen=True, slots=True)
class Marks:
    """What a paper is looked up by beside its words: the names in each chunk, and :mod:`ingest.identity`'s keys."""

    names: tuple[tuple[str, ...], ...]
    keys: tuple[str, ...]


_WORD = re.compile(r"\S+")
# Most words have neither capital nor digit: the search leaves them out before any Python runs.
_CANDIDATE = re.compile(r"(?<!\S)[^\sA-Z0-9\u00c0-\uffff]*[A-Z0-9\u00c0-\uffff]\S*")
_EDGES = "\"'`.,;:!?()[]{}<>“”‘’„«»…"


def names(text: str) -> list[str]:
    """Words of ``text`` that look like names of methods, models or data, lower-cased, as they are written.

    >>> names("AMPO and ReST-MCTS* beat GPT-4 on 3D-Properties.")
    ['ampo', 'rest-mcts*', 'gpt-4', '3d-properties']
    """
    words = (word.strip(_EDGES) for word in _CANDIDATE.findall(text))
    return [word.casefold() for word in words if _looks_like_name(word)]


def title_names(title: str) -> list[str]:
    """Names in a title: what looks like one, and each word before a colon.

    >>> title_names("Reflexion: Language Agents with Verbal Reinforcement Learning")
    ['reflexion']
    """
    head, colon, _ = title.partition(":")
    before = name_forms(head) if colon and len(head.split()) <= HEAD_WORDS else []
    return list(dict.fromkeys(before + names(title)))


def _looks_like_name(word: str) -> bool:
    # A capital after the first character or a digit anywhere; islower() and isalpha() run in C, for most words enough.
    rest = word[1:]
    if len(word) > 64 or (word.isalpha() and (not rest or rest.islower())):
        return False
    return any(map(str.isalpha, word)) and (any(map(str.isdigit, word)) or any(map(str.isupper, rest)))


def analyse(text: str) -> list[str]:
    """The stemmed words of ``text``, as the index has them; lone surrogates count as unknown characters.

    >>> analyse("Running 3D-Properties")
    ['run', '3d', 'properti']
    """
    return _analyzer().analyze(text.encode("utf-8", "replace").decode("utf-8"))


def name_forms(query: str) -> list[str]:
    words = (word.strip(_EDGES) for word in _WORD.findall(query.encode("utf-8", "replace").decode("utf-8")))
    return [word.casefold() for word in words if word]


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    """tantivy's own ``en_stem``, built by hand because Python has no way to ask an index for it."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40))
    return builder.filter(Filter.lowercase()).filter(Filter.stemmer("english")).build()


@cache
def schema() -> tantivy.Schema:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field("paper", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("ordinal", stored=True, indexed=True)
    builder.add_text_field("title", tokenizer_name="en_stem", index_option="freq")
    builder.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
    builder.add_text_field("body", tokenizer_name="en_stem", index_option="freq")
    builder.add_text_field("questions", tokenizer_name="en_stem", index_option="freq")
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("plain", tokenizer_name="default", index_option="basic")
    builder.add_text_field("names", tokenizer_name="raw", index_option="freq")
    builder.add_text_field("organization", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("page", tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("code", indexed=True)
    builder.add_integer_field("listed", indexed=True, fast=True)
    builder.add_unsigned_field("title_key", fast=True)
    return builder.build()


def marks(entry: Entry) -> Marks:
    """The marks of a paper: the dear part of :func:`documents`, which needs no index and may be done elsewhere."""
    titled = title_names(entry.paper.title)
    written = (dict.fromkeys(titled + names(chunk.text)) for chunk in entry.chunks())
    own = {key for seen in entry.observed.values() for key in keys(seen)}
    return Marks(tuple(map(tuple, written)), tuple(sorted(own)))


def documents(entry: Entry, known: Marks | None = None) -> Iterator[tantivy.Document]:
    """The documents of a paper, whose :func:`marks` may be ``known``."""
    from tantivy import Document

    paper = entry.paper
    known = known or marks(entry)
    shared: dict[str, Any] = {
        "paper": paper.id,
        "title": paper.title,
        "organization": [paper.organization] if paper.organization else [],
        "page": list(dict.fromkeys(source.page for source in paper.sources)),
        "code": has_code(paper),
        "listed": [] if paper.listed is None else [day_number(paper.listed)],
        "title_key": int.from_bytes(fold_title(paper.title).encode("utf-8", "replace")[:8].ljust(8, b"\0")),
    }
    for chunk in entry.chunks():
        body = f"{paper.title}. {chunk.text}"
        fields = {"ordinal": chunk.ordinal, "text": chunk.text, "body": body, "plain": body}
        fields["names"] = list(known.names[chunk.ordinal])
        if chunk.ordinal == 0:
            fields["key"] = list(known.keys)
            fields["questions"] = " ".join(entry.questions or ())
        yield Document.from_dict({**shared, **fields}, schema())
