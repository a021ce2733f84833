"""Figures of a run over a file of questions, by kind: values, JSON, and a table for people.

Knows neither assistant nor library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, median
from typing import Any


@dataclass(frozen=True, slots=True)
class Result:
    """One question's outcome; None where a figure has no meaning for it.

    ``recall`` counts gold papers among the first five (or as many as there are gold ones); ``facts`` is the share of
    the facts in the answer's text; ``cited_right`` the share of citations whose paper is gold, ``gold_cited`` the share
    of gold papers cited; ``evidence`` the share of labelled sentences quoted; ``verbatim`` the share of quotes that
    stand in the abstract at their offsets.
    """

    id: str
    kind: str
    answerable: bool
    recall: float | None = None
    reciprocal_rank: float | None = None
    facts: float | None = None
    cited_right: float | None = None
    gold_cited: float | None = None
    evidence: float | None = None
    verbatim: float | None = None
    refused: bool | None = None
    confidence: float | None = None
    words: int | None = None
    seconds: float = 0.0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a group of questions: means, but for ``words`` and ``p50`` (medians) and ``p95``; seconds.

    ``refusal`` is the share of unanswerable questions refused, ``false_refusal`` of answerable ones; ``brier`` the mean
    squared difference of confidence and answerability (Brier, 1950).
    """

    questions: int
    recall: float | None
    mrr: float | None
    facts: float | None
    citation_precision: float | None
    citation_recall: float | None
    evidence: float | None
    verbatim: float | None
    refusal: float | None
    false_refusal: float | None
    brier: float | None
    words: float | None
    p50: float
    p95: float


#: Column heads of the table, in the order of the fields of Figures.
HEADS = ("n", "R@5", "MRR", "facts", "citP", "citR", "evid", "verb", "refus", "false", "Brier", "words", "p50", "p95")


@dataclass(frozen=True, slots=True)
class Report:
    """All results of a run."""

    results: tuple[Result, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(result.kind for result in self.results))

    def figures(self, kind: str | None = None) -> Figures:
        """The figures of one kind, or of all questions."""
        return summarise([r for r in self.results if kind in (None, r.kind)])

    def as_dict(self) -> dict[str, Any]:
        """Everything, fit for JSON: figures over all questions and by kind, and each result."""
        return {
            "all": asdict(self.figures()),
            "kinds": {kind: asdict(self.figures(kind)) for kind in self.kinds},
            "results": [asdict(result) for result in self.results],
        }

    def table(self) -> str:
        """The figures as lines of text, a kind a line; times in milliseconds."""
        groups = [("all", self.figures()), *((kind, self.figures(kind)) for kind in self.kinds)]
        rows = [("kind", *HEADS), *((name, *_cells(figures)) for name, figures in groups)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join(
            "  ".join(c.ljust(w) if not i else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
            for row in rows
        )


def summarise(results: Sequence[Result]) -> Figures:
    """The figures of some results."""

    def average(value: Callable[[Result], float | None], among: Iterable[Result] = results) -> float | None:
        known = [v for r in among if (v := value(r)) is not None]
        return mean(known) if known else None

    answerable = [r for r in results if r.answerable]
    seconds = sorted(r.seconds for r in results) or [0.0]
    words = [r.words for r in results if r.words is not None]
    return Figures(
        questions=len(results),
        recall=average(lambda r: r.recall),
        mrr=average(lambda r: r.reciprocal_rank),
        facts=average(lambda r: r.facts),
        citation_precision=average(lambda r: r.cited_right),
        citation_recall=average(lambda r: r.gold_cited),
        evidence=average(lambda r: r.evidence),
        verbatim=average(lambda r: r.verbatim),
        refusal=average(lambda r: r.refused, [r for r in results if not r.answerable]),
        false_refusal=average(lambda r: r.refused, answerable),
        brier=average(lambda r: None if r.confidence is None else (r.confidence - r.answerable) ** 2),
        words=median(words) if words else None,
        p50=median(seconds),
        p95=seconds[min(len(seconds) - 1, round(0.95 * (len(seconds) - 1)))],
    )


def _cells(figures: Figures) -> tuple[str, ...]:
    values = list(asdict(figures).values())
    shares = ["-" if value is None else f"{value:.3f}" for value in values[1:11]]
    words = "-" if figures.words is None else f"{figures.words:.0f}"
    return (str(figures.questions), *shares, words, f"{1000 * figures.p50:.1f}", f"{1000 * figures.p95:.1f}")
