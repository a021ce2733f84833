"""The map puts like papers together, names its clusters by telling words, and is the same every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from assistant.web.drawing import CITED, map_figure, timeline_figure
from assistant.web.mapping import Map, chart

if TYPE_CHECKING:
    from assistant.assistant import Assistant


def _traces(figure: Any) -> list[Any]:
    return list(figure.data)


@pytest.fixture(scope="module")
def sheet(assistant: Assistant) -> Map:
    return chart(assistant)


def test_every_paper_has_a_place_and_a_cluster(sheet: Map) -> None:
    assert len(sheet.papers) == sheet.total == 385
    assert sheet.points.shape == (385, 2)
    assert np.isfinite(sheet.points).all()
    assert sorted(place for cluster in sheet.clusters for place in cluster.members) == list(range(385))


def test_papers_on_one_subject_lie_nearer_than_others(sheet: Map) -> None:
    subject = [n for n, paper in enumerate(sheet.papers) if "continual learning" in paper.title.casefold()]
    assert len(subject) > 5
    centre = np.median(sheet.points[subject], axis=0)
    near = np.median(np.linalg.norm(sheet.points[subject] - centre, axis=1))
    others = np.median(np.linalg.norm(sheet.points - centre, axis=1))
    assert near < others / 2


def test_a_cluster_is_named_by_what_sets_it_apart(sheet: Map) -> None:
    names = [cluster.name for cluster in sheet.clusters]
    assert any("continual" in name for name in names)
    assert len(set(names)) == len(names)


def test_cited_papers_are_drawn_on_top(sheet: Map) -> None:
    cited = sheet.papers[7]
    plain, lit = map_figure(sheet), map_figure(sheet, {cited.id})
    assert len(_traces(lit)) == len(_traces(plain)) + 1
    assert list(_traces(lit)[-1].customdata) == [cited.id]
    assert _traces(lit)[-1].marker.color == CITED


def test_the_timeline_counts_dated_papers_by_month(sheet: Map) -> None:
    figure = timeline_figure(sheet.papers)
    assert sum(_traces(figure)[0].y) == sum(paper.listed is not None for paper in sheet.papers)


def test_a_tiny_library_has_no_map(tmp_path: Path) -> None:
    from assistant import Assistant
    from ingest.embedding import load_embedder
    from ingest.library import Library
    from ingest.pipeline import ingest_pages

    page = tmp_path / "page.txt"
    abstract = "We study how lamps glow at night and what they cost their owners in the long run. " * 3
    page.write_text(f"Get trending papers in your email inbox!\nSubscribeOn Lamps\n{abstract}\n", encoding="utf-8")
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        ingest_pages([page], library)
    with Assistant.open(tmp_path / "library", reader="builtin") as assistant:
        tiny = chart(assistant)
    assert (tiny.total, len(tiny.papers), tiny.clusters) == (1, 1, ())


def test_titles_are_no_html_in_labels(sheet: Map) -> None:
    from dataclasses import replace

    papers = (replace(sheet.papers[0], title="<img src=x> & more"), *sheet.papers[1:])
    figure = map_figure(replace(sheet, papers=papers))
    assert not any("<img" in label for trace in _traces(figure) for label in trace.text)
