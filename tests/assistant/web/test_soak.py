"""Many questions at once over the served page: none is lost, and the questions are what they are meant to be."""

from __future__ import annotations

from itertools import islice

from ingest.pages import bundled, read_page
from ingest.papers import merge_all
from tests.bench.questions import questions
from tests.bench.soak import Figures, soak

#: A server that has just come up still fills its caches: only a leak of whole visitors would show in so short a run.
YOUNG = 30.0


def test_a_hundred_questions_eight_at_once_are_all_answered() -> None:
    figures = soak(100, 8)
    assert figures.errors == ()
    assert figures.questions == 100
    assert 0 < figures.p50_ms <= figures.p95_ms <= figures.p99_ms
    assert figures.growth < YOUNG


def test_the_questions_are_many_and_the_same_every_time() -> None:
    papers = list(merge_all(read_page(bundled()[0]).papers).values())
    first, again = (list(islice(questions(papers), 500)) for _ in range(2))
    assert first == again
    assert len({question.text for question in first}) > 350
    assert any(question.history for question in first)


def test_a_run_is_sound_without_errors_and_without_growth() -> None:
    run = (10, 2, 1.0, 1.0, 2.0, 3.0, 100.0)
    assert Figures(*run, end_mib=104.0, growth=4.0).sound
    assert not Figures(*run, end_mib=106.0, growth=6.0).sound
    assert not Figures(*run, end_mib=100.0, growth=0.0, errors=("lost",)).sound
