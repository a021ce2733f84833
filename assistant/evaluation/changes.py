"""What changed between two runs over the same questions: figures, and question by question.

Knows reports alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assistant.errors import UsageError
from assistant.evaluation.report import Report

#: What is compared of each question, and whether more is better.
COMPARED = {"recall": True, "facts": True, "cited_right": True, "gold_cited": True, "refused": None}
#: A difference smaller than this is rounding.
ROUNDING = 1e-9


def compare(report: Report, before: Path | str) -> str:
    """The figures that differ from those of an earlier ``--json`` output, and the questions that do.

    Raises UsageError if ``before`` is no such output.
    """
    try:
        old = json.loads(Path(before).read_text(encoding="utf-8"))
        earlier = {result["id"]: result for result in old["results"]}
        figures: dict[str, Any] = dict(old["all"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{before} is no output of an earlier `paper-assistant eval --json` ({error}).") from error
    new = report.as_dict()
    lines = [
        f"{name}: {_figure(figures.get(name))} → {_figure(value)}"
        for name, value in new["all"].items()
        if _differs(figures.get(name), value) and name not in ("p50", "p95")
    ]
    for result in new["results"]:
        lines += _question(result, earlier.get(result["id"]))
    gone = len(earlier.keys() - {result["id"] for result in new["results"]})
    if gone:
        lines.append(f"{gone} questions of the earlier run were not asked")
    return "\n".join(lines) or "nothing changed"


def _question(result: dict[str, Any], earlier: dict[str, Any] | None) -> list[str]:
    if earlier is None:
        return [f"{result['id']} ({result['kind']}): new"]
    changes: list[str] = []
    for name, better in COMPARED.items():
        old, new = earlier.get(name), result[name]
        if _differs(old, new):
            more_is_better = not result["answerable"] if better is None else better
            changes.append(f"{name} {_figure(old)} → {_figure(new)}{_judged(more_is_better, old, new)}")
    return [f"{result['id']} ({result['kind']}): {'; '.join(changes)}"] if changes else []


def _judged(more_is_better: bool, old: float | None, new: float | None) -> str:
    if old is None or new is None:
        return ""
    return " (better)" if (new > old) == more_is_better else " (worse)"


def _differs(old: Any, new: Any) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(old - new) > ROUNDING


def _figure(value: Any) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, bool | int) else f"{value:.3f}"
