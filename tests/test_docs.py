"""The API reference can be generated, and says something of every public method."""

from __future__ import annotations

from pathlib import Path

from tests import docs


def test_the_reference_is_written_without_a_warning_and_shows_the_public_api(tmp_path: Path) -> None:
    docs.write(tmp_path)
    page = (tmp_path / "assistant.html").read_text(encoding="utf-8")
    for member in ("Assistant.ask", "Assistant.stream", "Assistant.search", "Answer.citations", "Citation.verdict"):
        assert f'id="{member}"' in page
