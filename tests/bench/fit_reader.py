"""Fits the built-in reader's weights on a file of labelled questions, and says how good they are on unseen ones.

    python -m tests.bench.fit_reader QUESTIONS.jsonl … [--also PAPERS QUESTIONS.jsonl] … [--write]

The questions are over the bundled pages; ``--also`` adds questions over other papers (any file that ingest reads), so
that the weights are not those of one library. Thresholds and the biases of probabilities are set on the bundled
pages' questions alone, whose share of unanswerable ones is that of real use.

Three models, each with a ridge penalty and judged by ten-fold cross-validation over questions:

sentence   listwise: the softmax over a paper's sentences should fall on those that hold a fact (no fact is
           counted twice; the labelled evidence is one more fact)
answer     logistic: does the abstract answer the question? Besides the file's unanswerable questions, answerable
           ones whose evidence was cut out of the abstract serve as near misses at a tenth of the weight; the
           bias is then refitted on the real questions alone, so that the probability is calibrated
member     logistic: does a paper belong in the answer to a question about many?

``--write`` puts the weights, fitted on all questions, into assistant/evidence/weights.json. Needs scipy.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

import assistant
from assistant.answers import Passage, Turn
from assistant.conversation import standalone
from assistant.evaluation.questions import title_key
from assistant.evidence import confidence, membership, reading, selection
from assistant.evidence import features as evidence
from assistant.evidence.selection import foremost
from assistant.questions import Kind, Question
from assistant.readers.builtin import BuiltinReader
from assistant.readers.builtin.survey import WIDEST
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pages import bundled
from ingest.papers import Paper
from ingest.pipeline import ingest_pages

Array = NDArray[np.float64]
#: Ridge penalties and the weight of a near miss made by cutting; chosen by cross-validation.
SENTENCE_RIDGE, ANSWER_RIDGE, MEMBER_RIDGE, CUT_WEIGHT = 40.0, 1.0, 5.0, 0.1
#: What an answerability label over other papers weighs, where unanswerable questions are far more frequent than in use.
ALSO_WEIGHT = 0.3
#: Share of answerable questions that may be refused when the threshold is set.
FALSE_REFUSALS = 0.04
#: How much more a paper missed weighs than one too many, where many are asked for: such a list should be complete.
BETA = 1.5
FOLDS = 10
TODAY = date(2026, 11, 21)
WEIGHTS = Path(assistant.__file__).parent / "evidence" / "weights.json"


@dataclass(frozen=True)
class Labelled:
    """A question of the file, understood, with what was found for it."""

    id: str
    kind: str
    question: Question
    gold: frozenset[str]
    facts: tuple[tuple[str, ...], ...]
    evidence: dict[str, str]
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Corpus:
    """A library with its labelled questions; ``main`` is the one whose questions set the thresholds."""

    library: Library
    retriever: Retriever
    items: tuple[Labelled, ...]
    main: bool

    def reader(self) -> BuiltinReader:
        return BuiltinReader(self.library, self.retriever)


@dataclass(frozen=True)
class Row:
    """Features with a label; ``made`` tells near misses made by cutting from the file's own questions."""

    id: str
    x: tuple[float, ...]
    y: float
    made: bool = False
    main: bool = True


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def holds(text: str, alternatives: Sequence[str]) -> bool:
    return any(fold(a) in fold(text) for a in alternatives)


def load(path: Path, library: Library, retriever: Retriever, name: str) -> list[Labelled]:
    found = []
    ids = {title_key(paper.title): paper.id for paper in library.papers()}
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        turns = tuple(Turn(role, text) for role, text in item.get("history") or ())
        whole = standalone(item["question"], turns, retriever, library, today=TODAY)
        question = whole.understood(today=TODAY)
        wide = question.kind in (Kind.SURVEY, Kind.COUNT)
        wordings = (question.gloss,) if question.gloss else ()
        passages = retriever.search(
            question, limit=WIDEST if wide else 8, filters=question.filters, extra_queries=wordings
        )
        found.append(
            Labelled(
                id=f"{name}:{item['id']}",
                kind=item["kind"],
                question=question,
                gold=frozenset(ids[title_key(t)] for t in item["gold"]),
                facts=tuple(tuple(f) for f in item["facts"]),
                evidence={ids[title_key(t)]: _quoted(text) for t, text in (item.get("evidence") or {}).items()},
                passages=tuple(foremost(passages, whole.about)),
            )
        )
    return found


def _quoted(evidence: str | Sequence[str]) -> str:
    return evidence if isinstance(evidence, str) else " ".join(evidence)


def lists(item: Labelled, papers: dict[str, Paper], reader: BuiltinReader) -> list[tuple[Array, Array]]:
    """For each gold paper the features of its sentences and, fact by fact, which of them hold it."""
    if item.kind in ("survey", "unanswerable"):
        return []
    asked = reader.judge.ask(item.question)[0]
    found = []
    for key in sorted(item.gold):
        read = reading.read(papers[key])
        held = [[holds(s.text, f) for s in read.sentences] for f in item.facts]
        if quote := item.evidence.get(key):
            held.append([fold(s.text) in fold(quote) or fold(quote) in fold(s.text) for s in read.sentences])
        kept = [row for row in held if any(row) and sum(row) <= 0.6 * len(row)]
        if kept:
            rows = evidence.features(asked, read, reader.meaning)
            found.append((np.array(rows, float), np.array(kept, float)))
    return found


def fit_lists(groups: Sequence[tuple[Array, Array]], ridge: float) -> Array:
    spread = np.vstack([x for x, _ in groups]).std(axis=0) + 1e-6

    def loss(w: Array) -> tuple[float, Array]:
        value, slope = ridge * float(((w * spread) ** 2).sum()) / 2, ridge * w * spread**2
        for x, facts in groups:
            z = x @ w
            p = np.exp(z - z.max())
            p /= p.sum()
            for fact in facts:
                share = float(p @ fact) + 1e-12
                value -= np.log(share) / len(facts)
                slope -= x.T @ (p * fact / share - p) / len(facts)
        return value, slope

    start = np.zeros(groups[0][0].shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def fit_logistic(rows: Sequence[Row], ridge: float, recalibrate: bool = False) -> tuple[Array, float]:
    x, y = np.array([r.x for r in rows]), np.array([r.y for r in rows])
    weight = np.array([(CUT_WEIGHT if r.made else 1.0) * (1.0 if r.main else ALSO_WEIGHT) for r in rows])
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    z = (x - mean) / spread

    def loss(p: Array) -> tuple[float, Array]:
        s = z @ p[:-1] + p[-1]
        error = weight * (1 / (1 + np.exp(-s)) - y)
        value = float((weight * (np.logaddexp(0, s) - y * s)).sum() + ridge * (p[:-1] ** 2).sum() / 2)
        return value, np.append(z.T @ error + ridge * p[:-1], error.sum())

    p = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    w, bias = p[:-1] / spread, float(p[-1] - (p[:-1] / spread * mean).sum())
    if recalibrate:
        own = [i for i, r in enumerate(rows) if r.main and not r.made]
        bias += _shift(x[own] @ w + bias, y[own])
    return w, bias


def _shift(scores: Array, y: Array) -> float:
    """What to add to the scores so that their mean probability is the share of positives."""
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 / (1 + np.exp(-scores - middle))).mean() < y.mean() else (low, middle)
    return low


def answer_rows(item: Labelled, reader: BuiltinReader) -> list[Row]:
    question, passages = item.question, item.passages
    if question.kind in (Kind.SURVEY, Kind.COUNT, Kind.SMALLTALK) or not passages:
        return []
    x = _answer_features(question, passages, reader)
    if x is None:
        return []
    rows = [Row(item.id, x, float(bool(item.gold)))]
    cut = _without_evidence(item, passages[0].paper)
    if cut and item.kind in ("lookup", "figure", "followup"):
        missed = (replace(passages[0], paper=cut), *passages[1:])
        if near_miss := _answer_features(question, missed, reader):
            rows.append(Row(item.id, near_miss, 0.0, made=True))
    return rows


def _answer_features(
    question: Question, passages: Sequence[Passage], reader: BuiltinReader
) -> tuple[float, ...] | None:
    """None for a comparison of two papers, which has a probability of its own."""
    question, passages, sides = reader.settled(question, passages)
    if sides:
        return None
    judged = reader.judged(question, passages)
    return tuple(confidence.features(question, judged, passages, reader.judge))


def _without_evidence(item: Labelled, paper: Paper) -> Paper | None:
    if paper.id not in item.gold:
        return None
    quote = fold(item.evidence.get(paper.id, ""))
    kept = [
        s.text
        for s in reading.read(paper).sentences
        if not any(holds(s.text, f) for f in item.facts)
        and not (quote and (fold(s.text) in quote or quote in fold(s.text)))
    ]
    return replace(paper, abstract=" ".join(kept)) if len(kept) > 2 else None


def member_rows(item: Labelled, reader: BuiltinReader) -> list[Row]:
    if item.kind != "survey" or item.question.kind is not Kind.SURVEY:
        return []
    rows = membership.table(item.question, item.passages, reader.judge)
    return [Row(item.id, tuple(x), float(p.paper.id in item.gold)) for x, p in zip(rows, item.passages, strict=True)]


def folds(ids: Sequence[str]) -> dict[str, int]:
    order = np.random.default_rng(0).permutation(sorted(set(ids)))
    return {str(key): i % FOLDS for i, key in enumerate(order)}


def out_of_fold(rows: Sequence[Row], fit: Callable[[Sequence[Row]], tuple[Array, float]]) -> Array:
    """Each row's probability by a model that has not seen its question."""
    place = folds([r.id for r in rows])
    p = np.zeros(len(rows))
    for k in range(FOLDS):
        w, bias = fit([r for r in rows if place[r.id] != k])
        for i, r in enumerate(rows):
            if place[r.id] == k:
                p[i] = 1 / (1 + np.exp(-(np.array(r.x) @ w + bias)))
    return p


def fact_recall(items: Sequence[Labelled], groups: dict[str, list[tuple[Array, Array]]]) -> float:
    """Share of facts in the three best sentences of the right paper, weights fitted on the other folds."""
    place = folds(list(groups))
    shares = []
    for k in range(FOLDS):
        w = fit_lists([g for key in groups if place[key] != k for g in groups[key]], SENTENCE_RIDGE)
        for item in items:
            for x, facts in groups.get(item.id, []) if place.get(item.id) == k else []:
                best = np.argsort(-(x @ w))[: selection.MOST]
                shares.append(float(facts[:, best].any(axis=1).mean()))
    return float(np.mean(shares))


def best_threshold(rows: Sequence[Row], p: Array, gold: dict[str, int]) -> tuple[float, float, float]:
    """The threshold on membership with the best F of mean precision and mean recall over questions; and those two."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        places[row.id].append(i)
    scored = []
    for t in np.quantile(p, np.linspace(0.7, 0.99, 59)):
        shares = []
        for key, own in places.items():
            chosen = [i for i in own if p[i] >= t] or [max(own, key=p.__getitem__)]
            hit = sum(rows[i].y for i in chosen)
            shares.append((hit / len(chosen), hit / gold[key]))
        precision, recall = np.mean(shares, axis=0)
        f = (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall + 1e-9)
        scored.append((f, float(t), float(precision), float(recall)))
    return max(scored)[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the built-in reader's weights.")
    parser.add_argument("questions", type=Path, nargs="+", help="questions over the bundled pages")
    parser.add_argument("--also", type=Path, nargs=2, action="append", default=[], metavar=("PAPERS", "QUESTIONS"))
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    sets: dict[tuple[Path, ...], list[Path]] = {tuple(bundled()): options.questions}
    for papers, questions in options.also:
        sets.setdefault((papers,), []).append(questions)
    with ExitStack() as stack:
        corpora = [_corpus(stack, pages, files, not n) for n, (pages, files) in enumerate(sets.items())]
        model["sentence"] = _sentence(corpora)
        if options.write:
            WEIGHTS.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")
        selection.weights.cache_clear()
        model["answer"] = _answer(corpora)
        model["member"] = _member(corpora)
    if options.write:
        WEIGHTS.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")


def _corpus(stack: ExitStack, pages: Sequence[Path], files: Sequence[Path], main: bool) -> Corpus:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    library = stack.enter_context(Library.open(folder, load_embedder("default"), create=True))
    ingest_pages(pages, library)
    retriever = Retriever(library)
    items = [item for path in files for item in load(path, library, retriever, path.stem)]
    return Corpus(library, retriever, tuple(items), main)


def _sentence(corpora: Sequence[Corpus]) -> dict[str, float]:
    """Fitted on the bundled pages' questions alone: those over other papers took 0.02 here and gave nothing there."""
    corpus = next(c for c in corpora if c.main)
    reader = corpus.reader()
    papers = corpus.library.get(sorted({key for item in corpus.items for key in item.gold}))
    groups = {item.id: found for item in corpus.items if (found := lists(item, papers, reader))}
    share = fact_recall(corpus.items, groups)
    print(f"sentence: facts in the three best sentences of the right paper {share:.3f}")
    w = fit_lists([g for found in groups.values() for g in found], SENTENCE_RIDGE)
    return dict(zip(evidence.FEATURES, np.round(w, 3).tolist(), strict=True))


def _answer(corpora: Sequence[Corpus]) -> dict[str, float]:
    rows, pairs = [], 0
    for corpus in corpora:
        reader = corpus.reader()
        rows += [replace(row, main=corpus.main) for item in corpus.items for row in answer_rows(item, reader)]
        pairs += sum(
            item.kind == "compare" and reader.settled(item.question, item.passages)[2] is not None
            for item in corpus.items
        )

    def fit(some: Sequence[Row]) -> tuple[Array, float]:
        return fit_logistic(some, ANSWER_RIDGE, recalibrate=True)

    p = out_of_fold(rows, fit)
    y = np.array([r.y for r in rows])
    main = np.array([r.main and not r.made for r in rows])
    threshold = float(np.quantile(p[main & (y == 1)], FALSE_REFUSALS))
    for name, own in (("", main), (" (other papers)", np.array([not (r.main or r.made) for r in rows]))):
        if own.any():
            base = y[own].mean() * (1 - y[own].mean())
            print(
                f"answer: Brier {((p[own] - y[own]) ** 2).mean():.4f} (base rate {base:.4f}), threshold "
                f"{threshold:.3f}, refused of the unanswerable {(p[own & (y == 0)] < threshold).mean():.3f}, "
                f"of the answerable {(p[own & (y == 1)] < threshold).mean():.3f}{name}"
            )
    w, bias = fit(rows)
    compared = (pairs + 1) / (pairs + 2)  # Laplace's rule: none of them was unanswerable
    return {"bias": round(bias, 3), "threshold": round(threshold, 3), "compared": round(compared, 3)} | dict(
        zip(confidence.FEATURES, np.round(w, 3).tolist(), strict=True)
    )


def _member(corpora: Sequence[Corpus]) -> dict[str, float]:
    rows = [row for corpus in corpora for item in corpus.items for row in member_rows(item, corpus.reader())]

    def fit(some: Sequence[Row]) -> tuple[Array, float]:
        return fit_logistic(some, MEMBER_RIDGE)

    gold = {item.id: len(item.gold) for corpus in corpora for item in corpus.items}
    threshold, precision, recall = best_threshold(rows, out_of_fold(rows, fit), gold)
    print(f"member: precision {precision:.3f}, recall {recall:.3f} at threshold {threshold:.2f}")
    w, bias = fit(rows)
    return {"bias": round(bias, 3), "threshold": round(threshold, 3)} | dict(
        zip(membership.FEATURES, np.round(w, 3).tolist(), strict=True)
    )


if __name__ == "__main__":
    main()
