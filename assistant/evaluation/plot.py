"""The reliability of the confidence as a picture: probability said against share come true.

After DeGroot & Fienberg (1983). Knows reports alone.
"""

from __future__ import annotations

from pathlib import Path

from assistant.errors import UsageError
from assistant.evaluation.report import Report

#: Bins of equal width between 0 and 1.
BINS = 10


def reliability(report: Report) -> list[tuple[float, float, int]]:
    """For each bin that holds questions: mean confidence, share answerable, number of questions."""
    known = [(r.confidence, r.answerable) for r in report.results if r.confidence is not None]
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, answerable in known:
        bins[min(BINS - 1, max(0, int(confidence * BINS)))].append((confidence, answerable))
    return [(sum(c for c, _ in b) / len(b), sum(a for _, a in b) / len(b), len(b)) for b in bins if b]


def plot_reliability(report: Report, path: Path | str) -> None:
    """Write the picture to ``path``, in the format that its ending names.

    Raises UsageError where matplotlib is missing or the file can't be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError("A plot needs matplotlib; install it with `pip install matplotlib`.") from error
    points = reliability(report)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="perfect")
    axes.plot([p for p, _, _ in points], [s for _, s, _ in points], marker="o", label="measured")
    for said, came, count in points:
        axes.annotate(str(count), (said, came), textcoords="offset points", xytext=(6, -10), fontsize=8)
    brier = report.figures().brier
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share answerable")
    axes.set_title(f"Reliability, Brier {brier:.3f}" if brier is not None else "Reliability")
    axes.legend()
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise UsageError(f"The plot can't be written to {path} ({error}).") from error
