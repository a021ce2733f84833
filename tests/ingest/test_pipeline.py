"""Ingest end to end: pages in, receipts right, nothing done twice, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from ingest.errors import EmbedderError, SourceError
from ingest.library import Library
from ingest.pages import bundled, read_page
from ingest.papers import Filters, merge_all
from ingest.pipeline import Progress, ingest_pages, ingest_papers
from tests.ingest.libraries import CountingEmbedder, a_paper, many_papers, plain_page

ABSTRACT = (
    "We train large language models with policy optimization and reward. The method compresses long context by pruning "
    "tokens in the image, and it is better in reasoning, retrieval and editing than the teacher model of the student."
)
TITLES = ["Robots that Search", "Maps of Memory", "Prompts for Video"]


@pytest.fixture
def library(tmp_path: Path, counting: CountingEmbedder):
    with Library.open(tmp_path / "library", counting, create=True) as opened:
        yield opened


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return plain_page(tmp_path, "one.txt", [(title, f"{ABSTRACT} {title} says more.") for title in TITLES])


def test_the_bundled_pages_give_the_papers_they_list(library: Library):
    report = ingest_pages(bundled(), library)
    assert (report.listed, report.papers, report.added, report.duplicates) == (416, 385, 385, 31)
    assert {page.file: page.papers for page in report.pages} == {
        "daily-papers-000.txt": 119,
        "daily-papers-001.txt": 62,
        "daily-papers-002.txt": 168,
        "daily-papers-003.txt": 67,
    }
    expected = merge_all(paper for path in bundled() for paper in read_page(path).papers)
    assert {paper.id: paper for paper in library.papers()} == expected
    assert sum(len({source.page for source in paper.sources}) > 1 for paper in expected.values()) == 27


def test_the_same_page_twice_embeds_nothing_and_writes_nothing(
    library: Library, counting: CountingEmbedder, page: Path
):
    ingest_pages([page], library)
    embedded, generation = len(counting.texts), library.generation
    before = {path: path.stat().st_mtime_ns for path in Path(library.location).rglob("*") if path.is_file()}
    report = ingest_pages([page], library)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 3)
    assert (len(counting.texts), library.generation) == (embedded, generation)
    after = {path: path.stat().st_mtime_ns for path in Path(library.location).rglob("*") if path.is_file()}
    changed = {path.name for path in after if after[path] != before.get(path)}
    assert not changed - {"lock"}


@pytest.mark.parametrize("change", ["longer", "shorter", "same length"])
def test_a_changed_abstract_embeds_that_paper_alone(
    change: str, library: Library, counting: CountingEmbedder, page: Path, tmp_path: Path
):
    ingest_pages([page], library)
    counting.texts.clear()
    told = f"{ABSTRACT} {TITLES[1]} says more."
    new = {"longer": told + " Much more.", "shorter": ABSTRACT, "same length": told.replace("better", "bigger")}[change]
    papers = [(title, f"{ABSTRACT} {title} says more.") for title in TITLES]
    plain_page(tmp_path, "one.txt", [papers[0], (TITLES[1], new), papers[2]])
    report = ingest_pages([page], library)
    assert (report.added, report.updated, report.unchanged) == (0, 1, 2)
    assert counting.texts == [f"{TITLES[1]}. {new}"]
    assert new in {paper.abstract for paper in library.papers()}
    assert library.count() == 3


def test_changed_metadata_embed_nothing(library: Library, counting: CountingEmbedder):
    paper = a_paper("Maps", listed=date(2024, 1, 1), comments=3, organization="A")
    ingest_papers([paper], library)
    counting.texts.clear()
    changed = a_paper("Maps", listed=date(2024, 2, 2), comments=2)
    report = ingest_papers([changed], library)
    assert report.updated == 1
    assert counting.texts == []
    assert library.get([paper.id]) == {paper.id: changed}
    assert library.lexical("maps", 1, Filters(since=date(2024, 2, 1)))
    assert library.organizations() == []


def test_a_second_page_adds_what_it_knows_and_neither_order_nor_repetition_matters(
    tmp_path: Path, counting: CountingEmbedder
):
    plain = a_paper("Maps", page="a.txt")
    rich = a_paper("Maps", page="b.txt", listed=date(2024, 1, 1), organization="Lab")
    results = []
    for number, order in enumerate([[plain, rich], [rich, plain], [plain, rich, plain], [rich, plain, rich, rich]]):
        with Library.open(tmp_path / str(number), counting, create=True) as library:
            for paper in order:
                ingest_papers([paper], library)
            results.append(library.get([plain.id])[plain.id])
    assert len(set(results)) == 1
    assert results[0].organization == "Lab"
    assert [source.page for source in results[0].sources] == ["a.txt", "b.txt"]


def test_pages_that_cannot_be_read_are_reported_and_the_others_go_on(library: Library, page: Path, tmp_path: Path):
    (tmp_path / "empty.txt").write_text("")
    report = ingest_pages([tmp_path / "none.txt", page, tmp_path / "empty.txt", tmp_path], library)
    assert report.added == 3
    assert report.unreadable == 3
    assert [problem.file for problem in report.problems] == ["none.txt", "empty.txt", tmp_path.name]
    assert all(problem.line == 0 and problem.what.endswith(".") for problem in report.problems)


def test_the_report_has_the_shape_that_programs_rely_on(library: Library, page: Path, tmp_path: Path):
    report = json.loads(json.dumps(ingest_pages([page, tmp_path / "none.txt"], library).as_dict()))
    assert list(report) == [
        "pages", "listed", "papers", "added", "updated", "unchanged", "duplicates", "problems", "seconds",
    ]  # fmt: skip
    assert report["pages"] == [{"file": "one.txt", "papers": 3}]
    assert list(report["problems"][0]) == ["file", "line", "what"]
    assert isinstance(report["seconds"], float)


def test_progress_is_told(library: Library, page: Path):
    heard: list[Progress] = []
    ingest_pages([page], library, progress=heard.append)
    assert Progress("reading", 0, 1) in heard
    assert heard[-1] == Progress("writing", 3)


def test_more_papers_than_a_block_holds(library: Library):
    papers = many_papers(2_300)
    report = ingest_papers([*papers, papers[0]], library)
    assert (report.listed, report.papers, report.added, report.duplicates) == (2_301, 2_300, 2_300, 1)
    assert library.count() == 2_300


def test_text_that_no_database_takes_is_made_storable(library: Library):
    odd = a_paper("Odd \ud800 Title", "A \udfff lone surrogate, a NUL \0 and an emoji 🤖.", organization="\ud800rg")
    ingest_papers([odd], library)
    (held,) = library.papers()
    assert held.abstract == "A \ufffd lone surrogate, a NUL \0 and an emoji 🤖."
    assert ingest_papers([odd], library).unchanged == 1


@pytest.mark.parametrize("fault", ["shape", "nan", "error"])
def test_an_embedder_that_fails_loses_nothing(fault: str, library: Library, counting: CountingEmbedder, monkeypatch):
    ingest_papers(many_papers(5), library)

    def failing(texts):
        vectors = counting.inner.embed(texts)
        if fault == "error":
            raise EmbedderError("The model is tired.")
        return vectors[:, :7] if fault == "shape" else vectors * float("nan")

    monkeypatch.setattr(counting, "embed", failing)
    with pytest.raises(EmbedderError):
        ingest_papers(many_papers(9), library)
    monkeypatch.undo()
    assert library.count() == 5
    assert ingest_papers(many_papers(9), library).added == 4


def test_nothing_to_ingest_is_no_error(library: Library):
    assert ingest_pages([], library).papers == 0
    with pytest.raises(SourceError):
        read_page("none.txt")


# ------------------------------------------------------------------------------------------------ python -m ingest


def run(*arguments: object, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ingest", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PAPER_ASSISTANT_HOME": str(home)},
    )


def test_the_module_reads_pages_into_the_usual_library(page: Path, tmp_path: Path):
    first = run(page, "--json", home=tmp_path / "home")
    assert (first.returncode, first.stderr) == (0, "")
    assert json.loads(first.stdout)["added"] == 3
    second = run(page, "--library", tmp_path / "home" / "library", home=tmp_path / "elsewhere")
    assert second.returncode == 0
    assert "3 unchanged" in second.stdout
    rebuilt = run("--rebuild", "--json", home=tmp_path / "home")
    assert (rebuilt.returncode, rebuilt.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "at least one page"),
        (["none.txt"], 1, ""),
        (["x", "--embedder", "nonsense"], 1, "no embedder 'nonsense'"),
        (["x", "--library", "http://127.0.0.1:9"], 1, "does not answer"),
    ],
    ids=["no page", "missing page", "unknown embedder", "no server"],
)
def test_the_module_says_what_is_wrong_in_a_sentence(arguments: list[str], code: int, said: str, tmp_path: Path):
    done = run(*arguments, home=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
