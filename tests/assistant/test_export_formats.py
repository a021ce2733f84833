"""RIS, CSL-JSON, CSV and JSON lines, each read back by a program that is not ours."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import bibtexparser
import pytest
import rispy
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation
from assistant.errors import UsageError
from assistant.export import FORMATS, answer_from_dict, export_answers, export_papers, format_of, names
from ingest.papers import Paper, Source, paper_id

AUTHORS = ("Ada Lovelace", "Ludwig van Beethoven", "King, Martin Luther, Jr.", "李明", "Gemma Team", "Jürgen Müller")
LAMPS = Paper(
    paper_id("On Lampés"),
    "On Lampés: τ & <i>Glow</i>\n in 100% of cases",
    "First.\r\nER  - \nTY  - JOUR\n=1+1 last.",
    listed=date(2025, 6, 1),
    authors=AUTHORS,
    organization="Lab #1",
    arxiv_id="2506.00001",
    sources=(Source("page.txt", 3),),
    doi="10.1000/lamp.1",
    categories=("cs.CL", "cs.LG"),
)
PLAIN = Paper(paper_id("A Plain Paper"), "A Plain Paper", "It is plain.", authors_count=2)


def _text(papers: Sequence[Paper], name: str) -> str:
    return "".join(export_papers(papers, format_of(name)))


def _answer(*papers: Paper) -> Answer:
    citations = tuple(Citation(n, p, "It is", 0, 5, sentence="It is so.") for n, p in enumerate(papers, start=1))
    text = " ".join(f"It is so [{c.number}]." for c in citations)
    return Answer("=cmd|' /C calc'!A0", text or "The abstracts don't say.", bool(papers), 0.9, citations)


def test_ris_is_read_back_field_by_field() -> None:
    lamps, plain = rispy.loads(_text([LAMPS, PLAIN, LAMPS], "ris"))
    assert lamps["type_of_reference"] == "UNPB"
    assert lamps["title"] == "On Lampés: τ & <i>Glow</i> in 100% of cases"
    assert lamps["abstract"] == "First. ER - TY - JOUR =1+1 last."
    assert lamps["authors"] == [
        "Lovelace, Ada",
        "van Beethoven, Ludwig",
        "King, Martin Luther, Jr.",
        "李明",
        "Gemma Team",
        "Müller, Jürgen",
    ]
    assert (lamps["year"], lamps["date"], lamps["doi"]) == ("2025", "2025/06/01", "10.1000/lamp.1")
    assert lamps["urls"] == ["https://arxiv.org/abs/2506.00001"]
    assert (plain["title"], plain["notes"]) == ("A Plain Paper", ["2 authors"])
    assert "authors" not in plain


def test_ris_keeps_to_the_form_of_a_line() -> None:
    lines = _text([LAMPS, PLAIN], "ris").split("\r\n")
    assert all(line == "" or (line[2:6] == "  - " and line[:2].isupper()) for line in lines)
    assert [line[:2] for line in lines if line.startswith(("TY", "ER"))] == ["TY", "ER", "TY", "ER"]


@given(st.lists(st.text(), min_size=1, max_size=5), st.text(), st.lists(st.text(), max_size=4))
def test_no_title_and_no_name_breaks_a_record(titles: list[str], abstract: str, authors: list[str]) -> None:
    papers = [Paper(f"{n:x}", title, abstract, authors=tuple(authors)) for n, title in enumerate(titles)]
    assert len(rispy.loads(_text(papers, "ris"))) == len(papers)
    items = json.loads(_text(papers, "csl-json"))
    assert len({item["id"] for item in items}) == len(papers)
    rows = list(csv.reader(io.StringIO(_text(papers, "csv"), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == len(papers) + 1


#: What the CSL 1.0.2 input schema allows of what is written here, by the kind of value.
CSL_TEXT = {"genre", "title", "abstract", "archive", "archive_location", "number", "DOI", "URL", "note"}
CSL_NAME = {"family", "given", "non-dropping-particle", "suffix", "literal"}


def test_csl_json_holds_what_its_schema_allows() -> None:
    for item in json.loads(_text([LAMPS, PLAIN], "csl-json")):
        rest = set(item) - CSL_TEXT
        assert rest <= {"id", "type", "author", "issued"}
        assert item["type"] == "article"
        assert all(isinstance(item[name], str) for name in (set(item) & CSL_TEXT) | {"id"})
        for author in item.get("author", ()):
            assert set(author) <= CSL_NAME
            assert all(isinstance(part, str) for part in author.values())
        if "issued" in item:
            assert set(item["issued"]) == {"date-parts"}
            assert [[type(part) for part in day] for day in item["issued"]["date-parts"]] == [[int, int, int]]


def test_a_citation_processor_prints_a_bibliography_from_csl_json() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # citeproc-py warns of fields that the style has no use for
        from citeproc import Citation as Cite
        from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
        from citeproc.source.json import CiteProcJSON

        items = json.loads(_text([replace(LAMPS, authors=AUTHORS[1:5:3])], "csl-json"))
        style = CitationStylesStyle("harvard-cite-them-right", validate=False)
        book = CitationStylesBibliography(style, CiteProcJSON(items), formatter.plain)
        book.register(Cite([CitationItem(items[0]["id"])]))
        printed = str(book.bibliography()[0])
    assert printed.startswith("van Beethoven, L. and Gemma Team (2025) “On Lampés: τ")


def test_csv_of_papers_comes_back_with_every_character() -> None:
    (row,) = csv.DictReader(io.StringIO(_text([LAMPS], "csv"), newline=""))
    assert row["title"] == LAMPS.title
    assert row["abstract"] == LAMPS.abstract
    assert row["authors"] == "; ".join(AUTHORS)
    assert (row["listed"], row["arxiv_id"], row["pages"]) == ("2025-06-01", "2506.00001", "page.txt:3")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", '=HYPERLINK("http://x","y")', "\n+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_a_formula(text: str) -> None:
    paper = Paper("1", text, text, authors=(text,), organization=text)
    (row,) = csv.DictReader(io.StringIO(_text([paper], "csv"), newline=""))
    assert [row[name] for name in ("title", "abstract", "authors", "organization")] == [f"'{text}"] * 4


def test_csv_of_answers_has_a_row_for_each_citation_and_one_for_a_refusal() -> None:
    text = "".join(export_answers([_answer(LAMPS, PLAIN), _answer()], format_of("csv")))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["number"] for row in rows] == ["1", "2", ""]
    assert rows[0]["question"].startswith("'=cmd")
    assert (rows[0]["quote"], rows[0]["verdict"], rows[0]["title"]) == ("It is", "supported", LAMPS.title)
    assert rows[2]["answered"] == "False"


def test_json_lines_of_answers_come_back_whole() -> None:
    answers = [_answer(LAMPS), _answer()]
    lines = "".join(export_answers(answers, format_of("jsonl"))).splitlines()
    assert [answer_from_dict(json.loads(line)) for line in lines] == answers


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_takes_papers_answers_and_nothing_at_all(known: object) -> None:
    to = format_of(known.name)  # type: ignore[attr-defined]
    assert "Plain" in "".join(export_papers(iter([PLAIN]), to))
    assert "Plain" in "".join(export_answers([_answer(PLAIN)], to, title="A talk"))
    empty = "".join(export_papers([], to))
    assert {"csl-json": lambda: json.loads(empty), "ris": lambda: rispy.loads(empty)}.get(to.name, list)() == []


def test_a_conversation_names_each_cited_paper_once() -> None:
    answers = [_answer(PLAIN), _answer(LAMPS, PLAIN)]
    assert len(rispy.loads("".join(export_answers(answers, format_of("ris"))))) == 2
    assert len(json.loads("".join(export_answers(answers, format_of("csl-json"))))) == 2
    assert len(bibtexparser.loads("".join(export_answers(answers, format_of("bibtex")))).entries) == 2


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ris", "ris"),
        ("RIS", "ris"),
        ("md", "markdown"),
        (r"C:\refs\out.BIB", "bibtex"),
        ("a/b.json", "csl-json"),
        ("x.jsonl", "jsonl"),
    ],
)
def test_a_format_is_known_by_its_name_and_by_its_files(said: str, name: str) -> None:
    assert format_of(said).name == name


@pytest.mark.parametrize("said", ["", "docx", "out.docx", "out", "."])
def test_an_unknown_format_is_refused_with_those_that_there_are(said: str) -> None:
    with pytest.raises(UsageError, match="csl-json"):
        format_of(said)


@pytest.mark.parametrize(
    ("text", "inverted"),
    [
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Juan de la Cruz", "de la Cruz, Juan"),
        ("van Dyke, Ann", "van Dyke, Ann"),
        ("Van Nguyen", "Nguyen, Van"),
        ("Wei Ai", "Ai, Wei"),
        ("Google AI", "Google AI"),
        ("Smith and Sons", "Smith and Sons"),
        ("李明", "李明"),
        ("", ""),
    ],
)
def test_a_name_is_taken_apart_only_where_it_is_a_persons(text: str, inverted: str) -> None:
    assert names.parse(text).inverted == inverted


@given(st.text())
def test_any_name_keeps_its_letters(text: str) -> None:
    name = names.parse(text)
    told = f"{name.literal}{name.family}{name.given}{name.particle}{name.suffix}"
    assert sorted(c for c in told if c.isalnum()) == sorted(c for c in text if c.isalnum())
