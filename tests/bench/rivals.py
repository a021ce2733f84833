"""Against what one would pick instead, in one run: python -m tests.bench.rivals [--beir DIR…] [QUESTIONS…]

Every rival gets the same papers and the same questions: Chroma as its documentation begins (its own embedder, its own
settings), llama-index's VectorStoreIndex over Chroma with this project's embedder, bm25s, and Paper Assistant's search.
A question file is over the bundled pages (default: the project's own), a BEIR folder brings its papers along.
Needs ``pip install 'paper-assistant[bench]'``; a rival that can't be had here is named with the reason.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any

from assistant.evaluation.beir import read_beir, score
from assistant.evaluation.questions import RANKS, read_questions, title_key
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pages import bundled, read_page
from ingest.papers import Paper, merge_all
from ingest.pipeline import ingest_papers

QUALITY = Path(__file__).parents[1] / "quality"
#: The questions asked where none are named.
OWN = (QUALITY / "reader.jsonl", QUALITY / "search.jsonl")
#: Papers that a rival is asked for: more than any question of the files wants.
DEPTH = 30
#: A question to ids of papers, best first.
Search = Callable[[str], Sequence[str]]


class Missing(Exception):
    """A rival that can't be had here; the text says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """Papers, and for each question the ids of those that answer it. ``graded`` are a public set's judgements."""

    name: str
    papers: tuple[Paper, ...]
    questions: Mapping[str, str]
    wanted: Mapping[str, frozenset[str]]
    graded: Mapping[str, Mapping[str, int]] | None = None

    def quality(self, found: Mapping[str, Sequence[str]]) -> float:
        """nDCG@10 of a public set; of questions recall at 5, or at the number of papers wanted."""
        if self.graded is not None:
            return score(self.graded, found).ndcg
        shares = [len(set(found[key][: max(RANKS, len(ids))]) & ids) / len(ids) for key, ids in self.wanted.items()]
        return mean(shares)


def own_task(files: Sequence[Path]) -> Task:
    """The bundled papers and the answerable questions of ``files``, without those that follow up on others."""
    papers = tuple(merge_all(paper for page in bundled() for paper in read_page(page).papers).values())
    ids = {title_key(paper.title): paper.id for paper in papers}
    asked = [item for path in files for item in read_questions(path) if item.answerable and not item.history]
    wanted = {str(n): frozenset(ids[key] for key in item.wanted if key in ids) for n, item in enumerate(asked)}
    questions = {str(n): item.question for n, item in enumerate(asked)}
    return Task("questions", papers, questions, {key: some for key, some in wanted.items() if some})


def beir_task(folder: Path) -> Task:
    """A public set's test queries."""
    data = read_beir(folder)
    wanted = {query: frozenset(grades) for query, grades in data.judged.items()}
    return Task(data.name, data.papers, data.queries, wanted, data.judged)


def text(paper: Paper) -> str:
    """What a rival is given of a paper."""
    return f"{paper.title}. {paper.abstract}" if paper.abstract else paper.title or "-"


# Each rival: papers and an empty folder to a search. What it needs is imported before the clock runs.


def chroma_default(papers: Sequence[Paper], folder: Path) -> Search:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    table = client.create_collection("papers")
    for start in range(0, len(papers), 1_000):
        some = papers[start : start + 1_000]
        table.add(ids=[paper.id for paper in some], documents=[text(paper) for paper in some])
    return lambda question: table.query(query_texts=[question], n_results=min(DEPTH, len(papers)), include=[])["ids"][0]


def llama_index(papers: Sequence[Paper], folder: Path) -> Search:
    import chromadb
    from chromadb.config import Settings
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.schema import Document
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    store = ChromaVectorStore(chroma_collection=client.create_collection("papers", embedding_function=None))
    index = VectorStoreIndex.from_documents(
        [
            Document(text=text(paper), metadata={"paper": paper.id}, excluded_embed_metadata_keys=["paper"])
            for paper in papers
        ],
        storage_context=StorageContext.from_defaults(vector_store=store),
        embed_model=_llama_embedder(),
    )
    retriever = index.as_retriever(similarity_top_k=min(DEPTH, len(papers)))

    def search(question: str) -> list[str]:
        return list(dict.fromkeys(str(found.node.metadata["paper"]) for found in retriever.retrieve(question)))

    return search


def _llama_embedder() -> Any:
    """This project's embedder as llama-index asks for one."""
    from llama_index.core.embeddings import BaseEmbedding

    embedder = load_embedder("default")

    class Static(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return embedder.embed([text])[0].tolist()

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return embedder.embed(texts).tolist()

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Static(model_name="default", embed_batch_size=1_000)


def bm25(papers: Sequence[Paper], folder: Path) -> Search:
    import bm25s
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    corpus = bm25s.tokenize([text(paper) for paper in papers], stopwords="en", stemmer=stemmer, show_progress=False)
    index.index(corpus, show_progress=False)
    index.save(str(folder / "bm25s"))

    def search(question: str) -> list[str]:
        tokens = bm25s.tokenize([question], stopwords="en", stemmer=stemmer, show_progress=False)
        found, scores = index.retrieve(tokens, k=min(DEPTH, len(papers)), show_progress=False)
        return [papers[n].id for n, value in zip(found[0].tolist(), scores[0].tolist(), strict=True) if value > 0]

    return search


def paper_assistant(papers: Sequence[Paper], folder: Path) -> Search:
    library = Library.open(folder / "library", load_embedder("default"), create=True)
    ingest_papers(papers, library)
    retriever = Retriever(library)

    def search(question: str) -> list[str]:
        found = retriever.search(question, limit=DEPTH)
        return [paper.id for passage in found for paper in (passage.paper, *passage.duplicates)]

    return search


RIVALS: Mapping[str, Callable[[Sequence[Paper], Path], Search]] = {
    "Chroma, its default embedder": chroma_default,
    "llama-index VectorStoreIndex over Chroma, this embedder": llama_index,
    "bm25s, stemmed": bm25,
    "Paper Assistant": paper_assistant,
}


def prepare(name: str) -> None:
    """Import what a rival needs, and have it do something small. Raises Missing."""
    try:
        if name.startswith("Chroma"):
            from chromadb.utils.embedding_functions.onnx_mini_lm_l6_v2 import ONNXMiniLM_L6_V2 as Default

            if not (Default.DOWNLOAD_PATH / Default.EXTRACTED_FOLDER_NAME / "model.onnx").is_file():
                raise Missing(f"not available offline: the weights of {Default.MODEL_NAME} are not on this disk")
        sample = Task(
            "sample", tuple(Paper(str(n), f"Paper {n}", "On mirrors and on lamps.") for n in range(12)), {}, {}
        )
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            RIVALS[name](sample.papers, Path(folder))("lamps")
    except ImportError as error:
        raise Missing(f"{error.name} is not installed") from error


def measure(name: str, task: Task) -> str:
    """A row of the table."""
    try:
        prepare(name)
    except Missing as reason:
        return f"| {task.name} | {name} | {reason} | | | |"
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        began, cpu = time.perf_counter(), time.process_time()
        search = RIVALS[name](task.papers, Path(folder))
        ingested, ingested_cpu = time.perf_counter() - began, time.process_time() - cpu
        found: dict[str, Sequence[str]] = {}
        times, cpus = [], []
        for key in task.wanted:
            began, cpu = time.perf_counter(), time.process_time()
            found[key] = search(task.questions[key])
            times.append(1000 * (time.perf_counter() - began))
            cpus.append(1000 * (time.process_time() - cpu))
    return (
        f"| {task.name} | {name} | {ingested:.1f} / {ingested_cpu:.1f} | {median(times):.1f} / {median(cpus):.1f} "
        f"| {task.quality(found):.3f} | {len(found)} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="*", default=list(OWN), help="question files")
    parser.add_argument("--beir", type=Path, action="append", default=[], help="a folder in BEIR's layout")
    chosen = parser.parse_args()
    print("| papers and questions | | ingest, s wall / CPU | a question, p50, ms wall / CPU | quality | questions |")
    print("| --- | --- | --- | --- | --- | --- |")
    for task in [own_task(chosen.questions), *map(beir_task, chosen.beir)]:
        for name in RIVALS:
            print(measure(name, task), flush=True)


if __name__ == "__main__":
    main()
