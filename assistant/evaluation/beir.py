"""A public retrieval set in BEIR's layout, searched through a real library made for it and thrown away after.

::

    corpus.jsonl       {"_id": "4983", "title": "Microstructural development …", "text": "Alterations of …"}
    queries.jsonl      {"_id": "1", "text": "0-dimensional biomaterials show inductive properties."}
    qrels/test.tsv     query-id <TAB> corpus-id <TAB> score, below a line of column names

Figures are nDCG@10, recall@100 and MRR, by ir-measures, for the dense side, the lexical side and both together
(Thakur et al., 2021). Papers keep the ids of the corpus, since titles there may be empty or repeat.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.errors import UsageError
from assistant.retrieval.retriever import Retriever
from ingest.library import Library
from ingest.papers import Hit, Paper

#: Ranks that recall@100 needs.
DEPTH = 100
#: A run: for each query the ids found, best first.
Run = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Scores:
    """One side's figures, 0..1."""

    ndcg: float
    recall: float
    mrr: float

    def as_dict(self) -> dict[str, float]:
        return {"ndcg@10": round(self.ndcg, 4), "recall@100": round(self.recall, 4), "mrr": round(self.mrr, 4)}


@dataclass(frozen=True, slots=True)
class BeirReport:
    """The three sides' figures on one set; ``seconds`` for all of it, the library's making included."""

    dataset: str
    corpus: int
    queries: int
    dense: Scores
    lexical: Scores
    hybrid: Scores
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        sides = {side: getattr(self, side).as_dict() for side in ("dense", "lexical", "hybrid")}
        return {
            "dataset": self.dataset,
            "corpus": self.corpus,
            "queries": self.queries,
            **sides,
            "seconds": round(self.seconds, 2),
        }

    def table(self) -> str:
        head = f"{self.dataset}: {self.corpus} papers, {self.queries} queries, {self.seconds:.1f} s"
        rows = [
            f"{side:8}" + "".join(f"{value:11.4f}" for value in asdict(getattr(self, side)).values())
            for side in ("dense", "lexical", "hybrid")
        ]
        return "\n".join([head, f"{'':8}{'nDCG@10':>11}{'recall@100':>11}{'MRR':>11}", *rows])


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A set read: the corpus as papers, the judged queries, and what was judged relevant to each."""

    name: str
    papers: tuple[Paper, ...]
    queries: Mapping[str, str]
    judged: Mapping[str, Mapping[str, int]]


def evaluate_beir(folder: Path | str, *, embedder: str = "default", split: str = "test") -> BeirReport:
    """The figures of the set in ``folder`` with the embedder that ``embedder`` names.

    Raises UsageError for a folder that is no such set, EmbedderError, and the subclasses of LibraryError.
    """
    from assistant.wiring import temporary_library

    began = time.perf_counter()
    data = read_beir(Path(folder), split)
    with TemporaryDirectory() as place, temporary_library(place, embedder, data.papers) as library:
        runs = _runs(library, data.queries)
    scores = {side: score(data.judged, run) for side, run in runs.items()}
    return BeirReport(data.name, len(data.papers), len(data.queries), **scores, seconds=time.perf_counter() - began)


def read_beir(folder: Path, split: str = "test") -> BeirSet:
    """The set in ``folder``. Raises UsageError where a file is missing or a line is not what it should be."""
    judged = _judgements(folder / "qrels" / f"{split}.tsv")
    texts = {item["_id"]: item["text"] for item in _lines(folder / "queries.jsonl")}
    for extra in sorted(folder.glob("queries_*.jsonl")):
        texts.update({item["_id"]: item["text"] for item in _lines(extra)})
    if unknown := judged.keys() - texts.keys():
        raise UsageError(f"{folder} judges query {min(unknown)}, which its queries.jsonl does not hold.")
    papers = tuple(
        Paper(id=item["_id"], title=item.get("title") or "", abstract=item["text"])
        for item in _lines(folder / "corpus.jsonl")
    )
    return BeirSet(folder.resolve().name, papers, {query: texts[query] for query in judged}, judged)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                item = json.loads(line) if line.strip() else None
                if item is None:
                    continue
                if (
                    not isinstance(item, dict)
                    or not isinstance(item.get("_id"), str)
                    or not isinstance(item.get("text"), str)
                ):
                    raise UsageError(f'Line {number} of {path} must be a JSON object with "_id" and "text".')
                yield item
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} can't be read as a file of a BEIR set ({_reason(error)}).") from error


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "it was refused"
    return "a line of it is not as it should be"


def _judgements(path: Path) -> dict[str, dict[str, int]]:
    judged: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t")
            next(rows, None)
            for query, paper, grade in rows:
                if int(grade) > 0:
                    judged.setdefault(query, {})[paper] = int(grade)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read as the judgements of a BEIR set ({_reason(error)}).") from error
    if not judged:
        raise UsageError(f"{path} judges nothing relevant.")
    return judged


def _runs(library: Library, queries: Mapping[str, str]) -> dict[str, Run]:
    retriever = Retriever(library)

    def dense(text: str) -> list[str]:
        return _distinct(library.dense(library.embedder.embed([text])[0], DEPTH))

    def lexical(text: str) -> list[str]:
        return _distinct(library.lexical(text, DEPTH, fields={"body": 1.0}))

    def hybrid(text: str) -> list[str]:
        found = retriever.search(text, limit=DEPTH)
        return [paper.id for passage in found for paper in (passage.paper, *passage.duplicates)]

    sides: dict[str, Callable[[str], list[str]]] = {"dense": dense, "lexical": lexical, "hybrid": hybrid}
    return {side: {query: search(text) for query, text in queries.items()} for side, search in sides.items()}


def _distinct(hits: Sequence[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.paper_id for hit in hits))


def score(judged: Mapping[str, Mapping[str, int]], run: Run) -> Scores:
    """nDCG@10, recall@100 and MRR of a run, averaged over the judged queries."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    qrels = [
        ir_measures.Qrel(query, paper, grade) for query, grades in judged.items() for paper, grade in grades.items()
    ]
    ranked = [
        ir_measures.ScoredDoc(query, paper, -rank) for query, papers in run.items() for rank, paper in enumerate(papers)
    ]
    found = ir_measures.calc_aggregate([nDCG @ 10, R @ DEPTH, RR], qrels, ranked)
    return Scores(found[nDCG @ 10], found[R @ DEPTH], found[RR])
