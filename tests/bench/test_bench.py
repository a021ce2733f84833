"""The bench runs from end to end, at a size at which its figures mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_every_figure_is_measured_and_drawn(tmp_path: Path) -> None:
    figures, drawing = tmp_path / "figures.json", tmp_path / "scale.png"
    options = ["--sizes", "30", "--compared", "30", "--runs", "1", "--json", str(figures), "--plot", str(drawing)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *options], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(figures.read_text())
    (size,) = measured["sizes"]
    assert size["papers"] == size["ingested"]["papers"] == 30
    assert all(value > 0 for part in (*measured["sizes"], measured["against"]) for value in _numbers(part))
    assert "| 30 |" in done.stdout
    assert drawing.read_bytes().startswith(b"\x89PNG")


def _numbers(part: dict) -> list[float]:
    """All but the second process's memory: so few papers need none."""
    values = [value for name, value in part.items() if name != "second_mb"]
    return [n for value in values for n in (_numbers(value) if isinstance(value, dict) else [value])]
