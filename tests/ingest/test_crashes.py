"""``kill -9`` at any moment, a full disk, readers beside a writer: the library opens, answers and is completed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryError
from ingest.library import Library, check
from ingest.pipeline import ingest_papers
from ingest.storage import dense
from tests.ingest.libraries import a_paper, many_papers, static_model

#: What a child process runs: location, model folder, papers, papers a block. It says "go" when it begins to write.
CHILD = """
import sys
from pathlib import Path
import ingest.pipeline
from ingest.embedding import StaticEmbedder
from ingest.library import Library
from tests.ingest.libraries import many_papers
ingest.pipeline.BLOCK = int(sys.argv[4])
with Library.open(sys.argv[1], StaticEmbedder(Path(sys.argv[2])), create=True) as library:
    print("go", flush=True)
    ingest.pipeline.ingest_papers(many_papers(int(sys.argv[3])), library)
print("done", flush=True)
"""
#: The same for an embedder whose vectors are shortened, with the graph written out ever more seldom.
LONG_CHILD = (
    """
from ingest.embedding import StaticEmbedder
from ingest.storage import shortening, store, writing
StaticEmbedder.leading = property(lambda _: (8,), lambda *_: None)
shortening.SEARCHED = 8
store.PACES = ((0, 40), (200, 100), (400, 300))
store.HNSW = {**store.HNSW, "sync_threshold": 40}
writing.COMMIT_EVERY = 150
"""
    + CHILD
)
#: What a child reads while another process writes: location, model folder, seconds.
READER = """
import sys, time
from pathlib import Path
from ingest.embedding import StaticEmbedder
from ingest.library import Library
embedder = StaticEmbedder(Path(sys.argv[2]))
vector = embedder.embed(["reward search"])[0]
until, most = time.monotonic() + float(sys.argv[3]), 0
with Library.open(sys.argv[1], embedder) as library:
    while time.monotonic() < until:
        hits = library.dense(vector, 20) + library.lexical("reward search", 20)
        assert set(library.get([hit.paper_id for hit in hits])) == {hit.paper_id for hit in hits}
        count = library.count()
        assert count >= most, (count, most)
        most = count
        time.sleep(0.02)
print(most)
"""
COUNT = 900


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    static_model(folder)
    return folder


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.slow
@pytest.mark.parametrize(("script", "kills"), [(CHILD, 20), (LONG_CHILD, 10)], ids=["short", "long"])
def test_a_killed_ingest_loses_nothing_and_the_next_one_completes_it(
    script: str, kills: int, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Any moment, from the first import to the last commit; each kill goes on from where the last one left."""
    if script == LONG_CHILD:
        monkeypatch.setattr(dense, "SMALL", 5)
    moments = random.Random(7)
    embedder, papers = StaticEmbedder(model), {paper.id: paper for paper in many_papers(COUNT)}
    place, kept = tmp_path / "library", 0
    for number in range(kills):
        child = start(script, place, model, COUNT, 150)
        if number % 4:
            assert child.stdout
            child.stdout.readline()
        time.sleep(moments.random())
        child.send_signal(signal.SIGKILL)
        child.communicate()
        if not (place / "manifest.json").exists():
            continue
        with Library.open(place, embedder) as library:
            assert library.count() >= kept
            kept = library.count()
            assert len(library.vectors([paper.id for paper in library.papers()])) == kept
            assert len(library.dense(embedder.embed(["reward search"])[0], 5)) == min(5, kept)
        assert check(place) == []
        if kept == COUNT:
            kept, place = 0, tmp_path / f"library-{number}"
    with Library.open(place, embedder, create=True) as library:
        ingest_papers(papers.values(), library)
        assert {paper.id: paper for paper in library.papers()} == papers
        assert library.n_documents == COUNT
    assert check(place) == []


@pytest.mark.slow
def test_readers_go_on_while_another_process_writes(model: Path, tmp_path: Path):
    embedder, place = StaticEmbedder(model), tmp_path / "library"
    with Library.open(place, embedder, create=True) as library:
        ingest_papers(many_papers(300, start=50_000), library)
    readers = [start(READER, place, model, 6) for _ in range(2)]
    writer = start(CHILD, place, model, COUNT, 300)
    for process in (writer, *readers):
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        assert out
    assert check(place) == []
    with Library.open(place, embedder) as library:
        assert library.count() == COUNT + 300


FULL_DISK = """
import resource, sys
from pathlib import Path
from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.pipeline import ingest_papers
from tests.ingest.libraries import many_papers
with Library.open(sys.argv[1], StaticEmbedder(Path(sys.argv[2]))) as library:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    try:
        ingest_papers(many_papers(1500), library)
    except LibraryError as error:
        print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
@pytest.mark.parametrize("limit", [200_000, 1_200_000, 3_000_000], ids=lambda limit: f"{limit // 1000} kB")
def test_a_write_that_finds_no_room_is_one_sentence_and_no_loss(limit: int, model: Path, tmp_path: Path):
    """A limit on the size of files stands for a full disk: the write fails in the same place."""
    embedder, place = StaticEmbedder(model), tmp_path / "library"
    first = a_paper("Kept Paper")
    with Library.open(place, embedder, create=True) as library:
        ingest_papers([first], library)
    child = start(FULL_DISK, place, model, limit)
    said, error = child.communicate(timeout=120)
    assert child.returncode == 0, error
    assert said.startswith("The ")
    assert said.count("\n") == 1
    with Library.open(place, embedder) as library:
        assert library.get([first.id]) == {first.id: first}
        ingest_papers(many_papers(1_500), library)
        assert library.count() == 1_501
    assert check(place) == []


def test_a_folder_of_other_things_is_not_made_into_a_library(tmp_path: Path, tiny: StaticEmbedder):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(LibraryError, match=r"thesis\.tex"):
        Library.open(tmp_path, tiny, create=True)
    with pytest.raises(LibraryError, match="name another folder"):
        Library.open(tmp_path / "thesis.tex", tiny, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
