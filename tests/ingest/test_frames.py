"""A library as a data frame: typed columns, nothing lost, and one sentence where pandas is missing."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

from ingest.frames import to_frame
from ingest.papers import Filters, Paper, Source

FULL = Paper(
    "a",
    "Lamps",
    "They glow.",
    listed=date(2025, 6, 1),
    authors=("Ada Lovelace",),
    authors_count=1,
    organization="Lab",
    comments=0,
    arxiv_id="2506.00001",
    links=("https://x.example",),
    sources=(Source("page.txt", 3),),
)
BARE = Paper("b", "Moths", "They fly.")


def test_every_paper_is_a_row_with_typed_columns() -> None:
    frame = to_frame(iter([FULL, BARE]))
    assert list(frame.index) == ["a", "b"]
    assert frame.loc["a", "listed"].date() == date(2025, 6, 1)
    assert frame.loc["a", "authors"] == ("Ada Lovelace",)
    assert frame.loc["a", "comments"] == 0
    assert frame.loc["a", "pages"] == ("page.txt",)
    assert frame["listed"].isna().tolist() == [False, True]
    assert frame["comments"].isna().tolist() == [False, True]
    assert str(frame["comments"].dtype) == "Int64"


def test_an_empty_frame_has_the_same_columns() -> None:
    assert to_frame([]).dtypes.to_dict() == to_frame([FULL]).dtypes.to_dict()


def test_a_library_gives_its_papers_and_heeds_filters(assistant: Any) -> None:
    since = date(2025, 6, 1)
    assert set(assistant.library.to_frame().index) == {paper.id for paper in assistant.papers()}
    recent = assistant.library.to_frame(Filters(since=since))
    assert 0 < len(recent) < 385
    assert recent["listed"].dt.date.min() >= since


def test_without_pandas_one_sentence_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from ingest.frames import to_frame\nfrom ingest.errors import IngestError\n"
        "try: to_frame([])\nexcept IngestError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "A data frame needs pandas; install it with: pip install pandas\n"
