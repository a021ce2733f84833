r"""Which source a record comes from, and what its fields mean. Knows no file format and no Paper.

Each source is known by fields that only it has::

    arXiv             {"id": "0704.0001", "authors_parsed": [["Balázs", "C.", ""]], "versions": [{"created": …}], …}
    Daily Papers      {"paper": {"id": "2502.08946", "summary": …, "authors": [{"name": …}]}, "numComments": 2, …}
    OpenAlex          {"id": "https://openalex.org/W1", "abstract_inverted_index": {"We": [0], "show": [1]}, …}
    Semantic Scholar  {"paperId": "ab12…", "externalIds": {"ArXiv": "2502.08946", "DOI": …}, "abstract": …, …}

Anything else is read by the names of its fields, in any case and with any punctuation: Title, Abstract Note, Year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ingest.listing.bylines import parse_organization
from ingest.sources.records import (
    Record,
    Unreadable,
    arxiv_id,
    count,
    day,
    doi,
    listed_words,
    names,
    tidy,
    url,
    urls,
    words,
)

Fields = Mapping[str, Any]

#: Words of an abstract taken from OpenAlex's index; the longest abstracts have some thousands.
MOST_WORDS = 20_000

#: What a column or field may be called, folded to its letters and digits; the first that holds something counts.
TITLES = ("title", "papertitle", "articletitle", "documenttitle", "primarytitle", "titles", "displayname")
ABSTRACTS = ("abstract", "summary", "abstracttext", "abstractnote", "paperabstract", "abstracts", "summaries")
_NAMED: Mapping[str, tuple[str, ...]] = {
    "title": TITLES,
    "abstract": (*ABSTRACTS, "description"),
    "authors": ("authors", "author", "authorfullnames", "authornames", "authorlist", "creators"),
    "arxiv_id": ("arxivid", "arxiv", "eprint", "paperid", "id", "entryid"),
    "doi": ("doi", "dois"),
    "published": (
        "published",
        "publishedat",
        "publicationdate",
        "publishdate",
        "date",
        "pubdate",
        "coverdate",
        "created",
        "updatedate",
        "year",
        "publicationyear",
        "pubyear",
    ),
    "listed": ("listed",),
    "url": ("url", "urlabs", "absurl", "paperurl", "link", "pageurl"),
    "categories": ("categories", "category", "primarycategory", "subjects", "fieldsofstudy", "terms"),
    "organization": ("organization", "organisation"),
    "authors_count": ("authorscount",),
    "comments": ("numcomments", "comments"),
}


def record(found: Any) -> Record:
    """What ``found``, the value of a JSON record or a row by column, says of a paper. Raises Unreadable."""
    if not isinstance(found, Mapping):
        raise Unreadable("is no object with fields")
    read = next((read for knows, read in _SOURCES if knows(found)), named)
    made = read(found)
    if not made.title.strip():
        raise Unreadable("has no title")
    return made


def folded(name: str) -> str:
    """The name of a field as the tables above have it: "Abstract Note" is "abstractnote".

    >>> folded("Publication_Date")
    'publicationdate'
    """
    return re.sub(r"[\W_]+", "", name).casefold()


def named(found: Fields) -> Record:
    """A record by the usual names of its fields."""
    by_name = {folded(name): value for name, value in found.items() if isinstance(name, str)}
    said = {key: _first(by_name[name] for name in names if name in by_name) for key, names in _NAMED.items()}
    ids = (by_name.get(name) for name in (*_NAMED["arxiv_id"], *_NAMED["url"], "doi", "pdfurl", "urlpdf"))
    return Record(
        title=words(said["title"]),
        abstract=words(said["abstract"]),
        authors=names(said["authors"]),
        authors_count=count(said["authors_count"]),
        arxiv_id=_first(map(arxiv_id, ids)),
        doi=doi(said["doi"]),
        published=day(said["published"]),
        listed=day(said["listed"]),
        organization=words(said["organization"]) or None,
        comments=count(said["comments"]),
        categories=listed_words(said["categories"]),
        url=url(said["url"]),
        links=urls(*(by_name["links"] if isinstance(by_name.get("links"), list) else ())),
    )


def _arxiv(found: Fields) -> Record:
    versions = found.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, Mapping) else None
    return Record(
        title=words(found.get("title")),
        abstract=words(found.get("abstract")),
        authors=_parsed_names(found.get("authors_parsed")) or names(found.get("authors")),
        arxiv_id=arxiv_id(found.get("id")),
        doi=doi(found.get("doi")),
        published=day(created) or day(found.get("update_date")),
        categories=listed_words(found.get("categories")),
    )


def _parsed_names(value: Any) -> tuple[str, ...] | None:
    """["Balázs", "C.", "Jr."] is C. Balázs Jr."""
    if not isinstance(value, list):
        return None
    parts = [[part for part in name if isinstance(part, str)] for name in value if isinstance(name, list)]
    return tuple(tidy(" ".join((*name[1:2], *name[:1], *name[2:3]))) for name in parts if any(name)) or None


def _daily(found: Fields) -> Record:
    """An entry of the Daily Papers API; the entry itself knows the discussion, its ``paper`` all else."""
    inner: Fields = found["paper"]
    organization = found.get("organization") or inner.get("organization")
    said = _hub(inner)
    return replace(
        said,
        title=said.title or words(found.get("title")),
        abstract=said.abstract or words(found.get("summary")),
        listed=day(inner.get("submittedOnDailyAt")) or day(found.get("publishedAt")) or said.published,
        organization=_handle_and_name(organization),
        comments=count(found.get("numComments")),
    )


def _hub(inner: Fields) -> Record:
    authors = names([a for a in inner.get("authors") or () if not (isinstance(a, Mapping) and a.get("hidden") is True)])
    return Record(
        title=words(inner.get("title")),
        abstract=words(inner.get("summary")),
        authors=authors,
        arxiv_id=arxiv_id(inner.get("id")),
        published=day(inner.get("publishedAt")),
        organization=_handle_and_name(inner.get("organization")),
        links=urls(inner.get("githubRepo"), inner.get("projectPage")),
    )


def _handle_and_name(value: Any) -> str | None:
    """An organisation as listing pages have it: its handle, then its name, or the name alone."""
    if not isinstance(value, Mapping):
        return None
    parts = dict.fromkeys(words(value.get(key)).strip() for key in ("name", "fullname"))
    return parse_organization(" ".join(part for part in parts if part)) or None


def _openalex(found: Fields) -> Record:
    places = [found.get("primary_location"), found.get("best_oa_location"), *_list(found.get("locations"))]
    pages = [
        place.get(key) for place in places if isinstance(place, Mapping) for key in ("landing_page_url", "pdf_url")
    ]
    ids = found.get("ids") if isinstance(found.get("ids"), Mapping) else {}
    authorships = [
        a.get("author") or a.get("raw_author_name") for a in _list(found.get("authorships")) if isinstance(a, Mapping)
    ]
    return Record(
        title=words(found.get("title")) or words(found.get("display_name")),
        abstract=uninverted(found.get("abstract_inverted_index")) or words(found.get("abstract")),
        authors=names(authorships),
        arxiv_id=_first(map(arxiv_id, (found.get("doi"), *pages))),
        doi=doi(found.get("doi")) or doi(ids.get("doi") if ids else None),
        published=day(found.get("publication_date")) or day(found.get("publication_year")),
        categories=listed_words(found.get("topics") or found.get("concepts"))[:3],
        url=_first(map(url, pages)),
    )


def uninverted(index: Any) -> str:
    """The text of which ``index`` tells each word's places.

    >>> uninverted({"show": [1], "We": [0, 2]})
    'We show We'
    """
    if not isinstance(index, Mapping):
        return ""
    places = ((place, word) for word, at in index.items() for place in _list(at) if isinstance(place, int))
    return " ".join(word for _, word in sorted(places)[:MOST_WORDS])


def _scholar(found: Fields) -> Record:
    ids = found.get("externalIds") or found.get("externalids")
    by_name = {str(name).casefold(): value for name, value in ids.items()} if isinstance(ids, Mapping) else {}
    fields = found.get("fieldsOfStudy") or found.get("s2FieldsOfStudy") or found.get("s2fieldsofstudy")
    code = by_name.get("arxiv")
    return Record(
        title=words(found.get("title")),
        abstract=words(found.get("abstract")),
        authors=names(found.get("authors")),
        arxiv_id=arxiv_id(code) or arxiv_id(by_name.get("doi")),
        doi=doi(by_name.get("doi")),
        published=day(found.get("publicationDate") or found.get("publicationdate")) or day(found.get("year")),
        categories=listed_words(fields),
        url=url(found.get("url")),
    )


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value not in (None, "", [], {})), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_SOURCES: tuple[tuple[Callable[[Fields], bool], Callable[[Fields], Record]], ...] = (
    (lambda found: isinstance(found.get("paper"), Mapping), _daily),
    (lambda found: "summary" in found and "upvotes" in found, _hub),
    (lambda found: "authors_parsed" in found or ("versions" in found and "categories" in found), _arxiv),
    (lambda found: "abstract_inverted_index" in found or "authorships" in found, _openalex),
    (lambda found: any(key in found for key in ("paperId", "externalIds", "corpusid", "externalids")), _scholar),
)
