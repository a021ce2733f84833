"""A process that dies just before or just after each write of an ingest: the library opens and is completed.

One child imports everything and forks for each point; the fork kills itself with SIGKILL at that point.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.embedding import StaticEmbedder
from ingest.library import Library, check
from ingest.pipeline import ingest_papers
from tests.ingest.libraries import many_papers, static_model

FIRST, ALL = 60, 200
#: Where a process dies: the method, how many calls of it return before, and whether the last one is made.
POINTS = [
    (name, number, side)
    for name, numbers in {
        "Table.upsert": (1, 3),
        "Table.update": (1,),
        "Table.delete": (1,),
        "LexicalIndex.put": (1, 4),
        "LexicalIndex.commit": (1,),
        "FolderManifest.write": (1, 2),
    }.items()
    for number in numbers
    for side in ("before", "after")
]
CHILD = """
import os, signal, sys
from pathlib import Path
import chromadb, tantivy, numpy
import ingest.pipeline
from ingest.embedding import StaticEmbedder
from ingest.lexical.index import LexicalIndex
from ingest.library import Library
from ingest.storage.manifest import FolderManifest
from ingest.storage.store import Table
from tests.ingest.storage.test_crash_points import changed

HOMES = {"Table": Table, "LexicalIndex": LexicalIndex, "FolderManifest": FolderManifest}

def die_at(name, number, side):
    home, method = HOMES[name.split(".")[0]], name.split(".")[1]
    works, calls = getattr(home, method), 0
    def deadly(*arguments, **named):
        nonlocal calls
        calls += 1
        if calls == number and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = works(*arguments, **named)
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(home, method, deadly)

ingest.pipeline.BLOCK = 50
embedder = StaticEmbedder(Path(sys.argv[1]))
for line in sys.stdin:
    place, name, number, side = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        with Library.open(place, embedder) as library:
            die_at(name, int(number), side)
            ingest.pipeline.ingest_papers(changed(), library)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def changed():
    """The papers of the second ingest: new ones, one with a shorter abstract, some with other metadata."""
    from dataclasses import replace

    papers = many_papers(ALL)
    long = replace(long_paper(), abstract="Chains help.", abstract_raw="Chains help.")
    return [long, *(replace(paper, comments=3) for paper in papers[:20]), *papers[20:]]


def long_paper():
    from tests.ingest.libraries import a_paper

    return a_paper("Chains", " ".join(f"Chains of thought number {n} help reasoning models." for n in range(300)))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    static_model(folder)
    return folder


@pytest.fixture(scope="module")
def mortal(model: Path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    yield child
    child.communicate()


@pytest.fixture(scope="module")
def begun(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("begun") / "library"
    with Library.open(place, StaticEmbedder(model), create=True) as library:
        ingest_papers([long_paper(), *many_papers(FIRST)], library)
    return place


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
@pytest.mark.parametrize(("name", "number", "side"), POINTS, ids=lambda value: str(value))
def test_dying_there_loses_nothing(
    name: str, number: int, side: str, begun: Path, model: Path, mortal: subprocess.Popen[str], tmp_path: Path
):
    import shutil

    place = Path(shutil.copytree(begun, tmp_path / "library"))
    assert mortal.stdin
    assert mortal.stdout
    mortal.stdin.write(f"{place}\t{name}\t{number}\t{side}\n")
    mortal.stdin.flush()
    assert mortal.stdout.readline() == "-9\n", "the ingest never came to that point"
    embedder = StaticEmbedder(model)
    with Library.open(place, embedder) as library:
        assert library.count() > FIRST
        assert library.dense(embedder.embed(["reward search"])[0], 5)
        assert library.n_documents == sum(len(library.chunks_of(paper)) for paper in library.papers())
        ingest_papers(changed(), library)
        wanted = {paper.id: paper for paper in changed()}
        assert {paper.id: paper for paper in library.papers()} == wanted
        assert library.n_documents == len(wanted)
        assert len(library.vectors(list(wanted))) == len(wanted)
    assert check(place) == []
