"""The fits of the built-in reader's weights and what they are judged by, over rows of numbers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.evidence import selection
from tests.bench.labelled_questions import Labelled, Row

Array = NDArray[np.float64]
#: Ridge penalties, chosen by cross-validation.
SENTENCE_RIDGE, ANSWER_RIDGE, MEMBER_RIDGE, PRESENT_RIDGE = 40.0, 4.0, 5.0, 1.0
#: What an answerability label over other papers weighs, where unanswerable questions are far more frequent than in use.
ALSO_WEIGHT = 0.3
#: How much more a paper missed weighs than one too many.
BETA = 1.0
FOLDS = 10


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
    weight = np.array([r.weight * (1.0 if r.main else ALSO_WEIGHT) for r in rows])
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
