"""The page parser on the bundled pages, on small pages of each form and on spoiled ones."""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.listing.blocks import blocks
from ingest.pages import Page, bundled, parse_page, read_page
from ingest.papers import Source, merge_all

PAGES = Path(__file__).parents[1] / "pages"
TITLES = {
    "moss": "MossRover: Sampling While Mapping in Peat Bogs",
    "tide": "TideNet: Tide Tables for Harbours Without Gauges",
    "bees": "Follow the Antennae",
    "snow": "Can Language Models Subscribe to Caution? A Study of Avalanche Bulletins",
    "loom": "CardFill: Restoring Punched Cards of Jacquard Looms",
}


@pytest.fixture(scope="module")
def corpus() -> list[Page]:
    return [read_page(path) for path in bundled()]


def adds_up(page: Page) -> bool:
    report = page.report
    return (
        report.papers + report.duplicates + len(report.problems) == report.blocks and len(page.papers) == report.papers
    )


def read(path: Path, content: str | bytes) -> Page:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    page = read_page(path)
    assert adds_up(page)
    return page


def test_bundled_pages_give_every_paper_and_no_problem(corpus: list[Page]) -> None:
    assert [page.report.papers for page in corpus] == [119, 62, 168, 67]
    assert [page.report.layout for page in corpus] == ["plain", "dated", "plain", "dated"]
    assert all(adds_up(page) and not page.report.problems and not page.report.duplicates for page in corpus)


def test_bundled_pages_hold_385_distinct_papers_27_of_them_listed_more_than_once(corpus: list[Page]) -> None:
    merged = merge_all(paper for page in corpus for paper in page.papers)
    assert len(merged) == 385
    assert sum(len(paper.sources) > 1 for paper in merged.values()) == 27
    assert sum(len(paper.sources) for paper in merged.values()) == 416


def test_bundled_records_carry_117_dates_of_the_years_that_the_pages_imply(corpus: list[Page]) -> None:
    assert [sum(paper.listed is not None for paper in page.papers) for page in corpus] == [0, 54, 0, 63]
    assert max(paper.listed for paper in corpus[1].papers if paper.listed) == date(2025, 12, 4)
    assert max(paper.listed for paper in corpus[3].papers if paper.listed) == date(2026, 2, 3)
    by_title = {paper.title: paper for paper in corpus[1].papers}
    meta = by_title["Beyond Reasoning Gains: Mitigating General Capabilities Forgetting in Large Reasoning Models"]
    assert (meta.listed, meta.comments, meta.organization) == (date(2025, 10, 24), 1, "facebook AI at Meta")
    assert by_title["Learning to Navigate the Web"].listed == date(2018, 12, 21)


def test_bundled_bylines_name_ten_organisations_and_count_authors(corpus: list[Page]) -> None:
    papers = [paper for page in corpus for paper in page.papers]
    organizations = Counter(paper.organization for paper in papers if paper.organization)
    assert len(organizations) == 10
    assert organizations["Stanford NLP"] == organizations["Arc Intelligence"] == 1
    assert sum(paper.authors_count is not None for paper in papers) == 107
    assert not any(paper.authors_count is not None and paper.organization for paper in papers)


def test_every_abstract_of_a_page_is_kept_as_it_stood(corpus: list[Page]) -> None:
    for page, path in zip(corpus, bundled(), strict=True):
        lines = {line.strip() for line in path.read_text(encoding="utf-8").split("\n")}
        assert all(paper.abstract_raw in lines for paper in page.papers)


def test_plain_page_with_other_banners_and_subscribe_inside_a_title() -> None:
    page = read_page(PAGES / "plain.txt")
    assert [paper.title for paper in page.papers] == [TITLES["moss"], TITLES["tide"], TITLES["snow"]]
    assert page.report.layout == "plain"
    assert not page.report.problems


def test_plain_page_without_any_head() -> None:
    page = read_page(PAGES / "unmarked.txt")
    assert [paper.title for paper in page.papers] == [TITLES["snow"], TITLES["tide"], TITLES["bees"]]
    assert page.papers[1].links == ("https://example.org/tidenet",)


def test_a_title_that_begins_with_a_word_like_subscribe_keeps_it(tmp_path: Path) -> None:
    text = (PAGES / "unmarked.txt").read_text(encoding="utf-8").replace(TITLES["snow"], "Subscribers Leave at Night")
    assert read(tmp_path / "page.txt", text).papers[0].title == "Subscribers Leave at Night"


def test_dated_page_reads_bylines_comments_and_leap_days() -> None:
    page = read_page(PAGES / "dated.txt", today=date(2026, 1, 1))
    rows = [(p.listed, p.authors_count, p.organization, p.comments) for p in page.papers]
    assert rows == [
        (date(2023, 11, 16), 4, None, 2),
        (date(2024, 3, 8), None, "01-ai 01.AI Inc.", None),
        (None, None, None, None),
        (date(2023, 3, 30), 1, None, 17),  # later in the calendar than the page: of the year before
        (date(2020, 2, 29), None, "weaving_lab.eu Laboratory of Woven Things (Ghent)", 3),
    ]
    assert [p.sources for p in page.papers[:2]] == [(Source("dated.txt", 1),), (Source("dated.txt", 2),)]


@pytest.mark.parametrize(
    ("today", "listed"),
    [
        pytest.param(date(2025, 12, 1), date(2025, 3, 8), id="page date behind us"),
        pytest.param(date(2025, 1, 1), date(2024, 3, 8), id="page date still to come"),
    ],
)
def test_a_page_that_writes_no_year_is_of_the_last_one_that_fits(tmp_path: Path, today: date, listed: date) -> None:
    path = tmp_path / "page.txt"
    path.write_text((PAGES / "dated.txt").read_text().replace(", 2023", "").replace(", 2020", ""))
    assert read_page(path, today=today).papers[1].listed == listed


def test_abstracts_with_blank_lines_wrapped_lines_and_one_short_sentence_are_whole() -> None:
    page = read_page(PAGES / "broken-lines.txt")
    assert [paper.title for paper in page.papers] == [TITLES["snow"], TITLES["loom"], TITLES["bees"]]
    assert page.papers[0].abstract.endswith("sound judgement. All data are free.")
    assert "weave structures that has been trained on 30,000 intact cards" in page.papers[1].abstract
    assert page.papers[2].abstract == "We count bees by their antennae."
    assert not page.report.problems


def test_a_spoiled_page_gives_what_can_be_read_and_names_the_rest_by_line() -> None:
    page = read_page(PAGES / "spoiled.txt")
    assert adds_up(page)
    assert [paper.title for paper in page.papers] == [TITLES["moss"], TITLES["loom"], TITLES["snow"]]
    assert page.report.duplicates == 1
    assert [len(paper.sources) for paper in page.papers] == [2, 1, 1]
    assert [(problem.line, problem.what) for problem in page.report.problems] == [
        (13, 'the title "A Title That Lost Its Abstract" has no abstract'),
        (15, f'the date under the paper "{TITLES["moss"]}" is impossible: 2/31/2023'),
        (23, 'the abstract "Tide tables of small harbours are computed from gauges that…" has no title'),
        (35, '"Oct 24 1 2" in a byline is neither a date nor a count of authors'),
        (45, f'the title "{TITLES["loom"]}" stands on this page already, with another abstract'),
        (49, "a byline's dot stands alone"),
        (51, 'the title "The Last Title, Cut O" has no abstract'),
    ]
    assert {problem.file for problem in page.report.problems} == {"spoiled.txt"}


@pytest.mark.parametrize("name", ["plain.txt", "dated.txt", "unmarked.txt", "broken-lines.txt", "spoiled.txt"])
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda text: text.replace("\n", "\r").encode(), id="CR"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="BOM"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.replace("\n\n", "\n \t\n").encode(), id="blanks-in-blank-lines"),
        pytest.param(lambda text: text.encode("cp1252"), id="Windows-1252"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no-last-line-end"),
    ],
)
def test_encodings_and_line_ends_change_nothing(tmp_path: Path, name: str, spoil) -> None:
    text = (PAGES / name).read_text(encoding="utf-8")
    assert read(tmp_path / name, spoil(text)) == read_page(PAGES / name)


def test_latin_1_letters_and_windows_quotes_are_read(tmp_path: Path) -> None:
    text = (PAGES / "plain.txt").read_text(encoding="utf-8").replace("peat sites", "“peat” sites in Münster–Höxter")
    assert "“peat” sites in Münster–Höxter" in read(tmp_path / "page.txt", text.encode("cp1252")).papers[0].abstract
    mixed = text.encode("cp1252") + "Überschrift\n".encode() + "Ein Satz über Moos. Kurz ist er.\n".encode()
    assert [paper.title for paper in read(tmp_path / "page.txt", mixed).papers][-1] == "Überschrift"


def test_a_page_cut_inside_a_character_loses_that_character_alone(tmp_path: Path) -> None:
    text = (PAGES / "plain.txt").read_text(encoding="utf-8").rstrip() + " Größe – "
    page = read(tmp_path / "page.txt", text.encode()[:-2])
    assert page.papers[-1].abstract.endswith("Größe")


def test_other_months_written_out_and_a_byline_on_one_line(tmp_path: Path) -> None:
    text = (PAGES / "dated.txt").read_text().replace("\nMar 9\n", "\nSeptember 9\n").replace("Mar 8", "Sept 8, 2025")
    text = text.replace("  • 4 authors\n·\nNov 16, 2023 2", "• 4 authors · Jun 16 2")
    page = read(tmp_path / "page.txt", text)
    assert (page.papers[0].listed, page.papers[0].comments) == (date(2026, 6, 16), 2)
    assert page.papers[1].listed == date(2025, 9, 8)


def test_a_byline_may_lack_its_date_or_its_authors(tmp_path: Path) -> None:
    text = (PAGES / "dated.txt").read_text()
    text = text.replace("\n·\nNov 16, 2023 2", "").replace("01-ai 01.AI Inc.\n·\nMar 8", "·\nMar 8")
    page = read(tmp_path / "page.txt", text)
    assert [(p.listed and p.listed.month, p.authors_count, p.organization) for p in page.papers[:2]] == [
        (None, 4, None),
        (3, None, None),
    ]
    assert not page.report.problems


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n\n\t\r\n", "is empty", id="white-space"),
        pytest.param(b"\xef\xbb\xbf", "is empty", id="BOM-alone"),
        pytest.param(b"x", "no paper in a known form", id="one-byte"),
        pytest.param(b"<!DOCTYPE html><html><body>papers</body></html>", "HTML", id="HTML"),
        pytest.param(b"<div>" + b"<p class='a'>A title</p>\n" * 20, "HTML", id="HTML-fragment"),
        pytest.param(bytes(range(256)) * 8, "binary", id="binary"),
        pytest.param(b"\x1f\x8b\x08\x00rest", "gzip", id="gzip"),
        pytest.param(b"PK\x03\x04rest", "zip", id="zip"),
        pytest.param(b"a" * (2**20 + 1), "line 1", id="endless-line"),
        pytest.param(b'{"title": "A", "abstract": "B"}\n' * 5, "known form", id="JSON-lines"),
        pytest.param(b"## Usage\n\nrun it\n\n- one\n- two\n\n## More\n\n- three\n", "known form", id="Markdown"),
        pytest.param(b"Subscribe\n\nDaily Papers\n\nDec 8\n", "no paper", id="head-alone"),
    ],
)
def test_what_is_no_page_is_refused_in_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=says) as refused:
        read_page(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_places_that_are_no_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a directory"):
        read_page(tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        read_page(tmp_path / "missing.txt")
    with pytest.raises(SourceError, match="can't be read"):
        read_page("a\0b")
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    with pytest.raises(SourceError, match="can't be read"):
        read_page(loop)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="not a regular file"):
        read_page(tmp_path / "pipe")


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(SourceError, match="larger than 64 MiB"):
        read_page(tmp_path / "large.txt")


@pytest.mark.parametrize("page", range(4))
def test_lost_titles_and_abstracts_are_each_reported_once(page: int) -> None:
    path = bundled()[page]
    lines = path.read_text(encoding="utf-8").split("\n")
    whole = read_page(path)
    chance = random.Random(page)
    for paper in chance.sample(whole.papers, 8):
        at = next(i for i, line in enumerate(lines) if line.strip() == paper.abstract_raw)
        rest = parse_page("\n".join(lines[:at] + lines[at + 1 :]), path)
        assert adds_up(rest)
        assert rest.report.papers == whole.report.papers - 1
        assert [f'"{paper.title[:20]}' in problem.what for problem in rest.report.problems] == [True]


def test_a_page_of_an_unknown_layout_is_an_error(tmp_path: Path) -> None:
    rows = "\n".join(f"{n} | A Title of Row {n} | an.author@example.org | 2024" for n in range(40))
    (tmp_path / "table.txt").write_text(rows)
    with pytest.raises(SourceError, match="known form"):
        read_page(tmp_path / "table.txt")


BYLINES = ("·", "  • 4 authors", "Nov 16, 2020", "Oct 24 1", "facebook AI at Meta", "Feb 31", "Dec 8")
TEXTS = (
    "Subscribe",
    "SubscribeA Title",
    "A Short Title",
    "new",
    "",
    "Prose is here. It has two.",
    "word " * 80,
    "low.",
)
words = st.sampled_from((*BYLINES, *TEXTS))


@settings(max_examples=150, deadline=None)
@given(st.lists(words | st.text(max_size=40), max_size=40))
def test_any_page_is_read_or_refused_and_its_receipt_adds_up(lines: list[str]) -> None:
    try:
        page = parse_page("\n".join(lines), Path("page.txt"))
    except SourceError:
        return
    assert adds_up(page)
    assert all(paper.title and paper.abstract for paper in page.papers)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["", "A Short Title", "word " * 80, "Prose. It is.", "lower."]) | st.text("ab .", max_size=40)
    )
)
def test_every_word_of_the_page_is_in_one_block(lines: list[str]) -> None:
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    for paragraphs in (True, False):
        found = blocks(numbered, paragraphs=paragraphs)
        held = [word for block in found for text in (block.title, *block.abstract) for word in text.split()]
        assert held == " ".join(lines).split()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.txt"
    path.write_bytes(data)
    try:
        page = read_page(path)
    except SourceError:
        return
    assert adds_up(page)
