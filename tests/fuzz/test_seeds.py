"""Every text that ever broke a parser, and some new ones each run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS
from tests.fuzz.texts import TEXTS

SEEDS = sorted((Path(__file__).parent / "seeds").glob("*/*.txt"))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_kept_text_breaks_nothing_any_more(path: Path) -> None:
    TARGETS[path.parent.name](path.read_bytes().decode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", TARGETS)
def test_new_texts_break_nothing(name: str) -> None:
    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        TARGETS[name](data.draw(TEXTS[name]))

    run()
