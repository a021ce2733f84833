"""--export, --out and /export: answers, finds and libraries leave in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import bibtexparser
import pytest
import rispy

from assistant.cli import run
from assistant.cli.exporting import NAMES
from assistant.export import FORMATS
from assistant.web.turns import turn


@pytest.fixture
def on(bundled_library: Path) -> list[str]:
    return ["--library", str(bundled_library)]


def test_the_option_knows_every_format() -> None:
    assert tuple(known.name for known in FORMATS) == NAMES


def test_an_answer_is_printed_in_a_format(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "what does AMPO do?", "--export", "ris", *on]) == 0
    (record,) = rispy.loads(capsys.readouterr().out)
    assert "Adaptive Multi-Guidance" in record["title"]


def test_an_answer_is_shown_and_written_to_a_file(
    on: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "refs.bib"
    assert run(["ask", "what does AMPO do?", "--out", str(out), *on]) == 0
    said = capsys.readouterr()
    assert "confidence" in said.out
    assert str(out) in said.err
    assert len(bibtexparser.loads(out.read_text(encoding="utf-8")).entries) == 1


def test_a_refusal_has_no_references_and_says_so(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", "How do I bake sourdough bread at high altitude?", "--export", "bibtex", *on]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "Nothing is cited" in said.err


def test_a_library_leaves_whole_and_a_spreadsheet_knows_its_encoding(on: list[str], tmp_path: Path) -> None:
    out = tmp_path / "library.csv"
    assert run(["papers", "--out", str(out), *on]) == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"), newline="")))
    assert len(rows) == len({row["id"] for row in rows}) == 385


def test_finds_leave_in_their_order(on: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "continual learning", "--json", "--limit", "3", *on]) == 0
    titles = [json.loads(line)["paper"]["title"] for line in capsys.readouterr().out.splitlines()]
    assert run(["search", "continual learning", "--export", "csl-json", "--limit", "3", *on]) == 0
    assert [item["title"] for item in json.loads(capsys.readouterr().out)] == titles


def test_a_chat_is_exported_as_a_conversation(
    on: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "talk.md"
    lines = ["/export x.md", "What is RLGF?", "What is AMPO?", f"/export {out}", "/new", "/export ris", "/fly", "/help"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    assert run(["chat", *on]) == 0
    said = capsys.readouterr().err
    document = out.read_text(encoding="utf-8")
    assert document.startswith("# What is RLGF?\n")
    assert "## What is AMPO?" in document
    assert said.count("Nothing has been answered yet") == 2
    assert "'/fly' is no command" in said
    assert "/export FILE" in said


WRONG = {
    "unknown-format": ["ask", "x", "--export", "docx"],
    "unknown-ending": ["ask", "x", "--out", "answer.docx"],
    "no-folder": ["papers", "--out", "/no/such/folder/x.ris"],
    "a-folder": ["papers", "--export", "ris", "--out", "/"],
    "with-batch": ["ask", "--batch", "x", "--export", "ris"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: list[str], on: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, *on]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_page_offers_the_other_formats_too(assistant: Any) -> None:
    from assistant.history import Exchange

    html = turn(Exchange("What is RLGF?", assistant.ask("What is RLGF?")), 0)
    for name in ("answer.ris", "answer.json", "answer.csv"):
        assert f'data-file="{name}"' in html
