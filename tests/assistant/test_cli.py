"""The command line as a person and as a program meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.cli import run

PAGE = "Get trending papers\nGet trending papers in your email inbox!\nSubscribeA Paper on Glowworms\n{abstract}\n"
ABSTRACT = (
    "We study how glowworms keep time. Our method, GlowSync, reaches 91.5% accuracy on the LampBench benchmark. "
    "Code is available at https://github.com/example/glowsync."
)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE.format(abstract=ABSTRACT), encoding="utf-8")
    return path


@pytest.fixture
def on(bundled_library: Path) -> list[str]:
    return ["--library", str(bundled_library)]


def _program(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assistant", *arguments]
    environ = {**os.environ, **environment}
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environ, timeout=120)


def test_ask_prints_a_cited_answer_and_its_sources(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "what does AMPO do?", *on, "--reader", "builtin"]) == 0
    out = capsys.readouterr().out
    assert "[1]" in out
    assert "AMPO" in out
    assert "builtin" in out


def test_ask_json_quotes_are_verbatim(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "what does AMPO do?", "--json", *on]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["answered"] is True
    for citation in answer["citations"]:
        abstract = citation["paper"]["abstract"]
        assert abstract[citation["start"] : citation["end"]] == citation["quote"]


def test_a_refusal_has_its_own_exit_code(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "How do I bake sourdough bread at high altitude?", *on]) == 3
    assert "The abstracts don't say." in capsys.readouterr().out


def test_search_json_gives_each_paper_once(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "continual learning replay", "--json", "--limit", "7", *on]) == 0
    ids = [json.loads(line)["paper"]["id"] for line in capsys.readouterr().out.splitlines()]
    assert len(ids) == len(set(ids)) == 7


def test_papers_lists_every_distinct_paper(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["papers", "--json", *on]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == 385


def test_papers_can_be_narrowed_by_date(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["papers", "--json", "--since", "2025-06", "--until", "2025", *on]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows
    assert all("2025-06-01" <= row["listed"] <= "2025-12-31" for row in rows)


def test_ingest_twice_changes_nothing(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "library")
    assert run(["ingest", str(page), "--library", place, "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(["ingest", str(page), "--library", place, "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["added"], first["unchanged"]) == (1, 0)
    assert (second["added"], second["updated"], second["unchanged"]) == (0, 0, 1)


def test_a_page_of_ones_own_answers_questions(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "library")
    run(["ingest", str(page), "--library", place])
    capsys.readouterr()
    assert run(["ask", "What accuracy does GlowSync reach on LampBench?", "--library", place]) == 0
    assert "91.5%" in capsys.readouterr().out


def test_ingest_reports_what_it_could_not_read(tmp_path: Path, page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = str(tmp_path / "library")
    assert run(["ingest", str(page), str(tmp_path / "missing.txt"), "--library", place]) == 1
    said = capsys.readouterr()
    assert "missing.txt" in said.out + said.err
    assert run(["papers", "--library", place]) == 0
    assert "Glowworms" in capsys.readouterr().out


def test_batch_answers_each_line_and_survives_a_broken_one(
    on: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"id": "a", "question": "what does AMPO do?"}\n{broken\n{"question": "What is RLGF?"}\n')
    assert run(["ask", "--batch", str(questions), "--json", *on]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[0]["id"] == "a"
    assert "line 2" in rows[1]["error"]
    assert "RLGF" in rows[2]["text"]


def test_a_receipt_replays_byte_for_byte(on: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = str(tmp_path / "receipt.json")
    run(["ask", "what does AMPO do?", "--save", receipt, *on])
    capsys.readouterr()
    assert run(["replay", receipt, *on]) == 0
    assert "byte for byte" in capsys.readouterr().err


def test_a_replay_names_the_papers_that_changed(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, receipt = str(tmp_path / "library"), str(tmp_path / "receipt.json")
    run(["ingest", str(page), "--library", place])
    run(["ask", "What accuracy does GlowSync reach?", "--save", receipt, "--library", place])
    page.write_text(PAGE.format(abstract=ABSTRACT.replace("91.5%", "93.5%")), encoding="utf-8")
    run(["ingest", str(page), "--library", place])
    capsys.readouterr()
    assert run(["replay", receipt, "--library", place]) == 1
    assert "A Paper on Glowworms" in capsys.readouterr().err


WRONG = {
    "no-command": ([], 2),
    "unknown-command": (["fly"], 2),
    "no-question": (["ask"], 2),
    "empty-question": (["ask", ""], 2),
    "white-space": (["ask", " \n\t "], 2),
    "too-long": (["ask", "why " * 30_000], 2),
    "limit-zero": (["ask", "x", "--limit", "0"], 2),
    "limit-negative": (["ask", "x", "--limit", "-1"], 2),
    "limit-word": (["ask", "x", "--limit", "abc"], 2),
    "limit-huge": (["ask", "x", "--limit", "1000000000"], 2),
    "since-word": (["ask", "x", "--since", "tomorrow"], 2),
    "since-month-13": (["ask", "x", "--since", "2025-13"], 2),
    "since-31-february": (["ask", "x", "--since", "2025-02-31"], 2),
    "since-year-0": (["ask", "x", "--since", "0000"], 2),
    "since-after-until": (["ask", "x", "--since", "2025-06", "--until", "2025-01"], 2),
    "unknown-reader": (["ask", "x", "--reader", "oracle"], 2),
    "unknown-embedder": (["ask", "x", "--embedder", "oracle"], 2),
    "missing-model-folder": (["ask", "x", "--reader", "hf:/no/such/folder"], 1),
    "both-question-and-batch": (["ask", "x", "--batch", "y"], 2),
    "missing-batch": (["ask", "--batch", "/no/such/file"], 2),
    "ingest-nothing": (["ingest"], 2),
    "ingest-missing": (["ingest", "/no/such/page.txt"], 1),
    "ingest-directory": (["ingest", "/"], 1),
    "eval-nothing": (["eval"], 2),
    "eval-missing": (["eval", "/no/such/questions.jsonl"], 2),
    "beir-missing": (["eval", "--beir", "/no/such/folder"], 2),
    "replay-missing": (["replay", "/no/such/receipt"], 2),
    "unreachable-server": (["ask", "x", "--library", "http://127.0.0.1:9"], 1),
    "url-without-host": (["ask", "x", "--library", "http://"], 2),
    "port-out-of-range": (["serve", "--port", "99999"], 2),
    "unknown-option": (["ask", "x", "--colour"], 2),
}


@pytest.mark.parametrize(("arguments", "code"), WRONG.values(), ids=WRONG)
def test_a_mistake_gets_one_sentence_and_the_right_exit_code(
    arguments: list[str],
    code: int,
    bundled_library: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    if arguments[:1] == ["ingest"]:
        monkeypatch.setenv("PAPER_ASSISTANT_LIBRARY", str(tmp_path / "library"))
    else:
        monkeypatch.setenv("PAPER_ASSISTANT_LIBRARY", str(bundled_library))
    assert run(arguments) == code
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert len([line for line in said.splitlines() if line.strip()]) >= 1


def test_python_m_is_the_same_program(on: list[str]) -> None:
    done = _program("ask", "-", "--json", *on, stdin="what does AMPO do?\n")
    assert done.returncode == 0
    assert json.loads(done.stdout)["citations"]
    assert done.stderr == ""


def test_nothing_on_stdin_is_a_usage_error(on: list[str]) -> None:
    done = _program("ask", "-", *on)
    assert done.returncode == 2
    assert "empty" in done.stderr


def test_a_reader_of_our_output_may_leave_early(on: list[str]) -> None:
    command = f"{sys.executable} -m assistant papers {' '.join(on)} | head -n 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""


def test_no_colour_and_no_tracebacks_in_a_bare_locale(on: list[str]) -> None:
    done = _program("ask", "¿Qué es RLGF?", *on, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", COLUMNS="20")
    assert done.returncode in (0, 3)
    assert "\x1b" not in done.stdout
    assert "Traceback" not in done.stderr


def test_the_first_question_ingests_the_bundled_pages_and_says_so(tmp_path: Path) -> None:
    done = _program("ask", "what does AMPO do?", PAPER_ASSISTANT_HOME=str(tmp_path))
    assert done.returncode == 0
    assert "385 papers" in done.stderr
    assert "AMPO" in done.stdout


def test_a_config_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("limit = = 3")
    done = _program("papers", PAPER_ASSISTANT_CONFIG=str(config))
    assert done.returncode == 2
    assert str(config) in done.stderr


def test_help_comes_at_once() -> None:
    fastest = min(_timed("--help") for _ in range(3))
    assert fastest < 1.0, "the aim is 0.3 s on a quiet machine; a second means that something heavy is imported"


def _timed(*arguments: str) -> float:
    start = time.perf_counter()
    assert _program(*arguments).returncode == 0
    return time.perf_counter() - start


def test_doctor_finds_a_sound_library(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", *on]) == 0
    assert "385 papers" in capsys.readouterr().out
