"""Texts lie in the metadata of a folder's rows and are documents on a server; either way they are read as one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromadb.api.models.Collection import Collection

from ingest.embedding import load_embedder
from ingest.errors import LibraryDamaged
from ingest.library import Library, check, copy
from ingest.papers import Paper
from ingest.pipeline import ingest_papers, rebuild_library
from ingest.storage import layout
from ingest.storage.manifest import FORMAT, parse
from ingest.storage.place import place
from ingest.storage.salvage import salvage
from ingest.storage.shelf import Shelf
from ingest.vectors import Embedder
from tests.ingest.libraries import ChromaServer, many_papers

ODD = Paper("odd", "Nothing\0 is empty", "A NUL \0 in the midst, “quotes”, 中文 and \U0001f600.")
EMPTY = Paper("empty", "A title alone", "")
PAPERS = [*many_papers(12), ODD, EMPTY]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder("default")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    chroma = ChromaServer(tmp_path / "server")
    yield chroma.url
    chroma.stop()


def filled(folder: Path, embedder: Embedder, papers: list[Paper] | None = None) -> Path:
    with Library.open(folder, embedder, create=True) as library:
        ingest_papers(papers or PAPERS, library)
    return folder


@contextmanager
def collection(location: str | Path) -> Iterator[Collection]:
    shelf = Shelf(place(location))
    try:
        yield shelf.store.client.get_collection(shelf.manifest().collection, embedding_function=None)
    finally:
        shelf.close()


def rows_of(location: str | Path) -> dict[str, Any]:
    with collection(location) as found:
        return dict(found.get(include=["documents", "metadatas"]))


def abstracts(location: str | Path, embedder: Embedder) -> dict[str, str]:
    with Library.open(location, embedder) as library:
        return {paper.id: paper.abstract for paper in library.papers()}


WANTED = {paper.id: paper.abstract for paper in PAPERS}


def of_before(folder: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library as format 3 had them."""
    with monkeypatch.context() as patch:
        patch.setattr(layout, "documents_at", lambda _: True)
        filled(folder, embedder, PAPERS[:6])
    manifest = folder / "manifest.json"
    said = json.loads(manifest.read_text()) | {"format": 3}
    said["searched"] = said.pop("layout")["searched"]
    manifest.write_text(json.dumps(said))
    return folder


def test_a_folder_keeps_texts_out_of_the_substring_index(embedder: Embedder, tmp_path: Path):
    folder = filled(tmp_path / "library", embedder)
    found = rows_of(folder)
    assert set(found["documents"]) == {None}
    assert {text["text"] for text in found["metadatas"]} == {paper.abstract for paper in PAPERS}
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as opened:
        assert opened.execute("select count(*) from embedding_fulltext_search").fetchone() == (0,)
    assert abstracts(folder, embedder) == WANTED


def test_a_server_has_texts_as_documents_and_a_copy_of_it_in_a_folder_has_not(
    server: str, embedder: Embedder, tmp_path: Path
):
    copy(filled(tmp_path / "library", embedder), server)
    found = rows_of(server)
    assert set(found["documents"]) == {paper.abstract for paper in PAPERS}
    assert all("text" not in metadata for metadata in found["metadatas"])
    assert abstracts(server, embedder) == WANTED
    copy(server, tmp_path / "back")
    assert set(rows_of(tmp_path / "back")["documents"]) == {None}
    assert abstracts(tmp_path / "back", embedder) == WANTED


def test_a_library_of_before_goes_on_with_documents_until_it_is_rebuilt(
    embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = of_before(tmp_path / "library", embedder, monkeypatch)
    changed = replace(PAPERS[0], abstract="Rewritten since. " + PAPERS[0].abstract)
    filled(folder, embedder, [changed, *PAPERS[6:]])
    wanted = {**WANTED, changed.id: changed.abstract}
    assert set(rows_of(folder)["documents"]) == set(wanted.values())
    assert json.loads((folder / "manifest.json").read_text())["format"] == FORMAT
    assert abstracts(folder, embedder) == wanted
    rebuild_library(folder, embedder)
    assert set(rows_of(folder)["documents"]) == {None}
    assert abstracts(folder, embedder) == wanted
    assert check(folder) == []


def test_a_new_version_of_a_paper_replaces_the_text_of_the_old_one(embedder: Embedder, tmp_path: Path):
    folder = filled(tmp_path / "library", embedder)
    changed = replace(PAPERS[0], abstract="Another text.")
    filled(folder, embedder, [changed])
    assert abstracts(folder, embedder) == {**WANTED, changed.id: "Another text."}


def test_texts_are_salvaged_from_either(embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    new = filled(tmp_path / "new", embedder)
    old = of_before(tmp_path / "old", embedder, monkeypatch)
    assert {name: entry.paper.abstract for name, entry in salvage(new, None).items()} == WANTED
    kept = {name: entry.paper.abstract for name, entry in salvage(old, None).items()}
    assert kept == {paper.id: paper.abstract for paper in PAPERS[:6]}


@pytest.mark.parametrize("said", [{"layout": "all"}, {"layout": {"searched": "all"}}, {"layout": 7}])
def test_a_manifest_of_an_impossible_layout_is_damaged(said: dict[str, Any], embedder: Embedder, tmp_path: Path):
    folder = filled(tmp_path / "library", embedder, PAPERS[:1])
    text = (folder / "manifest.json").read_text()
    assert parse(text, "here").layout == layout.Layout(128, documents=False)
    with pytest.raises(LibraryDamaged, match="manifest"):
        parse(json.dumps(json.loads(text) | said), "here")
