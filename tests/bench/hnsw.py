"""How well Chroma's graph finds the nearest vectors, and for how much: python -m tests.bench.hnsw COUNT TEXTS

Real abstracts are embedded and put into one collection for each way of building; each way of searching is then asked
for the ten nearest of abstracts that are not in it and of questions, and compared with a search of everything. With
``--leading 128`` the collection holds no more than so many numbers of each vector, 500 papers are asked for, and the
whole vectors say which ten of them are the nearest, as the product does it; their reading is not measured.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings

from ingest.embedding import load_embedder
from ingest.rows import embedding_text
from ingest.storage.dense import FEWEST, WIDER
from ingest.storage.store import HNSW
from ingest.vectors import Vectors
from tests.bench.corpus import papers
from tests.bench.scaling import disk, questions

#: Neighbours of a node, and width of the search on building; the first is Chroma's default and the product's.
BUILDS = ((16, 100), (16, 200), (32, 100))
#: Widths of the search on asking.
WIDTHS = (10, 50, 100, 200, 400, 800)
NEAREST, ABSTRACTS, BATCH = 10, 200, 1_000
#: Results asked for by shortened vectors.
PROPOSED = WIDER * FEWEST


@dataclass(frozen=True, slots=True)
class Found:
    """One way of building and searching: recall@10, 0..1, of abstracts and of questions; milliseconds a query."""

    neighbours: int
    construction: int
    width: int
    abstracts: float
    questions: float
    p50_ms: float
    build_cpu: float
    disk_mb: float

    def row(self) -> str:
        return (
            f"| {self.neighbours} | {self.construction} | {self.width} | {self.abstracts:.4f} | {self.questions:.4f} "
            f"| {self.p50_ms:.1f} | {self.build_cpu:.0f} | {self.disk_mb:.0f} |"
        )


def measure(
    vectors: Vectors, asked: Vectors, builds: Sequence[tuple[int, int]] = BUILDS, leading: int | None = None
) -> Iterator[Found]:
    """Each way of building and searching; the first ABSTRACTS of ``asked`` are abstracts, the others questions."""
    exact = np.argsort(-(asked @ vectors.T), axis=1, kind="stable")[:, :NEAREST]
    for neighbours, construction in builds:
        with TemporaryDirectory() as folder:
            settings = {**HNSW, "max_neighbors": neighbours, "ef_construction": construction}
            spent = _build(folder, np.ascontiguousarray(vectors[:, :leading]), settings)
            size = disk(Path(folder)) / 1e6
            for width in WIDTHS:
                recall, times = _search(folder, asked, exact, width, vectors if leading else None)
                yield Found(
                    neighbours,
                    construction,
                    width,
                    float(recall[:ABSTRACTS].mean()),
                    float(recall[ABSTRACTS:].mean()),
                    median(times),
                    spent,
                    size,
                )


def _build(folder: str, vectors: Vectors, settings: Any) -> float:
    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    table = client.create_collection("vectors", embedding_function=None, configuration={"hnsw": settings})
    began = time.process_time()
    for start in range(0, len(vectors), BATCH):
        part = vectors[start : start + BATCH]
        table.upsert([str(start + n) for n in range(len(part))], embeddings=part)
    spent = time.process_time() - began
    client.close()  # type: ignore[attr-defined]  # declared on Client, not on ClientAPI
    return spent


def _search(
    folder: str, asked: Vectors, exact: np.ndarray, width: int, whole: Vectors | None
) -> tuple[np.ndarray, list[float]]:
    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    client.get_collection("vectors", embedding_function=None).modify(configuration={"hnsw": {"ef_search": width}})
    client.close()  # type: ignore[attr-defined]  # a graph that is open keeps the width it was opened with
    client = chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    table = client.get_collection("vectors", embedding_function=None)
    size = len(table.get(limit=1, include=["embeddings"])["embeddings"][0])  # type: ignore[index]
    wanted = NEAREST if whole is None else PROPOSED
    table.query(query_embeddings=asked[:1, :size], n_results=wanted, include=[])
    recall, times = [], []
    for vector, best in zip(asked, exact, strict=True):
        began = time.process_time()
        found = np.array(table.query(query_embeddings=vector[None, :size], n_results=wanted, include=[])["ids"][0], int)
        times.append(1000 * (time.process_time() - began))
        if whole is not None:
            found = found[np.argsort(-(whole[found] @ vector), kind="stable")[:NEAREST]]
        recall.append(len(set(found.tolist()) & set(best.tolist())) / NEAREST)
    client.close()  # type: ignore[attr-defined]
    return np.array(recall), times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("texts", type=Path, nargs="?", help="a folder of abstracts, *.jsonl.xz")
    parser.add_argument("--builds", type=int, nargs="+", help="only the builds of these numbers, from 0")
    parser.add_argument("--leading", type=int, help="numbers of each vector that the collection holds")
    chosen = parser.parse_args()
    embedder = load_embedder("default")
    made = papers(chosen.count + ABSTRACTS, chosen.texts)
    texts = (embedding_text(paper.title, paper.abstract) for paper in made)
    blocks = []
    while block := list(islice(texts, BATCH)):
        blocks.append(embedder.embed(block))
    vectors = np.concatenate(blocks)
    asked = np.concatenate([vectors[chosen.count :], embedder.embed(questions())])
    print(f"{chosen.count:,} vectors, {ABSTRACTS} abstracts and {len(asked) - ABSTRACTS} questions, pid {os.getpid()}")
    print("| neighbours | construction | search | recall@10, abstracts | questions | CPU ms | build CPU s | disk MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    builds = [BUILDS[n] for n in chosen.builds] if chosen.builds else BUILDS
    for found in measure(vectors[: chosen.count], asked, builds, chosen.leading):
        print(found.row(), flush=True)


if __name__ == "__main__":
    main()
