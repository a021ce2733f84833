"""`paper-assistant fetch` from end to end: a loopback API, a real library, one sentence where there is no network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.cli import run
from tests.daily import DailyServer, daily_server, entry

ABSTRACT = "We teach a network to foretell the height of the tide from the light of the moon alone, on nine coasts."


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DailyServer]:
    monkeypatch.setenv("PAPER_ASSISTANT_HOME", str(tmp_path / "home"))
    with daily_server() as running:
        today = datetime.now(UTC).date()
        for back in range(2):
            day = (today - timedelta(days=back)).isoformat()
            running.days[day] = [entry(f"2502.0000{back}", f"Tide Networks {back}", f"{ABSTRACT} Part {back}.", day)]
        yield running


def test_new_papers_are_fetched_and_can_be_asked_for(server: DailyServer, tmp_path: Path, capsys) -> None:
    place = str(tmp_path / "library")
    arguments = ["fetch", "--days", "2", "--url", server.url, "--library", place]
    assert run([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["days"], report["fetched"], report["added"], report["failed"]) == (2, 2, 2, [])
    assert run(arguments) == 0
    assert "2 unchanged" in capsys.readouterr().out
    assert run(["papers", "--json", "--library", place]) == 0
    papers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {paper["arxiv_id"] for paper in papers} == {"2502.00000", "2502.00001"}


def test_without_a_network_there_is_one_sentence_and_exit_code_1(server: DailyServer, capsys) -> None:
    assert run(["fetch", "--days", "3", "--url", "http://127.0.0.1:9"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "can't be reached" in said[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--days", "0"],
        ["--days", "2", "--from", "2025"],
        ["--from", "2025-06", "--to", "2025-05"],
        ["--from", "yesterday-ish"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_days_that_make_no_sense_are_usage(arguments: list[str]) -> None:
    assert run(["fetch", *arguments]) == 2
