"""Broken libraries: each is noticed, said in one sentence, and mended without losing a paper that can be read."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryBusy, LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing
from ingest.library import Library, check, repair
from ingest.papers import Paper
from ingest.pipeline import ingest_papers, rebuild_library
from ingest.rows import Row, row_id
from ingest.storage.manifest import FolderManifest
from ingest.storage.place import place as at
from ingest.storage.shelf import Shelf
from tests.ingest.libraries import CountingEmbedder, many_papers, static_model

PAPERS = many_papers(1_300)
HELD = {paper.id: paper for paper in PAPERS}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, tiny: StaticEmbedder) -> Path:
    """A closed library of 1,300 papers: enough for Chroma to have written vector files."""
    place = tmp_path_factory.mktemp("sound") / "library"
    with Library.open(place, tiny, create=True) as library:
        ingest_papers(PAPERS, library)
    return place


@pytest.fixture
def library(sound: Path, tmp_path: Path) -> Path:
    """A copy to be broken."""
    return Path(shutil.copytree(sound, tmp_path / "library"))


def papers_of(place: Path, embedder: StaticEmbedder) -> dict[str, Paper]:
    with Library.open(place, embedder) as opened:
        vector = embedder.embed([PAPERS[7].abstract])[0]
        if opened.count():
            assert opened.dense(vector, 5)
            assert opened.lexical(PAPERS[7].title, 1)[0].paper_id in HELD
        assert opened.n_documents == opened.count()
        return {paper.id: paper for paper in opened.papers()}


def vector_files(place: Path) -> list[Path]:
    return sorted(path for path in (place / "chroma").rglob("*.bin"))


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def on_vectors(name: str, spoil: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda place: [spoil(path) for path in vector_files(place) if path.name == name]


def on_index(spoil: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda place: spoil(next((place / "lexical").iterdir()))


def spoil_segments(folder: Path) -> None:
    for path in folder.glob("*.idx"):
        halve(path)


def lower_generation(folder: Path) -> None:
    layout, _ = (folder / "generation").read_text().split()
    (folder / "generation").write_text(f"{layout} 0")


def forget_manifest(place: Path) -> None:
    (place / "manifest.json").unlink()


def die_in_mid_ingest(place: Path) -> None:
    """The manifest as a killed writer leaves it, with vector files that no longer fit."""
    manifests = FolderManifest(place)
    manifest = manifests.read()
    assert manifest
    manifests.write(replace(manifest, pending=manifest.generation + 1))
    for path in vector_files(place):
        if path.name == "header.bin":
            zero(path)


def add_orphans(place: Path) -> None:
    """Chunks of a version that is no more, behind a gap."""
    shelf = Shelf(at(place))
    table = shelf.table(shelf.manifest())
    row = next(iter(table.scan()))
    orphans = [Row(row_id(PAPERS[0].id, ordinal), "old text", {"generation": 1}) for ordinal in (3, 4)]
    table.upsert(orphans, np.stack([table.vectors([row.id])[row.id]] * 2))
    shelf.close()


BREAKAGES = {
    "chunks without a paper": add_orphans,
    "vector header zeroed": on_vectors("header.bin", zero),
    "vector header halved": on_vectors("header.bin", halve),
    "vectors halved": on_vectors("data_level0.bin", halve),
    "vectors gone": on_vectors("data_level0.bin", Path.unlink),
    "links gone": on_vectors("link_lists.bin", Path.unlink),
    "lexical index gone": on_index(shutil.rmtree),
    "lexical index emptied": on_index(lambda folder: [path.write_bytes(b"") for path in folder.iterdir()]),
    "lexical segment halved": on_index(spoil_segments),
    "lexical index behind": on_index(lower_generation),
    "lexical description cut short": on_index(lambda folder: halve(folder / "meta.json")),
    "manifest gone": forget_manifest,
    "manifest halved": lambda place: halve(place / "manifest.json"),
    "manifest empty": lambda place: (place / "manifest.json").write_text(""),
    "manifest of other things": lambda place: (place / "manifest.json").write_text('{"name": "x"}'),
    "manifest not text": lambda place: (place / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "killed in mid-ingest": die_in_mid_ingest,
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES.keys())
def test_a_broken_library_is_mended_whole(breakage: Callable[[Path], object], library: Path, tiny: StaticEmbedder):
    breakage(library)
    done = list(repair(library, tiny))
    assert all(line.endswith(".") for line in done)
    assert check(library) == []
    assert papers_of(library, tiny) == HELD
    assert list(repair(library, tiny)) == []


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES.keys())
def test_a_broken_library_is_never_silently_wrong(
    breakage: Callable[[Path], object], library: Path, tiny: StaticEmbedder
):
    breakage(library)
    findings = check(library)
    try:
        found, said = papers_of(library, tiny), ""
    except LibraryError as error:
        found, said = HELD, str(error)
        assert findings
    assert found == HELD
    assert not said or ("doctor --repair" in said and "\n" not in said)


def test_sqlite_cut_short_gives_back_what_can_be_read(library: Path, tiny: StaticEmbedder):
    path = library / "chroma" / "chroma.sqlite3"
    os.truncate(path, int(path.stat().st_size * 0.6) // 4096 * 4096)
    assert check(library)
    assert list(repair(library, tiny))
    assert check(library) == []
    left = papers_of(library, tiny)
    assert all(HELD[paper_id] == paper for paper_id, paper in left.items())
    with Library.open(library, tiny) as opened:
        report = ingest_papers(PAPERS, opened)
        assert report.added == len(HELD) - len(left)
        assert opened.count() == len(HELD)


@pytest.mark.parametrize("content", [b"", b"not a database" * 500], ids=["emptied", "overwritten"])
def test_sqlite_lost_altogether_leaves_an_empty_library(content: bytes, library: Path, tiny: StaticEmbedder):
    (library / "chroma" / "chroma.sqlite3").write_bytes(content)
    assert check(library)
    with pytest.raises(LibraryError, match="doctor --repair"), Library.open(library, tiny) as opened:
        opened.dense(tiny.embed(["reward"])[0], 1)
    assert "ingest PAGE" in " ".join(repair(library, tiny))
    assert papers_of(library, tiny) == {}


def test_a_sound_library_is_left_alone(library: Path, tiny: StaticEmbedder):
    before = (library / "manifest.json").read_bytes()
    assert check(library) == []
    assert list(repair(library, tiny)) == []
    assert (library / "manifest.json").read_bytes() == before


def test_repair_of_nothing(tmp_path: Path, tiny: StaticEmbedder):
    with pytest.raises(LibraryMissing):
        check(tmp_path / "none")
    with pytest.raises(LibraryMissing):
        list(repair(tmp_path / "none", tiny))
    assert not (tmp_path / "none").exists()


def test_repair_waits_for_no_writer(library: Path, tiny: StaticEmbedder):
    with Library.open(library, tiny) as opened, opened.writing(), pytest.raises(LibraryBusy):
        list(repair(library, tiny))


@pytest.mark.parametrize(("version", "word"), [(0, "ingest --rebuild"), (99, "update")], ids=["older", "newer"])
def test_another_format_is_refused_in_a_sentence(version: int, word: str, library: Path, tiny: StaticEmbedder):
    path = library / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": version}))
    with pytest.raises(LibraryMismatch, match=word):
        Library.open(library, tiny)
    assert word in check(library)[0]


def test_rebuild_takes_another_embedder_without_the_pages(library: Path, tiny: StaticEmbedder, tmp_path: Path):
    wide = CountingEmbedder(static_model(tmp_path / "wide", dimension=48))
    with pytest.raises(LibraryMismatch):
        Library.open(library, wide)
    assert rebuild_library(library, wide) == len(HELD)
    assert len(wide.texts) == len(HELD)
    assert papers_of(library, wide.inner) == HELD
    with pytest.raises(LibraryMismatch):
        Library.open(library, tiny)
    assert len(list((library / "lexical").iterdir())) == 1
    assert len({path.parent for path in vector_files(library)}) == 1


def test_readers_answer_during_a_rebuild_and_after_it(library: Path, tiny: StaticEmbedder):
    with Library.open(library, tiny) as reader:
        counts: list[int] = []
        vector = tiny.embed([PAPERS[3].abstract])[0]

        def read(_: object) -> None:
            assert reader.dense(vector, 3)[0].paper_id == PAPERS[3].id
            counts.append(reader.count())

        rebuild_library(library, tiny, progress=read)
        read(None)
        assert set(counts) == {len(HELD)}
        assert len(counts) == 3


def test_a_rebuild_that_fails_leaves_the_old_library(library: Path, tiny: StaticEmbedder):
    class Failing(CountingEmbedder):
        def embed(self, texts):
            if self.texts:
                raise LibraryError("stop here")
            return super().embed(texts)

    with pytest.raises(LibraryError, match="stop here"):
        rebuild_library(library, Failing(tiny))
    assert check(library) == []
    assert papers_of(library, tiny) == HELD


def test_a_write_that_was_only_queued_is_salvaged(library: Path, tiny: StaticEmbedder):
    """Chroma logs a write before it applies it: a row that is in the log alone counts."""
    path = library / "chroma" / "chroma.sqlite3"
    with sqlite3.connect(path) as database:
        (last,) = database.execute("select max(id) from embeddings").fetchone()
        queued = database.execute("select count(*) from embeddings_queue where seq_id = ?", (last,)).fetchone()
        assert queued == (1,)
        database.execute("delete from embedding_metadata where id = ?", (last,))
        database.execute("delete from embeddings where id = ?", (last,))
        database.execute("update max_seq_id set seq_id = seq_id - 1")
    (library / "manifest.json").unlink()
    with pytest.raises(LibraryDamaged):
        Library.open(library, tiny)
    list(repair(library, tiny))
    assert papers_of(library, tiny) == HELD


def test_a_process_that_died_making_the_first_vector_files_leaves_a_library_that_opens(
    tiny: StaticEmbedder, tmp_path: Path
):
    place = tmp_path / "library"
    with Library.open(place, tiny, create=True) as opened:
        ingest_papers(PAPERS[:300], opened)  # too few for Chroma to have filled its files
        opened.dense(tiny.embed(["reward"])[0], 1)
    assert vector_files(place)
    for path in vector_files(place):
        path.write_bytes(b"")
    assert set(papers_of(place, tiny)) == {paper.id for paper in PAPERS[:300]}
    assert check(place) == []
