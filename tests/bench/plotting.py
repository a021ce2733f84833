"""The figures of several sizes as small panels, each against the number of papers. Knows figures alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.scaling import Size

#: A panel's title with its unit, and its lines: what each is called and how it is had of a size.
Line = tuple[str, Callable[[Size], float]]
PANELS: tuple[tuple[str, tuple[Line, ...]], ...] = (
    ("ingest, papers a second", (("", lambda s: s.ingested.rate),)),
    (
        "peak memory, MB",
        (("ingest", lambda s: s.ingested.memory_mb), ("search and ask", lambda s: s.searched.memory_mb)),
    ),
    ("disk, kB a paper", (("", lambda s: s.ingested.disk_kb_a_paper),)),
    ("opening, ms", (("open", lambda s: s.searched.open_ms), ("first search", lambda s: s.searched.first_ms))),
    (
        "search, ms",
        (
            ("p50", lambda s: s.searched.p50_ms),
            ("p95", lambda s: s.searched.p95_ms),
            ("p50, one year of 26", lambda s: s.searched.year_p50_ms),
            ("p50, half the years", lambda s: s.searched.half_p50_ms),
            ("CPU, p50", lambda s: s.searched.cpu_ms),
        ),
    ),
    (
        "ask, ms",
        (
            ("p50", lambda s: s.searched.ask_p50_ms),
            ("p95", lambda s: s.searched.ask_p95_ms),
            ("CPU, p50", lambda s: s.searched.ask_cpu_ms),
        ),
    ),
)


def plot(sizes: Sequence[Size], path: Path) -> None:
    """Write the panels to ``path``, in the format that its ending names."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), layout="constrained")
    for axes, (title, lines) in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        for name, value in lines:
            axes.plot([s.papers for s in sizes], [value(s) for s in sizes], marker="o", markersize=3, label=name)
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=8)
        axes.grid(color="0.9")
        if len(lines) > 1:
            axes.legend(fontsize=7)
    figure.supxlabel("papers", fontsize=9)
    figure.savefig(path, dpi=110)
