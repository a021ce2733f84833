"""Every form of source: told by its content, read one paper at a time, and nothing hostile gets through."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import zlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import SourceError
from ingest.pages import Problem, bundled, read_page
from ingest.papers import Paper
from ingest.sources import jsons, streams
from ingest.sources.reading import read_source
from tests.ingest.sources.samples import CODES, DOIS, FORMS, NAMES, arxiv, content, daily_entries, table, write, zstd

READABLE = ("Tide Networks for ℝ³", "Reading Bees: A Dance Decoder", "Tables of Salt, Revisited")


def papers(path: Path) -> list[Paper]:
    return [item for item in read_source(path) if isinstance(item, Paper)]


def problems(path: Path) -> list[Problem]:
    return [item for item in read_source(path) if isinstance(item, Problem)]


def saved(folder: Path, data: str | bytes) -> Path:
    path = folder / "file.dat"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("packed", ["", "gzip", "zstd"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_its_papers_packed_or_not(form: str, packed: str, tmp_path: Path) -> None:
    path = write(tmp_path, form, packed)
    assert not problems(path)
    found = papers(path)
    assert [paper.title for paper in found] == list(READABLE)
    assert found[0].abstract.startswith("We teach a network to foretell the height of the tide from α-waves of")
    assert "falls by 31% against" in found[0].abstract
    assert "https://github.com/vale/tides" in found[0].links
    assert [paper.sources[0].page for paper in found] == ["papers.bin"] * 3
    if form not in ("listing page", "Daily Papers page, as shown"):
        assert [paper.authors for paper in found] == list(NAMES)
    if form != "listing page":
        assert [paper.arxiv_id for paper in found] == list(CODES)
        assert [paper.authors_count for paper in found] == [2, 1, 3]
    if form in ("arXiv snapshot", "Semantic Scholar", "OpenAlex lines", "OpenAlex answer", "BibTeX", "CSV", "Parquet"):
        assert [paper.doi for paper in found] == list(DOIS)


def test_what_only_one_source_knows_is_kept(tmp_path: Path) -> None:
    (first, *_) = papers(write(tmp_path, "Daily Papers API"))
    assert (first.comments, first.organization, first.listed) == (2, "Coast Lab", date(2025, 2, 13))
    assert "https://github.com/vale/more" in first.links
    (first, *_) = papers(write(tmp_path, "arXiv snapshot"))
    assert (first.categories, first.published, first.comments) == (("cs.LG", "stat.ML"), date(2025, 2, 13), None)
    (first, *_) = papers(write(tmp_path, "OpenAlex lines"))
    assert (first.categories, first.url) == (("Oceanography",), "https://doi.org/10.1000/tides")
    (*_, last) = papers(write(tmp_path, "BibTeX"))
    assert last.published == date(1999, 1, 1)


@pytest.mark.parametrize("page", bundled(), ids=lambda path: path.name)
def test_listing_pages_read_as_they_always_did(page: Path) -> None:
    whole = read_page(page)
    assert papers(page) == list(whole.papers)
    assert tuple(problems(page)) == whole.report.problems


# ------------------------------------------------------------------------------------------------- bytes

TEXTS = [form for form in FORMS if form not in ("Parquet", "arXiv snapshot")]


@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="BOM"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.encode("utf-16-be"), id="UTF-16-without-mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(lambda text: ("\n\n" + text + "\0\0").encode(), id="NULs-and-blank-lines"),
        pytest.param(lambda text: text.encode("latin-1", "ignore"), id="Latin-1"),
    ],
)
def test_encodings_and_line_ends_make_no_difference(form: str, spoil, tmp_path: Path) -> None:
    path = saved(tmp_path, spoil(content(form).decode()))
    assert [paper.title for paper in papers(path)] == list(READABLE)
    found = [paper.authors for paper in papers(path)]
    assert found[1] in (None, ("José Núñez",))


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_truncated_archive_gives_what_came_before_and_says_so(pack, tmp_path: Path) -> None:
    rest = "".join(
        json.dumps({"title": f"T {n} {os.urandom(9).hex()}", "abstract": f"{os.urandom(400).hex()} is told."}) + "\n"
        for n in range(2_000)
    )
    whole = pack(rest.encode())
    path = saved(tmp_path, whole[: len(whole) // 2])
    assert 0 < len(papers(path)) < 2_000
    assert "cut off" in problems(path)[-1].what


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_an_archive_cut_in_its_first_bytes_is_refused(pack, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cut off|broken"):
        list(read_source(saved(tmp_path, pack(arxiv().encode())[:12])))


def test_a_broken_archive_gives_what_came_before(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(arxiv().encode() * 500, 1))
    whole[len(whole) // 2 : len(whole) // 2 + 40] = b"\xff" * 40
    path = saved(tmp_path, bytes(whole))
    assert papers(path)
    assert "broken" in problems(path)[-1].what


def test_archives_of_several_parts_are_read_to_the_end(tmp_path: Path) -> None:
    lines = arxiv().splitlines(keepends=True)
    for pack in (gzip.compress, zstd):
        assert len(papers(saved(tmp_path, b"".join(pack(line.encode()) for line in lines)))) == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n\r\n ", "is empty", id="white-space"),
        pytest.param(gzip.compress(b""), "is empty", id="empty-gzip"),
        pytest.param(gzip.compress(gzip.compress(b"x")), "archive inside", id="gzip-in-gzip"),
        pytest.param(b"PK\x03\x04rest", "zip archive", id="zip"),
        pytest.param(b"%PDF-1.7 words", "a PDF", id="PDF"),
        pytest.param(b"SQLite format 3\0rest", "SQLite", id="SQLite"),
        pytest.param(bytes(range(256)) * 8, "binary", id="binary"),
        pytest.param(b"PAR1" + b"x" * 99, "broken Parquet", id="broken-Parquet"),
        pytest.param(b"just some words\nand some more", "Read are listing pages", id="prose"),
        pytest.param(b"a,b,c\n1,2,3\n", "Read are listing pages", id="table-of-other-columns"),
        pytest.param(b"[]", "no record", id="no-records"),
        pytest.param(b"[1, 2, 3]", "Read are listing pages", id="numbers"),
        pytest.param(b"<!DOCTYPE html><html><p>Hello there</p></html>", "lists no papers", id="HTML-of-no-papers"),
        pytest.param(b"<!doctype html>" + b"<!--" * 200_000, "lists no papers", id="HTML-of-comments"),
        pytest.param(b"<html>" + b"<p " * 200_000, "lists no papers", id="HTML-of-open-tags"),
        pytest.param(b'<html><p data-props="' + b"{" * 200_000, "lists no papers", id="HTML-of-an-open-attribute"),
        pytest.param(b'{"name": "x"}\n' * 3_000, "None of the first", id="JSON-of-something-else"),
    ],
)
def test_what_is_no_source_is_one_sentence(data: bytes, says: str, tmp_path: Path) -> None:
    path = saved(tmp_path, data)
    with pytest.raises(SourceError, match=says) as refused:
        list(read_source(path))
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "SWOLLEN_FROM", 4 * 2**20)
    line = json.dumps({"title": "T", "abstract": "a" * 900}) + "\n"
    for pack in (lambda data: gzip.compress(data, 9), zstd):
        with pytest.raises(SourceError, match="times its size"):
            list(read_source(saved(tmp_path, pack(line.encode() * 8_000))))


# ------------------------------------------------------------------------------------- records that are broken


def test_a_broken_line_is_reported_and_costs_itself_alone(tmp_path: Path) -> None:
    lines = arxiv().splitlines()
    broken = [
        lines[0],
        '{"id": "x", "title": ',
        lines[1],
        "[]",
        "3",
        '"text"',
        '{"title": 3}',
        '{"title": "T"}',
        lines[2],
    ]
    path = saved(tmp_path, "\n".join(broken))
    assert len(papers(path)) == 3
    assert [problem.line for problem in problems(path)] == [2, 4, 5, 6, 7, 8]
    assert problems(path)[-1].what == 'the record "T" has no abstract'
    assert [paper.sources[0].position for paper in papers(path)] == [1, 3, 9]


@pytest.mark.skipif(sys.platform == "win32", reason="limits on memory are POSIX's")
def test_a_line_without_end_is_left_out_in_bounded_memory(tmp_path: Path) -> None:
    """100 MB in one line, in a process that may not have 300 MB: what stands around it is read."""
    lines = arxiv().splitlines()
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        file.write(lines[0] + '\n{"title": "T", "abstract": "')
        for _ in range(100):
            file.write("a" * 2**20)
        file.write('"}\n' + lines[1] + "\n")
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))\n"
        "from ingest.sources.reading import read_source\n"
        "items = list(read_source(sys.argv[1]))\n"
        "print(len(items), max(len(getattr(item, 'what', '')) for item in items) < 200)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.stdout.split() == ["3", "True"], done.stderr


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"title": "T", "abstract": ' + b"[" * 200_000, id="line"),
        pytest.param(b"[" * 200_000, id="arrays"),
        pytest.param(b'[{"title": "T", "abstract": "A", "x": ' + b'{"a":' * 200_000, id="in-a-record"),
        pytest.param(b'{"results": ' + b'[{"a": ' * 100_000, id="in-a-list"),
    ],
)
def test_json_that_nests_without_end_is_a_problem_and_no_crash(data: bytes, tmp_path: Path) -> None:
    path = saved(tmp_path, data)
    assert not papers(path)
    assert "nested too deeply" in problems(path)[0].what


def test_a_record_without_end_in_an_array_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsons, "MAX_LINE_CHARS", 300_000)
    entries = json.dumps(daily_entries())[:-1]
    path = saved(tmp_path, entries + ', {"title": "' + "a" * 2_000_000)
    assert len(papers(path)) == 3
    assert "is not read" in problems(path)[0].what


def test_what_follows_broken_json_in_an_array_is_told(tmp_path: Path) -> None:
    path = saved(tmp_path, json.dumps(daily_entries()[:2])[:-1] + ", {broken}, {}]")
    assert len(papers(path)) == 2
    assert "record 3" in problems(path)[0].what


def test_a_table_keeps_its_quoted_lines_and_reports_rows_that_are_none(tmp_path: Path) -> None:
    rows = table().splitlines(keepends=True)
    path = saved(tmp_path, "".join([*rows[:2], "one,two,three,four,five,six,seven\r\n", ",,,,,\r\n", *rows[2:]]))
    assert len(papers(path)) == 3
    assert "\n" not in papers(path)[2].abstract
    assert [problem.line for problem in problems(path)] == [3]
    never = saved(tmp_path, "".join(rows[:2]) + 'A B,"an open quote,1,T,2,3\n' + "x,y\n" * 200_000)
    assert len(papers(never)) == 1
    assert problems(never)


def test_a_bibtex_entry_that_never_closes_costs_itself_alone(tmp_path: Path) -> None:
    text = content("BibTeX").decode()
    broken = "@article{open, title = {Never closed, abstract = {\n and on\n"
    path = saved(
        tmp_path, broken + text + "@misc{none}\n@misc(round, title = {Round Brackets}, abstract = {Are read too.})"
    )
    assert [paper.title for paper in papers(path)] == [*READABLE, "Round Brackets"]
    assert problems(path)[0].line == 1


@pytest.mark.parametrize(
    "value", ["NaN", "1e999", "-0", "9" * 5_000, '"x"', "[1]", '{"a": 1}', "null", "true", '"\\ud800"']
)
def test_values_of_any_kind_are_no_crash(value: str, tmp_path: Path) -> None:
    keys = (
        "id",
        "authors",
        "authors_parsed",
        "versions",
        "doi",
        "categories",
        "update_date",
        "year",
        "url",
        "comments",
    )
    shapes = (
        "paper",
        "abstract_inverted_index",
        "authorships",
        "paperId",
        "externalIds",
        "x",
        "topics",
        "organization",
    )
    fields = ", ".join(f'"{key}": {value}' for key in keys)
    for shape in shapes:
        line = f'{{"title": "T", "abstract": "Words are here.", "{shape}": {value}, {fields}}}'
        for text in (line, f"[{line}]"):
            assert len(list(read_source(saved(tmp_path, text)))) == 1


def test_an_index_of_words_with_monstrous_places_takes_no_room(tmp_path: Path) -> None:
    work = {"id": "https://openalex.org/W1", "title": "T", "abstract_inverted_index": {"late": [10**12], "Soon": [0]}}
    (paper,) = papers(saved(tmp_path, json.dumps(work)))
    assert paper.abstract == "Soon late"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_bytes_and_any_damage_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    if data.draw(st.booleans()):
        path.write_bytes(data.draw(st.binary(max_size=300)))
    else:
        whole = bytearray(content(data.draw(st.sampled_from(sorted(FORMS)))))
        chance = random.Random(data.draw(st.integers(0, 2**32)))
        for _ in range(data.draw(st.integers(1, 12))):
            start = chance.randrange(len(whole) or 1)
            whole[start : start + chance.choice((0, 1, 50))] = chance.choice(
                (b"", b"{", b'"', b"\xff\0", b"\n", b"<p>")
            )
        path.write_bytes(zlib.compress(whole) if chance.random() < 0.1 else bytes(whole))
    try:
        items = list(read_source(path))
    except SourceError:
        return
    assert all(item.title and item.abstract for item in items if isinstance(item, Paper))
