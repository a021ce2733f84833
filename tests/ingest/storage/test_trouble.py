"""A server that dies, a disk that is full, a folder that can't be written: one sentence, a way out, no loss."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from ingest.embedding import StaticEmbedder
from ingest.errors import EmbedderError, LibraryMismatch, LibraryUnreachable
from ingest.library import Library, check
from ingest.pipeline import ingest_papers
from ingest.storage.place import place
from ingest.storage.store import PAUSES, Store
from ingest.vectors import EmbedderIdentity, Vectors
from tests.ingest.libraries import ChromaServer, many_papers, static_model

ROOT = Path(__file__).parents[3]


@dataclass
class Killing:
    """A real embedder during whose second batch the server dies."""

    inner: StaticEmbedder
    server: ChromaServer
    batches: int = 0

    @property
    def identity(self) -> EmbedderIdentity:
        return self.inner.identity

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches += 1
        if self.batches == 2:
            self.server.stop()
        return self.inner.embed(texts)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    running = ChromaServer(tmp_path / "served")
    yield running
    running.stop()


def test_a_server_that_dies_in_mid_ingest_loses_nothing(
    server: ChromaServer, tiny: StaticEmbedder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ingest.pipeline.BLOCK", 100)
    papers = many_papers(300)
    library = Library.open(server.url, Killing(tiny, server), create=True)
    started = time.monotonic()
    with pytest.raises(LibraryUnreachable, match="does not answer; start it"):
        ingest_papers(papers, library)
    library.close()
    assert time.monotonic() - started < 30, "the tries are bounded"
    server.start()
    with Library.open(server.url, tiny) as library:
        assert library.count() == 100
        assert ingest_papers(papers, library).added == 200
        assert {paper.id: paper for paper in library.papers()} == {paper.id: paper for paper in papers}
    assert check(server.url) == []


def test_a_server_that_dies_in_mid_question_is_named_and_asked_again(server: ChromaServer):
    from assistant import Assistant
    from ingest.embedding import load_embedder
    from tests.ingest.libraries import a_paper

    paper = a_paper("Glowworms", "GlowSync reaches 91.5% accuracy on LampBench, a benchmark of glowworms.")
    with Library.open(server.url, load_embedder("default"), create=True) as library:
        ingest_papers([paper], library)
    with Assistant.open(server.url, reader="builtin") as assistant:
        events = assistant.stream("What accuracy does GlowSync reach on LampBench?")
        next(events)
        server.stop()
        with pytest.raises(LibraryUnreachable, match="does not answer"):
            list(events)
        server.start()
        assert "91.5%" in assistant.ask("What accuracy does GlowSync reach on LampBench?").text


@contextmanager
def stumbling(server: ChromaServer, failures: int) -> Iterator[str]:
    """A way to the server on which its first searches fail as they do while it writes a new graph out."""
    left = [failures]

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path.endswith("/query") and left[0]:
                left[0] -= 1
                status, answer = 500, b'{"error": "InternalError", "message": "Nothing found on disk"}'
            else:
                found = httpx.request(
                    self.command,
                    server.url + self.path,
                    content=body,
                    headers={"content-type": self.headers.get("content-type") or "application/json"},
                )
                status, answer = found.status_code, found.content
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = pass_on  # noqa: N815  # the names that http.server looks for

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the name is http.server's
            pass

    between = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=between.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{between.server_port}"
    finally:
        between.shutdown()
        between.server_close()


@pytest.mark.parametrize("failures", [2, 9])
def test_a_server_that_fails_for_a_moment_is_asked_again(server: ChromaServer, tiny: StaticEmbedder, failures: int):
    with Library.open(server.url, tiny, create=True) as library:
        ingest_papers(many_papers(3), library)
        vector = tiny.embed(["Reward"])[0]
    with stumbling(server, failures) as url:
        store = Store(place(url))
        table = next(found for name in store.names() if (found := store.open(name)) and found.count() == 3)
        if failures == len(PAUSES):
            assert len(table.nearest(vector, 3)) == 3
        else:
            with pytest.raises(LibraryUnreachable, match=r"failed \(.*Nothing found on disk.*\); try again"):
                table.nearest(vector, 3)
        store.close()


def test_papers_that_one_machine_drops_are_gone_from_anothers_index(
    server: ChromaServer, tiny: StaticEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    papers = many_papers(30)
    with Library.open(server.url, tiny, create=True) as library:
        ingest_papers(papers, library)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    with Library.open(server.url, tiny) as library, library.writing() as writer:
        writer.drop(list(writer.held([papers[0].id]).values()))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Library.open(server.url, tiny) as library:
        assert library.count() == 29
        assert papers[0].id not in {hit.paper_id for hit in library.lexical(papers[0].title, 30)}
    assert check(server.url) == []


def test_vectors_of_another_dimension_are_refused_before_they_are_written(tmp_path: Path, tiny: StaticEmbedder):
    @dataclass
    class Liar:
        identity: EmbedderIdentity

        def embed(self, texts: Sequence[str]) -> Vectors:
            return static_model(tmp_path / "wide", dimension=48).embed(texts)

    with Library.open(tmp_path / "library", tiny, create=True) as library:
        ingest_papers(many_papers(3), library)
    with (
        Library.open(tmp_path / "library", Liar(tiny.identity)) as library,
        pytest.raises(EmbedderError, match="can't be stored"),
    ):
        ingest_papers(many_papers(5), library)
    assert check(tmp_path / "library") == []
    with pytest.raises(LibraryMismatch, match=r"32 dimensions, not 48.*ingest --rebuild"):
        Library.open(tmp_path / "library", Liar(replace(tiny.identity, dimension=48)))


# ------------------------------------------------------------------------------- what a file system says no to

MOUNTS = ["unshare", "--mount", *([] if sys.platform == "win32" or os.geteuid() == 0 else ["--map-root-user"])]
FULL_DISK = """
import json, subprocess, sys
from pathlib import Path
import ingest.pipeline
from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryError
from ingest.library import Library, check
from ingest.pipeline import ingest_papers
from tests.ingest.libraries import many_papers

ingest.pipeline.BLOCK = 150
embedder = StaticEmbedder(Path(sys.argv[1]))
disk, papers = Path(sys.argv[2]), many_papers(900)

def attempt(action):
    try:
        return action()
    except LibraryError as error:
        return f"{type(error).__name__}: {error}"

def ingest():
    with Library.open(disk / "library", embedder, create=True) as library:
        ingest_papers(papers, library)
        return library.count()

def ask():
    with Library.open(disk / "library", embedder) as library:
        return len(library.dense(embedder.embed(["reward"])[0], 3))

full = attempt(ingest), attempt(ask)
subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
print(json.dumps([*full, attempt(ingest), attempt(ask), attempt(lambda: check(disk / "library"))]))
"""


def with_mounts(script: str, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A shell's ``script`` in a mount space of its own, gone with it; the test is skipped where that can't be had."""
    try:
        probe = subprocess.run([*MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if probe.returncode:
        pytest.skip("this system lets no tests mount anything")
    return subprocess.run(
        [*MOUNTS, "sh", "-e", "-c", script, "sh", *arguments], capture_output=True, text=True, cwd=cwd, timeout=120
    )


@pytest.mark.parametrize("size", ["300k", "2m"])
def test_a_full_disk_is_called_full_and_loses_nothing(size: str, tmp_path: Path):
    import json

    (tmp_path / "disk").mkdir()
    static_model(tmp_path / "tiny")
    script = 'mount -t tmpfs -o size=$1 tmpfs "$3"; exec "$4" -c "$5" "$2" "$3"'
    done = with_mounts(script, size, str(tmp_path / "tiny"), str(tmp_path / "disk"), sys.executable, FULL_DISK)
    assert done.returncode == 0, done.stderr
    ingested, asked, again, found, problems = json.loads(done.stdout)
    assert ingested.startswith("LibraryError: The disk of the library ")
    assert ingested.endswith("is full; free some space, then run it again.")
    assert asked in (0, 3) or "is full" in str(asked) or "LibraryMissing" in str(asked)
    assert (again, found, problems) == (900, 3, [])


@pytest.mark.parametrize("command", ["ask", "ingest", "doctor --repair"])
def test_a_folder_that_can_not_be_written_is_said_in_one_sentence(command: str, bundled_library: Path, tmp_path: Path):
    import shutil

    library = shutil.copytree(bundled_library, tmp_path / "library")
    program = {
        "ask": f'ask "what does AMPO do?" --library {library}',
        "ingest": f"ingest README.md --library {library}",
        "doctor --repair": f"doctor --repair --library {library}",
    }[command]
    done = with_mounts(
        f'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; exec "$2" -m assistant {program}',
        str(library),
        sys.executable,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "can't be written" in done.stderr
    assert "permissions" in done.stderr
