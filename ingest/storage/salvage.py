"""Reads what can still be read of a Chroma folder that fails: straight from its SQLite file, with the standard library.

A process killed in mid-write can leave a collection whose vector files no longer fit its log: every read through
Chroma then fails, while texts and metadata stand in SQLite. They are enough, since vectors can be made again. This
module knows the tables of Chroma 1.x and nothing of its vector files::

    collections       id, name
    segments          id, scope ('METADATA' or 'VECTOR'), collection
    embeddings        id, segment_id, embedding_id (our row id)
    embedding_metadata   id, key, string_value, int_value        ('chroma:document' or 'text' is the chunk's text)
    max_seq_id        segment_id, seq_id         the last write that has reached the segment
    embeddings_queue  seq_id, operation, topic (ends in the collection's id), id, metadata (JSON)
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ingest.errors import LibraryError
from ingest.rows import Entry, Row, entry, split_row_id
from ingest.storage.chromafiles import database, is_damage
from ingest.storage.layout import TEXT
from ingest.storage.manifest import PREFIX

TEXTS = ("chroma:document", TEXT)
#: Numbers of the operations in the queue, as Chroma's protocol has them.
_ADD, _UPDATE, _UPSERT, _DELETE = range(4)

_APPLIED = """
    select e.embedding_id, m.key, coalesce(m.string_value, m.int_value)
    from embeddings e join embedding_metadata m on m.id = e.id where e.segment_id = ? order by e.id
"""
_QUEUED = "select operation, id, metadata from embeddings_queue where topic like ? and seq_id > ? order by seq_id"


def salvage(folder: Path, collection: str | None) -> dict[str, Entry]:
    """The papers that can be read from ``folder``'s Chroma, by id.

    ``collection`` None: of whichever of our collections holds most. What can't be read is left out; an unreadable
    file gives none.
    """
    best: dict[str, Entry] = {}
    for name, rows in _collections(folder / "chroma"):
        if collection in (None, name) and len(found := _entries(rows)) >= len(best):
            best = found
    return best


def holds_rows(chroma: Path) -> bool:
    """Whether anything was ever written to this Chroma folder; True for one that can't be read."""
    if not (chroma / "chroma.sqlite3").is_file():
        return False
    try:
        with database(chroma) as opened:
            query = "select exists(select 1 from embeddings) or exists(select 1 from embeddings_queue)"
            return bool(opened.execute(query).fetchone()[0])
    except sqlite3.Error as error:
        # Killed while Chroma was laying out its tables, nothing was written yet.
        return "no such table" not in str(error)


def _collections(chroma: Path) -> Iterator[tuple[str, dict[str, Row]]]:
    if not (chroma / "chroma.sqlite3").is_file():
        return
    with _until_damage(), database(chroma) as opened:
        opened.text_factory = lambda data: data.decode("utf-8", "replace")
        for identifier, name in opened.execute("select id, name from collections").fetchall():
            if str(name).startswith(f"{PREFIX}-"):
                yield name, _rows(opened, identifier)


@contextmanager
def _until_damage() -> Iterator[None]:
    """A damaged page ends the reading, and what was read before it counts. A busy file is an error."""
    try:
        yield
    except sqlite3.Error as error:
        if not is_damage(error):
            raise LibraryError(f"Chroma's database can't be read now ({error}); try again in a moment.") from error


def _rows(opened: sqlite3.Connection, collection: str) -> dict[str, Row]:
    rows: dict[str, Row] = {}
    reached = 0
    with _until_damage():
        query = "select id from segments where collection = ? and scope = 'METADATA'"
        for (segment,) in opened.execute(query, (collection,)).fetchall():
            for identifier, key, value in opened.execute(_APPLIED, (segment,)):
                rows[identifier] = _with(rows.get(identifier) or Row(identifier, ""), {key: value})
            last = opened.execute("select seq_id from max_seq_id where segment_id = ?", (segment,)).fetchone()
            reached = int(last[0]) if last else 0
    with _until_damage():
        for operation, identifier, metadata in opened.execute(_QUEUED, (f"%{collection}", reached)):
            _replay(rows, operation, identifier, metadata)
    return rows


def _replay(rows: dict[str, Row], operation: int, identifier: str, metadata: str | None) -> None:
    if operation == _DELETE:
        rows.pop(identifier, None)
        return
    if (operation == _UPDATE and identifier not in rows) or (operation == _ADD and identifier in rows):
        return
    with suppress(ValueError):
        values = json.loads(metadata or "{}")
        rows[identifier] = _with(rows.get(identifier) or Row(identifier, ""), values)


def _with(row: Row, values: dict[str, Any]) -> Row:
    document = next((values[key] for key in TEXTS if values.get(key)), row.document)
    kept = {**row.metadata, **{key: value for key, value in values.items() if key not in TEXTS}}
    return Row(row.id, str(document), kept)


def _entries(rows: dict[str, Row]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for row in rows.values():
        with suppress(ValueError):
            paper_id, ordinal = split_row_id(row.id)
            if ordinal == 0:
                found[paper_id] = entry(paper_id, row.document, row.metadata)
    return found
