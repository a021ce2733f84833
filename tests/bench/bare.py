"""How an ingest compares with Chroma alone: turns of both in one process, so that both meet the same machine.

Chroma is given what anybody would give it: ids, the same vectors made beforehand, the abstracts as documents, and the
title and date as metadata, in batches of 1,000. The product does all of its work: reading, merging, cutting, embedding,
both indexes, the signals, the manifest. Into Chroma it writes the leading numbers of each vector, and the whole one
beside it; ``--leading 128`` gives Chroma alone no more either.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper
from ingest.pipeline import ingest_papers
from ingest.rows import day_number, embedding_text
from ingest.storage.store import HNSW
from ingest.vectors import Vectors
from tests.bench.corpus import papers

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Against:
    """Seconds for the same papers, wall clock and CPU of all processes; ``share`` is of Chroma's throughput."""

    papers: int
    product_s: float
    product_cpu_s: float
    chroma_s: float
    chroma_cpu_s: float

    @property
    def share(self) -> float:
        return self.chroma_s / self.product_s


def compare(count: int, texts: Path | None = None, turns: int = 2, leading: int | None = None) -> Against:
    """``turns`` ingests of each kind, one after the other, each of ``count`` papers into an empty folder.

    ``leading``: how many numbers of each vector Chroma alone is given; None: all.
    """
    some = list(islice(papers(count, texts), count))
    embedder = load_embedder("default")
    parts = (some[start : start + BATCH] for start in range(0, count, BATCH))
    vectors = [embedder.embed([embedding_text(paper.title, paper.abstract) for paper in part]) for part in parts]
    vectors = [np.ascontiguousarray(part[:, :leading]) for part in vectors]
    spent = {ours: [0.0, 0.0] for ours in (True, False)}
    for turn in range(2 * turns):
        ours = turn % 2 == 0
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            action = partial(_product, some) if ours else partial(_chroma, some, vectors)
            for kind, seconds in enumerate(_timed(partial(action, Path(folder)))):
                spent[ours][kind] += seconds / turns
    return Against(count, *spent[True], *spent[False])


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), _cpu()
    action()
    return time.perf_counter() - began, _cpu() - cpu


def _cpu() -> float:
    """CPU seconds of this process and of those that it started and has seen end."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _product(some: Sequence[Paper], folder: Path) -> None:
    with Library.open(folder, load_embedder("default"), create=True) as library:
        ingest_papers(some, library)


def _chroma(some: Sequence[Paper], vectors: Sequence[Vectors], folder: Path) -> None:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    table = client.create_collection("papers", embedding_function=None, configuration={"hnsw": HNSW})
    for number, part in enumerate(vectors):
        rows = some[number * BATCH : (number + 1) * BATCH]
        table.upsert(
            ids=[paper.id for paper in rows],
            embeddings=part,
            documents=[paper.abstract for paper in rows],
            metadatas=[{"title": paper.title, "listed": day_number(paper.listed)} for paper in rows],
        )
    client.close()  # type: ignore[attr-defined]  # declared on Client, not on ClientAPI


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("texts", type=Path, nargs="?", help="a folder of abstracts, *.jsonl.xz")
    parser.add_argument("--leading", type=int, help="numbers of each vector that Chroma alone is given")
    chosen = parser.parse_args()
    found = compare(chosen.count, chosen.texts, leading=chosen.leading)
    print(json.dumps({**asdict(found), "share_of_chroma": found.share}))


if __name__ == "__main__":
    main()
