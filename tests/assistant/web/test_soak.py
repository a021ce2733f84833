"""Many questions at once over the served page: none is lost, and the questions are what they are meant to be."""

from __future__ import annotations

from itertools import islice

from ingest.pages import bundled, read_page
from ingest.papers import merge_all
from tests.bench.questions import questions
from tests.bench.soak import Figures, soak

#: Percent that a server's memory may grow by in its first hundred questions after the warm-up.
YOUNG = 8.0


def test_a_hundred_questions_eight_at_once_are_all_answered() -> None:
    figures = soak(100, 8)
    assert figures.errors == ()
    assert figures.questions == 100
    assert 0 < figures.p50_ms <= figures.p95_ms <= figures.p99_ms
    assert set(figures.ways) == {"gradio_client", "plain calls", "completion", "streamed"}
    assert [asked for asked, _ in figures.curve] == [0, 50, 100]
    assert figures.growth < YOUNG


def test_the_questions_are_many_and_the_same_every_time() -> None:
    papers = list(merge_all(read_page(bundled()[0]).papers).values())
    first, again = (list(islice(questions(papers), 500)) for _ in range(2))
    assert first == again
    assert len({question.text for question in first}) > 350
    assert any(question.history for question in first)


def test_a_run_is_sound_without_errors_and_without_growth() -> None:
    run = (1000, 2, 1.0, 1.0, 2.0, 3.0)
    level = ((0, 100.0), (500, 104.0), (1000, 104.5))
    assert Figures(*run, level).sound
    assert not Figures(*run, level, errors=("lost",)).sound
    assert not Figures(*run, ((0, 100.0), (500, 106.0), (1000, 100.0))).sound
    assert not Figures(*run, ((0, 100.0), (500, 101.0), (1000, 104.5))).sound
