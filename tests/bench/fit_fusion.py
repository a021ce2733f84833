"""Fits the constants of assistant/retrieval/fusion.py and prints them.

    python -m tests.bench.fit_fusion QUESTIONS [--beir DIR]… [--written FILE --papers PAIRS…] [--many DIR]…

QUESTIONS is a file of questions over the bundled pages; each DIR a BEIR set with a training split, so that the
weights don't bend to one small library. FILE holds written questions, each with its paper's title, that the embedder
was not trained on (tests/bench/written.jsonl); their papers are looked up in PAIRS, the embedder's training text.
Each DIR of ``--many`` is a BEIR set whose questions have many right papers: nothing is fitted on it but the weight of
likeness in words and the trust in BM25.

The order is fitted as a conditional logit (McFadden, 1974): a question's gold papers against its other candidates.
The level is a logistic regression over the first ten papers of each question; the sets' questions are asked of each
other's libraries too, where nothing is gold. Both are small enough for Newton's method. Recall is reported by
five-fold cross-validation. What likeness in words counts, and BM25 where a paper covers the question, is not left to
likelihood, which asks for one paper in the first place, but chosen from a few values by nDCG@10, which asks for all
that belong there: most questions of the other sets have one right paper, and are as well off with any value.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.beir import read_beir
from assistant.evaluation.questions import read_questions, title_key
from assistant.retrieval.fusion import covered, standardise
from assistant.retrieval.judging import Judge
from assistant.retrieval.ranking import Ranked
from assistant.retrieval.retriever import EVERYTHING
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pages import bundled, read_page
from ingest.papers import Paper, merge_all
from ingest.pipeline import ingest_papers
from ingest.training.corpus import read_papers
from ingest.training.corpus import read_questions as read_written

Array = NDArray[np.float64]
#: Signals of the order; those after ``covered_`` count by how far the question's own words are to be trusted.
SIGNALS = ("dense", "soft", "feedback", "covered_dense", "covered_lexical")
WITHOUT_TOKENS = ("dense", "feedback", "covered_dense", "covered_lexical")
#: Penalty on the squared weights: it keeps signals that say the same from taking each other's place.
PENALTY = 0.02
#: What a name counts. Not fitted: nearly every question that names a method is answered by BM25 alone, so that the
#: fit sees no use in it; but "RoT" against "rot" and "R1-Searcher" against "R1-Searcher++" hang on it. From 2 to 3
#: one paraphrase of 32 is lost.
NAME = 2.5
#: What a public set's questions count for together, beside 1 for the questions over the bundled pages.
PUBLIC_WEIGHT = 1.0
#: Queries of a public set that are asked, and written ones.
MOST_QUERIES, MOST_WRITTEN = 400, 500
#: Papers among which a written question has to find its own.
AMONG = 3_000
FOREIGN = "foreign"
#: What likeness in words may count in the rank, and BM25 in the order where a paper covers the question.
WORDS, LEXICAL = (0.0, 0.4, 0.8, 1.2), (0.2, 0.5, 0.8, 1.0, 1.3)


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's candidates in their order, which of them are gold, and what the question weighs in a fit."""

    kind: str
    ranked: tuple[Ranked, ...]
    gold: NDArray[np.bool_]
    wanted: int
    weight: float

    def columns(self, signals: Sequence[str]) -> Array:
        """Raw signals, shape (candidates, signals); 0 where unknown."""
        return np.nan_to_num(np.array([[getattr(r.features, s) for s in signals] for r in self.ranked], dtype=float))

    def design(self, signals: Sequence[str]) -> Array:
        """Signals as the order weighs them: standardised."""
        raw = self.columns([signal.removeprefix("covered_") for signal in signals])
        share = covered(self.ranked[0].table)
        scales = (share if signal.startswith("covered_") else 1.0 for signal in signals)
        return np.stack([scale * standardise(column) for scale, column in zip(scales, raw.T, strict=True)], axis=1)

    @property
    def named(self) -> Array:
        """What the names contribute to the order."""
        return NAME * self.columns(("name",))[:, 0]


@dataclass(frozen=True, slots=True)
class Set:
    """A library and the questions asked of it: (kind, text, whether a paper is gold, how many are)."""

    papers: tuple[Paper, ...]
    asked: tuple[tuple[str, str, Callable[[Paper], bool], int], ...]


def of_bundled_pages(questions: Path) -> Set:
    """The questions of a file, but for follow-ups, which don't stand alone."""
    asked = [
        (q.kind, q.question, lambda paper, keys=q.wanted: title_key(paper.title) in keys, len(q.wanted))
        for q in read_questions(questions)
        if not q.history
    ]
    papers = merge_all(paper for page in bundled() for paper in read_page(page).papers).values()
    return Set(tuple(papers), tuple(asked))


def of_beir(folder: Path, split: str) -> Set:
    data = read_beir(folder, split)
    asked = [
        (data.name, text, lambda paper, gold=data.judged[key]: paper.id in gold, len(data.judged[key]))
        for key, text in data.queries.items()
    ]
    return Set(data.papers, tuple(asked[:MOST_QUERIES]))


def of_written(questions: Path, files: Sequence[Path]) -> Set:
    """Written questions over their own papers and as many others as make up :data:`AMONG`, as they come."""
    asked = [(title_key(question.title), question.text) for question in read_written(questions)]
    wanted = {key for key, _ in asked}
    papers: dict[str, Paper] = {}
    others = AMONG - len(wanted)
    for found in read_papers(files):
        key = title_key(found.title)
        if key in papers or (key not in wanted and others <= 0):
            continue
        others -= key not in wanted
        papers[key] = Paper(id=key, title=found.title, abstract=found.abstract)
    chosen = [("written", text, lambda paper, key=key: paper.id == key, 1) for key, text in asked if key in papers]
    return Set(tuple(papers.values()), tuple(chosen[:MOST_WRITTEN]))


def judged(sets: Sequence[Set]) -> Iterator[list[Judged]]:
    """For each set its own questions, and every other set's questions, to which its papers are no answer."""
    for number, one in enumerate(sets):
        weight = 1.0 if number == 0 else PUBLIC_WEIGHT
        found: list[Judged] = []
        with TemporaryDirectory() as place, Library.open(place, load_embedder("default"), create=True) as library:
            ingest_papers(one.papers, library)
            judge = Judge(library)
            for kind, text, is_gold, wanted in one.asked:
                found.append(_judged(judge, kind, text, is_gold, wanted, weight / len(one.asked)))
            for other in (other for other in sets if other is not one):
                for _, text, _, _ in other.asked[::4]:
                    found.append(_judged(judge, FOREIGN, text, lambda _: False, 0, weight / len(other.asked)))
        yield found


def _judged(judge: Judge, kind: str, text: str, is_gold: Callable[[Paper], bool], wanted: int, weight: float) -> Judged:
    ranked = tuple(judge.rank(text, EVERYTHING))
    return Judged(kind, ranked, np.array([is_gold(r.paper) for r in ranked], dtype=bool), wanted, weight)


def fit_order(data: Sequence[Judged], signals: Sequence[str]) -> Array:
    """The weights of a conditional logit, shape (signals,)."""
    rows = [(j.design(signals), j.named, j.gold / j.gold.sum(), j.weight) for j in data if j.gold.any()]
    total = sum(weight for *_, weight in rows)

    def at(weights: Array) -> tuple[float, Array, Array]:
        """The penalised log-likelihood with its slope and (negative) curvature."""
        value = -PENALTY * float(weights @ weights)
        slope, curve = -2 * PENALTY * weights, 2 * PENALTY * np.eye(len(signals))
        for design, named, gold, weight in rows:
            scores = design @ weights + named
            scores -= scores.max()
            chance = np.exp(scores) / np.exp(scores).sum()
            mean = chance @ design
            value += weight / total * float(gold @ (scores - np.log(np.exp(scores).sum())))
            slope = slope + weight / total * (gold - chance) @ design
            curve = curve + weight / total * ((design.T * chance) @ design - np.outer(mean, mean))
        return value, slope, curve

    return newton(at, np.zeros(len(signals)))


def newton(at: Callable[[Array], tuple[float, Array, Array]], start: Array) -> Array:
    """Where the value is largest: Newton's method, a step being halved until it helps."""
    point, (value, slope, curve) = start, at(start)
    for _ in range(50):
        step = np.linalg.solve(curve, slope)
        while (new := at(point + step))[0] < value and np.abs(step).max() > 1e-7:
            step = step / 2
        point, (value, slope, curve) = point + step, new
        if np.abs(step).max() < 1e-6:
            break
    return point


def fit_level(
    data: Sequence[Judged], weights: Array, signals: Sequence[str], raw: Sequence[str], first: int = 10
) -> Array:
    """Intercept, weight of the order and of the ``raw`` signals, in a logistic over each question's first papers."""
    designs, labels, counts = [], [], []
    for j in data:
        order = j.design(signals) @ weights + j.named
        top = np.argsort(-order)[:first]
        designs.append(np.column_stack([np.ones(len(top)), order[top], j.columns(raw)[top]]))
        labels.append(j.gold[top])
        counts.append(np.full(len(top), j.weight))
    x, y, w = np.concatenate(designs), np.concatenate(labels).astype(float), np.concatenate(counts)
    w /= w.sum()
    penalty = 2e-4 * np.r_[0.0, np.ones(x.shape[1] - 1)]

    def at(found: Array) -> tuple[float, Array, Array]:
        scores = x @ found
        chance = 1 / (1 + np.exp(-scores))
        value = float(w @ (y * scores - np.logaddexp(0, scores)) - penalty @ found**2 / 2)
        return (
            value,
            x.T @ (w * (y - chance)) - penalty * found,
            (x.T * (w * chance * (1 - chance))) @ x + np.diag(penalty),
        )

    return newton(at, np.zeros(x.shape[1]))


def ranked(judged: Judged, weights: Array, signals: Sequence[str], words: float) -> NDArray[np.bool_]:
    """Which of the candidates are gold, best first."""
    alike = standardise(judged.columns(("words",))[:, 0])
    rank = judged.design(signals) @ weights + judged.named + words * alike
    return judged.gold[np.argsort(-rank, kind="stable")]


def recall(judged: Judged, weights: Array, signals: Sequence[str], words: float) -> float:
    """Recall at five, or at the number of gold papers."""
    return float(ranked(judged, weights, signals, words)[: max(5, judged.wanted)].sum() / judged.wanted)


def gain(judged: Judged, weights: Array, signals: Sequence[str], words: float, depth: int = 10) -> float:
    """nDCG@10 (Järvelin & Kekäläinen, 2002)."""
    discounts = 1.0 / np.log2(np.arange(depth) + 2)
    found = ranked(judged, weights, signals, words)[:depth]
    return float(found @ discounts[: len(found)] / discounts[: judged.wanted].sum())


def choose(sets: Sequence[Sequence[Judged]], weights: Array, signals: Sequence[str]) -> tuple[Array, float]:
    """The weights with the trust in BM25, and the weight of words, with the best mean nDCG@10 over the sets."""
    answerable = [[j for j in one if j.wanted] for one in sets]
    best: tuple[float, Array, float] = (0.0, weights, 0.0)
    for lexical in LEXICAL:
        tried = np.where(np.array(signals) == "covered_lexical", lexical, weights)
        for words in WORDS:
            row = [np.mean([gain(j, tried, signals, words) for j in one]) for one in answerable]
            print(f"  covered_lexical={lexical} words={words}: {' '.join(f'{v:.4f}' for v in row)} {np.mean(row):.4f}")
            best = max(best, (float(np.mean(row)), tried, words), key=lambda found: found[0])
    return best[1:]


def cross_validated(
    data: Sequence[Judged], public: Sequence[Judged], signals: Sequence[str], words: float
) -> dict[str, float]:
    """Mean recall by kind over questions that the weights were not fitted on."""
    answerable = [j for j in data if j.wanted]
    fold = np.random.default_rng(0).permutation(len(answerable)) % 5
    found: dict[str, list[float]] = {}
    for part in range(5):
        weights = fit_order([*(j for j, f in zip(answerable, fold, strict=True) if f != part), *public], signals)
        for judged in (j for j, f in zip(answerable, fold, strict=True) if f == part):
            for kind in ("all", judged.kind):
                found.setdefault(kind, []).append(recall(judged, weights, signals, words))
    return {kind: float(np.mean(values)) for kind, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--beir", type=Path, action="append", default=[], help="a set with qrels/train.tsv")
    parser.add_argument("--written", type=Path, help="written questions, each with the title of its paper")
    parser.add_argument("--papers", type=Path, nargs="+", default=[], help="where their papers are found")
    parser.add_argument("--many", type=Path, action="append", default=[], help="a set with many right papers each")
    arguments = parser.parse_args()
    sets = [of_bundled_pages(arguments.questions), *(of_beir(folder, "train") for folder in arguments.beir)]
    if arguments.written:
        sets.append(of_written(arguments.written, arguments.papers))
    data, *others = judged(sets)
    public = [item for found in others for item in found]
    many = [found for folder in arguments.many for found in judged([of_beir(folder, "test")])]
    for name, signals, raw in (
        ("TOKENS", SIGNALS, ("dense", "soft")),
        ("VECTORS", WITHOUT_TOKENS, ("dense", "lexical")),
    ):
        fitted = fit_order([*data, *public], signals)
        fitted, words = choose([data, *others, *many], fitted, signals) if "soft" in signals else (fitted, 0.0)
        weights = dict(zip(signals, fitted, strict=True))
        shown = ", ".join(f"{s}={weights.get(s, 0.0):.2f}" for s in SIGNALS)
        print(f"{name} = Weights({shown}, name={NAME}, words={words})")
        level = zip(("intercept", "order", *raw), fit_level([*data, *public], fitted, signals, raw), strict=True)
        print(f"{name}_LEVEL = Level({', '.join(f'{s}={value:.2f}' for s, value in level)})")
        found = cross_validated(data, public, signals, words)
        print("  recall, cross-validated:", {kind: round(value, 3) for kind, value in found.items()})


if __name__ == "__main__":
    main()
