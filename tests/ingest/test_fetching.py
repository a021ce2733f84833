"""Fetching the Daily Papers: what comes in, what is asked how often, and every way in which a server can fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from ingest.dailypapers import Manners
from ingest.errors import FetchError, NetworkMissing
from ingest.fetching import Fetched, days_between, fetch
from ingest.papers import Paper
from ingest.sources.reading import read_source
from tests.daily import DailyServer, answers, cuts, daily_server, entry, hangs

ABSTRACT = "We teach a network to foretell the height of the tide from the light of the moon alone, on nine coasts."
DAYS = [date(2025, 2, day) for day in (13, 14, 15)]
LATER = datetime(2025, 3, 1, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[DailyServer]:
    with daily_server() as running:
        for number, day in enumerate(DAYS[:2]):
            text = day.isoformat()
            running.days[text] = [
                entry(f"2502.{number}000{n}", f"Tide Networks {number}{n}", ABSTRACT, text) for n in range(3)
            ]
        yield running


@pytest.fixture
def waited() -> list[float]:
    return []


def bring(server: DailyServer, folder: Path, waited: list[float], **options: object) -> Fetched:
    manners = Manners(sleep=waited.append, **options)  # type: ignore[arg-type]
    return fetch(DAYS, folder, base=server.url, manners=manners, now=LATER)


def papers(fetched: Fetched) -> list[Paper]:
    return [paper for path in fetched.files for paper in read_source(path) if isinstance(paper, Paper)]


def test_days_become_files_that_read_as_papers(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    fetched = bring(server, tmp_path, waited)
    assert (fetched.days, fetched.asked, fetched.papers, fetched.failed) == (3, 3, 6, ())
    first = papers(fetched)[0]
    assert (first.title, first.arxiv_id, first.listed) == ("Tide Networks 00", "2502.00000", date(2025, 2, 13))
    assert (first.authors, first.comments) == (("Ada Vale", "Max Roe"), 2)
    assert first.sources[0].page == "daily-papers-2025-02-13.json"
    assert waited == [1.0, 1.0], "a pause between two requests"


def test_days_that_were_over_are_not_asked_for_again(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    bring(server, tmp_path, waited)
    server.asked.clear()
    again = bring(server, tmp_path, waited)
    assert not server.asked
    assert (again.asked, len(papers(again))) == (0, 6)


def test_a_day_that_was_not_over_is_asked_for_again(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    manners = Manners(sleep=waited.append)
    for now, expected in ((datetime(2025, 2, 14, 9, tzinfo=UTC), 3), (LATER, 4), (LATER, 0)):
        fetched = fetch(DAYS[1:2], tmp_path, base=server.url, manners=manners, now=now)
        assert (fetched.papers, len(papers(fetched))) == (expected, max(expected, len(papers(fetched))))
        server.days["2025-02-14"] = [
            *server.days["2025-02-14"][:3],
            entry("2502.90000", "Late Tides", ABSTRACT, "2025-02-14"),
        ]
    assert len(papers(fetched)) == 4


def test_a_day_of_many_papers_is_asked_for_in_parts(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    server.days["2025-02-15"] = [entry(f"2502.{n:05}", f"Tide {n}", ABSTRACT, "2025-02-15") for n in range(230)]
    fetched = fetch(DAYS[2:], tmp_path, base=server.url, manners=Manners(sleep=waited.append), now=LATER)
    assert [asked["p"] for asked in server.asked] == ["0", "1", "2"]
    assert len({paper.arxiv_id for paper in papers(fetched)}) == 230


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(answers(500), id="500"),
        pytest.param(answers(503), id="503"),
        pytest.param(answers(429), id="429-without-a-word"),
        pytest.param(cuts(), id="cut-off-body"),
        pytest.param(answers(200, b'[{"paper": '), id="half-JSON"),
        pytest.param(answers(200, b"<html>busy</html>"), id="HTML"),
        pytest.param(answers(200, b'{"error": "loading"}'), id="error-with-200"),
        pytest.param(answers(200, b"[" * 100_000), id="nested-JSON"),
    ],
)
def test_a_fault_that_passes_is_tried_again_after_growing_pauses(
    fault, server: DailyServer, tmp_path: Path, waited: list[float]
) -> None:
    server.script += [fault, fault, fault]
    fetched = bring(server, tmp_path, waited)
    assert (fetched.papers, fetched.failed) == (6, ())
    backoffs = [pause for pause in waited if pause != 1.0]
    assert len(backoffs) == 3
    assert [1 <= pause / 2**n <= 1.25 for n, pause in enumerate(backoffs)] == [True] * 3


def test_a_slow_answer_is_given_up_and_tried_again(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    server.script += [hangs(0.6)]
    assert bring(server, tmp_path, waited, timeout=0.2).papers == 6


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_respected(form: str, server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=7), usegmt=True)
    server.script += [answers(429, Retry_After="7" if form == "seconds" else until)]
    assert bring(server, tmp_path, waited).papers == 6
    assert 5 <= max(waited) <= 7


def test_a_server_that_wants_an_hour_is_not_waited_for(
    server: DailyServer, tmp_path: Path, waited: list[float]
) -> None:
    server.script += [answers(429, Retry_After="3600")]
    fetched = bring(server, tmp_path, waited)
    assert [day for day, _ in fetched.failed] == [DAYS[0]]
    assert max(waited) < 120


def test_a_day_that_fails_costs_itself_alone_and_is_made_up_for(
    server: DailyServer, tmp_path: Path, waited: list[float]
) -> None:
    server.script += [answers(500)] * 5
    fetched = bring(server, tmp_path, waited)
    assert [day for day, _ in fetched.failed] == [DAYS[0]]
    assert "answers 500" in fetched.failed[0][1]
    assert fetched.papers == 3
    server.asked.clear()
    assert bring(server, tmp_path, waited).papers == 3
    assert [asked["date"] for asked in server.asked] == ["2025-02-13"]


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    server: DailyServer, tmp_path: Path, waited: list[float]
) -> None:
    def stop(done: int, _: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    manners = Manners(sleep=waited.append)
    with pytest.raises(KeyboardInterrupt):
        fetch(DAYS, tmp_path, base=server.url, manners=manners, now=LATER, tell=stop)
    server.asked.clear()
    assert len(papers(bring(server, tmp_path, waited))) == 6
    assert [asked["date"] for asked in server.asked] == ["2025-02-14", "2025-02-15"]


def test_half_a_file_is_asked_for_again(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    (path,) = bring(server, tmp_path, waited).files[:1]
    path.write_bytes(path.read_bytes()[:100])
    assert len(papers(bring(server, tmp_path, waited))) == 6


def test_without_a_network_there_is_one_sentence(tmp_path: Path, waited: list[float]) -> None:
    with daily_server() as gone:
        pass
    with pytest.raises(NetworkMissing, match="can't be reached") as told:
        bring(gone, tmp_path, waited)
    assert "\n" not in str(told.value)
    assert len(waited) < 10, "the other days are not tried"


@pytest.mark.parametrize("base", ["nowhere", "ftp://example.org", "http://"])
def test_what_is_no_address_is_one_sentence(base: str, tmp_path: Path, waited: list[float]) -> None:
    with pytest.raises(FetchError, match="address") as told:
        fetch(DAYS, tmp_path, base=base, manners=Manners(sleep=waited.append), now=LATER)
    assert "\n" not in str(told.value)
    assert not waited


def test_another_address_has_files_of_its_own(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    bring(server, tmp_path, waited)
    with daily_server() as other:
        assert fetch(DAYS, tmp_path, base=other.url, manners=Manners(sleep=waited.append), now=LATER).asked == 3


def test_a_wrong_path_is_told_at_once(server: DailyServer, tmp_path: Path, waited: list[float]) -> None:
    server.url += "/nothing"
    fetched = bring(server, tmp_path, waited)
    assert len(server.asked) == 3
    assert all("answers 404" in why for _, why in fetched.failed)


def test_days_between_includes_both_ends_and_begins_with_the_list() -> None:
    assert len(days_between(date(2025, 2, 1), date(2025, 2, 7))) == 7
    assert days_between(date(1999, 1, 1), date(2023, 5, 5)) == [date(2023, 5, 4), date(2023, 5, 5)]
    with pytest.raises(FetchError):
        days_between(date(2020, 1, 1), date(2020, 1, 2))
