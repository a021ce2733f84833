"""A long ingest has Chroma write its graph out more seldom; afterwards nothing is left to be put into it again."""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ingest import pipeline
from ingest.embedding import StaticEmbedder
from ingest.library import Library
from ingest.pipeline import Progress, ingest_papers
from ingest.storage import memory, store, writing
from ingest.storage.gate import Gate
from ingest.storage.memory import Mapped, give_back, mapped, pages_let_go, share_heap
from ingest.storage.place import place
from ingest.storage.shelf import Shelf
from tests.ingest.libraries import many_papers, static_model

COUNT = 170


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "PACES", ((0, 20), (40, 300), (80, 500)))
    monkeypatch.setattr(store, "HNSW", {**store.HNSW, "sync_threshold": 20})
    monkeypatch.setattr(writing, "COMMIT_EVERY", 40)
    monkeypatch.setattr(pipeline, "BLOCK", 20)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> StaticEmbedder:
    return static_model(tmp_path_factory.mktemp("models") / "tiny")


def in_the_files(folder: Path) -> int:
    """Elements of the graph as it was last written out."""
    headers = list(folder.glob("chroma/*/header.bin"))
    return struct.unpack_from("<iQQQ", headers[0].read_bytes())[3] if headers else 0


def pace_of(folder: Path) -> int:
    shelf = Shelf(place(folder))
    try:
        return shelf.table(shelf.manifest())._pace()
    finally:
        shelf.close()


def test_the_graph_is_written_out_at_the_end_of_a_long_ingest(tiny: StaticEmbedder, tmp_path: Path):
    folder = tmp_path / "library"
    paces: list[int] = []
    with Library.open(folder, tiny, create=True) as library:

        def tell(progress: Progress) -> None:
            paces.append(library._state.table._pace())

        ingest_papers(many_papers(COUNT), library, progress=tell)
        assert sorted(set(paces)) == [20, 300, 500]
        assert paces == sorted(paces)
        assert in_the_files(folder) == COUNT
        assert library.count() == len(library.dense(tiny.embed(["reward"])[0], COUNT)) == COUNT
    assert pace_of(folder) == 20


def test_a_short_ingest_is_left_to_chroma(tiny: StaticEmbedder, tmp_path: Path):
    with Library.open(tmp_path / "library", tiny, create=True) as library:
        ingest_papers(many_papers(10), library)
    assert in_the_files(tmp_path / "library") == 0
    assert pace_of(tmp_path / "library") == 20


def test_readers_go_on_while_the_store_is_opened_again(tiny: StaticEmbedder, tmp_path: Path):
    vector = tiny.embed(["reward search"])[0]
    done = threading.Event()
    failed: list[BaseException] = []
    with Library.open(tmp_path / "library", tiny, create=True) as library:
        ingest_papers(many_papers(10), library)

        def read() -> None:
            try:
                while not done.is_set():
                    hits = library.dense(vector, 5)
                    assert len(library.get([hit.paper_id for hit in hits])) == 5
            except BaseException as error:
                failed.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        try:
            ingest_papers(many_papers(COUNT), library)
        finally:
            done.set()
            for reader in readers:
                reader.join()
        assert not failed
        assert library.count() == COUNT


def test_what_a_writer_that_died_had_not_written_out_is_written_when_it_is_finished(
    tiny: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "library"
    with monkeypatch.context() as patched:
        patched.setattr(store.Table, "settle", lambda _: None)  # it did not come to that
        with Library.open(folder, tiny, create=True) as library:
            ingest_papers(many_papers(COUNT), library)
    assert in_the_files(folder) < COUNT
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "pending": manifest["generation"] + 1}))
    with Library.open(folder, tiny) as library:
        assert library.count() == COUNT
    assert pace_of(folder) == 20
    assert in_the_files(folder) == COUNT


def test_a_gate_lets_calls_in_together_and_shuts_them_out_together():
    gate, inside, order = Gate(), threading.Event(), list[str]()
    leave = threading.Event()

    def call() -> None:
        with gate:
            inside.set()
            leave.wait(10)
            order.append("call")

    thread = threading.Thread(target=call)
    thread.start()
    assert inside.wait(10)
    with gate:  # a second call needs no turn
        leave.set()
    with gate.shut():
        order.append("shut")
        late = threading.Thread(target=lambda: (gate.__enter__(), order.append("late"), gate.__exit__()))
        late.start()
        late.join(0.05)
        assert late.is_alive()
    late.join(10)
    thread.join(10)
    assert order == ["call", "shut", "late"]


def test_memory_can_be_given_back_at_any_time():
    share_heap()
    give_back()


def resident(place: int) -> int:
    """Bytes in memory of the mapping that begins at ``place``."""
    lines = Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{place:08x}-"))
    return 1024 * next(int(line.split()[1]) for line in lines[first:] if line.startswith("Rss:"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone says what is mapped")
def test_pages_of_a_mapped_file_that_was_read_do_not_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "_PERIOD", 0.02)
    monkeypatch.setattr(memory, "_MORE", -1_000_000)
    content = bytes(range(256)) * 8_000
    inside, outside = tmp_path / "in" / "part.idx", tmp_path / "out.idx"
    inside.parent.mkdir()
    maps: list[mmap.mmap] = []
    for path in (inside, outside):
        path.write_bytes(content)
        with path.open("rb") as file:
            os.fsync(file.fileno())  # what is not on the disk can't go
            maps.append(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    assert [one[:] for one in maps] == [content, content]
    ((start, end),) = mapped(inside.parent)
    assert end - start >= len(content)
    assert resident(start) >= len(content)
    with pages_let_go(inside.parent):
        until = time.monotonic() + 10
        while resident(start) and time.monotonic() < until:
            time.sleep(0.01)
        assert resident(start) == 0
    assert [one[:] for one in maps] == [content, content]
    ((other, _),) = [one for one in mapped(tmp_path) if one[0] != start]
    assert resident(other) >= len(content)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone says what is mapped")
def test_a_reader_lets_go_when_it_has_come_to_hold_many_pages_and_counts_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memory, "MORE_READ", 4_000_000)
    monkeypatch.setattr(memory, "READINGS", 2)
    path = tmp_path / "part.idx"
    path.write_bytes(bytes(16_000_000))
    let_go: list[int] = []
    kept = Mapped(lambda: let_go.append(1))
    kept.look()
    kept.look()
    assert not let_go
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        assert not whole[:].strip(b"\0")
        kept.look()
        assert not let_go
        kept.look()
        assert let_go == [1]
        for _ in range(6):
            kept.look()
        assert let_go == [1]


def test_searches_go_on_while_the_index_is_mapped_anew_after_each(
    tiny: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memory, "MORE_READ", -(10**12))
    monkeypatch.setattr(memory, "READINGS", 1)
    with Library.open(tmp_path / "library", tiny, create=True) as library:
        ingest_papers(many_papers(40), library)
        first = library._state.index._index
        expected = library.lexical("reward search", 5)
        assert expected
        assert library._state.index._index is not first
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: library.lexical("reward search", 5), range(100)))
        assert all(hits == expected for hits in found)
        with library.writing() as writer:
            writer.drop([writer.held([expected[0].paper_id])[expected[0].paper_id]])
            before = library._state.index._index
            assert library.lexical("reward search", 5)
            assert library._state.index._index is before
        assert expected[0].paper_id not in {hit.paper_id for hit in library.lexical("reward search", 5)}
