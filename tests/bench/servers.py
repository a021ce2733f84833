"""One Chroma server and several processes: python -m tests.bench.servers [--papers N] [--texts FOLDER]

A library is ingested into ``chroma run`` on loopback and searched; then one, two and four processes at once chunk,
embed and write the same number of papers into one collection of that server, without the lease that lets only one
process at a time write to a library.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from assistant.retrieval.retriever import Retriever
from ingest.chunking import ChunkerSettings, chunks
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pipeline import ingest_papers
from ingest.rows import observe, rows, with_chunks
from ingest.storage.place import place
from ingest.storage.store import Store
from ingest.storage.writing import embedded
from tests.bench.corpus import papers
from tests.bench.scaling import milliseconds, questions
from tests.ingest.libraries import ChromaServer

WRITERS = (1, 2, 4)
BATCH = 500


def write(url: str, count: int, share: int, of: int, texts: Path | None) -> None:
    """What one of several writers does: every ``of``-th paper, chunked, embedded and upserted."""
    store = Store(place(url))
    table = store.create("many-writers")
    embedder = load_embedder("default")
    mine = islice(papers(count, texts), share, None, of)
    while block := [observe(None, [paper]) for paper in islice(mine, BATCH)]:
        cut = [with_chunks(entry, chunks(entry.paper, ChunkerSettings())) for entry in block]
        table.upsert([row for entry in cut for row in rows(entry, 1)], embedded(embedder, cut))
    store.close()


def one_library(url: str, count: int, texts: Path | None) -> str:
    with Library.open(url, load_embedder("default"), create=True) as library:
        spent = milliseconds(lambda: ingest_papers(papers(count, texts), library)) / 1000
        retriever = Retriever(library)
        asked = questions()
        for question in asked[:12]:
            retriever.search(question)
        p50 = median(milliseconds(lambda q=q: retriever.search(q)) for q in asked[12:60])
    return f"| a library on the server, one process | {count / spent:.0f} | search p50 {p50:.0f} ms |"


def many_writers(url: str, count: int, writers: int, texts: Path | None) -> str:
    began = time.perf_counter()
    shares = [str(count), *([str(texts)] if texts else [])]
    running = [
        subprocess.Popen([sys.executable, "-m", "tests.bench.servers", "--write", url, str(n), str(writers), *shares])
        for n in range(writers)
    ]
    failed = sum(process.wait() != 0 for process in running)
    spent = time.perf_counter() - began
    store = Store(place(url))
    table = store.open("many-writers")
    held = table.count() if table else 0
    store.drop("many-writers")
    store.close()
    return f"| {writers} writers into one collection | {count / spent:.0f} | {held:,} rows, {failed} failed |"


def main() -> None:
    if sys.argv[1:2] == ["--write"]:
        url, share, of, count, *texts = sys.argv[2:]
        write(url, int(count), int(share), int(of), Path(texts[0]) if texts else None)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=4_000)
    parser.add_argument("--texts", type=Path)
    chosen = parser.parse_args()
    print("| | papers/s | |\n| --- | --- | --- |")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = ChromaServer(Path(folder))
        try:
            print(one_library(server.url, chosen.papers, chosen.texts), flush=True)
            for writers in WRITERS:
                print(many_writers(server.url, chosen.papers, writers, chosen.texts), flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
