"""Fits the built-in reader's weights on a file of labelled questions, and says how good they are on unseen ones.

    python -m tests.bench.fit_reader QUESTIONS.jsonl … --also PAPERS QUESTIONS.jsonl … --topics TOPICS.jsonl [--write]

The questions are over the bundled pages; ``--also`` adds questions over other papers (any file that ingest reads), so
that the weights are not those of one library. Thresholds and the biases of probabilities are set on the bundled
pages' questions alone, whose share of unanswerable ones is that of real use.

Four models, each with a ridge penalty and judged by ten-fold cross-validation over questions:

sentence   listwise: the softmax over a paper's sentences should fall on those that hold a fact (no fact is
           counted twice; the labelled evidence is one more fact)
answer     logistic: does the abstract answer the question? Besides the file's unanswerable questions, answerable
           ones whose evidence was cut out of the abstract, or that ask by a name of no paper instead of the
           right one, serve as near misses of less weight; the bias is then refitted on the real questions
           alone, so that the probability is calibrated
member     logistic: does a paper belong in the answer to a question about many?
present    logistic: does any? On those questions and on TOPICS, short ones each with ``there`` and whose papers it is
           ``among``, the "bundled" or the "others" (tests/bench/labelled/topics.jsonl)

``--write`` puts the weights, fitted on all questions, into assistant/evidence/weights.json. Needs scipy.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import assistant
from assistant.evidence import confidence, membership, selection
from assistant.evidence import features as evidence
from ingest.pages import bundled
from tests.bench.labelled_questions import (
    Corpus,
    Row,
    answer_rows,
    lists,
    member_rows,
    open_corpus,
    present_rows,
    topic_rows,
)
from tests.bench.reader_models import (
    ANSWER_RIDGE,
    MEMBER_RIDGE,
    PRESENT_RIDGE,
    SENTENCE_RIDGE,
    best_threshold,
    fact_recall,
    fit_lists,
    fit_logistic,
    out_of_fold,
)

Array = NDArray[np.float64]
#: Share of answerable questions that may be refused when the threshold is set.
FALSE_REFUSALS = 0.03
#: Share of the topics that are there which may be missed when the threshold is set.
FALSE_ABSENCES = 0.005
WEIGHTS = Path(assistant.__file__).parent / "evidence" / "weights.json"


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the built-in reader's weights.")
    parser.add_argument("questions", type=Path, nargs="+", help="questions over the bundled pages")
    parser.add_argument("--also", type=Path, nargs=2, action="append", default=[], metavar=("PAPERS", "QUESTIONS"))
    parser.add_argument("--topics", type=Path, required=True, help="questions for topics that are there or not")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    model = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    sets: dict[tuple[Path, ...], list[Path]] = {tuple(bundled()): options.questions}
    for papers, questions in options.also:
        sets.setdefault((papers,), []).append(questions)
    with ExitStack() as stack:
        corpora = [open_corpus(stack, pages, files, not n) for n, (pages, files) in enumerate(sets.items())]
        # What comes later looks at what comes before.
        fits = {"sentence": _sentence, "answer": _answer, "member": _member}
        for name, fit in fits.items():
            model[name] = fit(corpora)
            _keep(model, options.write)
        model["present"] = _present(corpora, options.topics)
        _keep(model, options.write)


def _keep(model: dict[str, dict[str, float]], write: bool) -> None:
    if write:
        WEIGHTS.write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")
        selection.weights.cache_clear()


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
        found = (row for item in corpus.items for row in answer_rows(item, reader, corpus.retriever))
        rows += [replace(row, main=corpus.main) for row in found]
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


def _present(corpora: Sequence[Corpus], topics: Path) -> dict[str, float]:
    rows = [row for corpus in corpora for item in corpus.items for row in present_rows(item, corpus.reader())]
    rows += topic_rows(topics, corpora)

    def fit(some: Sequence[Row]) -> tuple[Array, float]:
        return fit_logistic(some, PRESENT_RIDGE)

    p, y = out_of_fold(rows, fit), np.array([r.y for r in rows])
    threshold = float(np.quantile(p[y == 1], FALSE_ABSENCES))
    print(f"present: refused of absent topics {(p[y == 0] < threshold).mean():.3f} at threshold {threshold:.2f}")
    w, bias = fit(rows)
    return {"bias": round(bias, 3), "threshold": round(threshold, 3)} | dict(
        zip(membership.SIGNS, np.round(w, 3).tolist(), strict=True)
    )


if __name__ == "__main__":
    main()
