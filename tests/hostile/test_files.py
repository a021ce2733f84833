"""Files that are no pages, or hardly: refused in one sentence, or read for what is in them."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.harness import Case, one_sentence, page
from tests.hostile.test_commands import written

NEW = ("Sundials for Moles", "We give moles a sundial. SolMole tells the hour underground to within two minutes, which "
       "no clock without a spring has done before; thirty moles kept appointments for a season.")  # fmt: skip
PAGE = page([NEW])
JSON = json.dumps({"id": "2501.00001", "title": NEW[0], "abstract": NEW[1]})


def zipped(folder: Path) -> None:
    with zipfile.ZipFile(folder / "page.txt", "w") as archive:
        archive.writestr("../../evil.txt", PAGE)


def tarred(folder: Path) -> None:
    with tarfile.open(folder / "page.txt", "w:gz") as archive:
        member = tarfile.TarInfo("../../evil.txt")
        member.size = len(PAGE.encode())
        archive.addfile(member, io.BytesIO(PAGE.encode()))


def looped(folder: Path) -> None:
    (folder / "page.txt").symlink_to(folder / "page.txt")


def fifo(folder: Path) -> None:
    os.mkfifo(folder / "page.txt")


def refused(prepare: Callable[[Path], object], code: int = 1, *says: str) -> Case:
    return Case(["ingest", "{here}/page.txt"], code, says, prepare=prepare)


def content(data: str | bytes) -> Case:
    return refused(written("page.txt", data))


CASES = {
    "missing": refused(lambda folder: None, 1, "does not exist"),
    "a folder": refused(lambda folder: (folder / "page.txt").mkdir()),
    "empty": content(""),
    "one byte": content("x"),
    "white space": content(" \n\t\r\n" * 500),
    "NULs": content(bytes(5_000)),
    "noise": content(bytes((i * 7919 + i // 251) % 256 for i in range(20_000))),
    "a picture": content(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9),
    "a PDF": content(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
    "a pickle": content(b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR."),
    "a zip with a path that climbs": refused(zipped),
    "a tar with a path that climbs": refused(tarred),
    "gzip cut off at once": content(gzip.compress(PAGE.encode())[:12]),
    "gzip of nothing": content(gzip.compress(b"")),
    "gzip in gzip in gzip": content(gzip.compress(gzip.compress(gzip.compress(PAGE.encode())))),
    "zstandard of nonsense": content(b"\x28\xb5\x2f\xfd" + bytes(range(200))),
    "Parquet of nonsense": content(b"PAR1" + bytes(200) + b"PAR1"),
    "HTML without papers": content("<!doctype html><html><body><p>Log in</p></body></html>"),
    "HTML that never closes": content("<div " * 20_000),
    "a script": content("#!/bin/sh\ntouch pwned\n"),
    "source code": content("def f(x):\n    return x\n" * 40),
    "prose": content("It was a dark night.\n" * 3),
    "a line of 10 MB": content("x" * 10_000_000),
    "JSON of null": content("null"),
    "JSON of a number": content("17"),
    "JSON of an empty list": content("[]"),
    "JSON of an empty object": content("{}"),
    "JSON cut off": content('{"title": "A", "abstr'),
    "JSON nested deeply": content("[" * 200_000 + "]" * 200_000),
    "JSON objects nested deeply": content('{"a":' * 100_000 + "1" + "}" * 100_000),
    "JSON of NaN": content("[NaN, Infinity, -Infinity]"),
    "JSON of a number of 100,000 digits": content('[{"title": ' + "9" * 100_000 + "}]"),
    "JSON lines of lists": content("[1]\n[2]\n[3]\n"),
    "JSON of an error": content('{"error": {"message": "rate limit"}}'),
    "JSON of a paper without a title": content('[{"title": null, "abstract": 7}]'),
    "an abstract of a megabyte": content(json.dumps({"title": "A Book", "abstract": "Moles dig. " * 90_000})),
    "a table without titles": content("a,b,c\n1,2,3\n"),
    "a table of one endless field": content('title,abstract\n"' + "x,\n" * 2_000),
    "BibTeX without entries": content("@comment{nothing}\n"),
    "BibTeX that never closes": content("@article{a,\n  title = {" + "{" * 5_000),
    "BibTeX without abstracts": content("@article{a, title = {A Title}}\n"),
    "a link to itself": refused(looped),
    "a name with a newline": Case(["ingest", "{here}/a\nb.txt"], 1),
    "a name with NUL": Case(["ingest", "a\0b"], (1, 2)),
    "a name of 5,000 characters": Case(["ingest", "x" * 5_000], 1),
    "a terminal's escape for a name": Case(["ingest", "\x1b[2J\x1b]0;owned\x07"], 1),
    "a Windows path": Case(["ingest", r"C:\Users\me\page.txt"], 1),
    "a URL": Case(["ingest", "file:///etc/passwd"], 1),
    "standard input, closed": Case(["ingest", "/dev/null"], 1),
    "a page that climbs to a secret": Case(["ingest", "../../../../../../../etc/hostname"], 1),
}
if sys.platform != "win32":
    CASES |= {"a pipe": refused(fifo), "endless zeros": Case(["ingest", "/dev/zero"], 1)}

PAIR = f"{NEW[0]}\n{NEW[1]}"
#: Clumsy files that hold the paper all the same, with how many lines are told of on stderr.
READABLE: dict[str, tuple[bytes, int]] = {
    "byte-order mark": (b"\xef\xbb\xbf" + PAGE.encode(), 0),
    "UTF-16": (PAGE.encode("utf-16"), 0),
    "UTF-32": (PAGE.encode("utf-32"), 0),
    "Latin-1": (PAGE.replace("moles", "mÖles").encode("latin-1"), 0),
    "carriage returns alone": (PAGE.replace("\n", "\r").encode(), 0),
    "Windows line ends": (PAGE.replace("\n", "\r\n").encode(), 0),
    "no newline at the end": (PAGE.rstrip("\n").encode(), 0),
    "blank lines everywhere": (PAGE.replace("\n", "\n\n \n").encode(), 0),
    "the paper ten times": (page([NEW] * 10).encode(), 0),
    "the title twice": (page([NEW]).replace(NEW[0], f"{NEW[0]}\n{NEW[0]}").encode(), 1),
    "a NUL in the abstract": (JSON.replace("sundial", "sun\\u0000dial").encode(), 0),
    "a lone surrogate in JSON": (JSON.replace("moles", "moles \\ud800", 1).encode(), 0),
    "duplicate keys in JSON": (JSON.replace('"title"', '"title": "X", "title"').encode(), 0),
    "JSON lines with a broken one": (f"{JSON}\n{{broken\n".encode(), 1),
    "JSON with huge numbers": (JSON.replace('"title"', f'"n": {"9" * 4_000}, "title"').encode(), 0),
    "script in an abstract": (page([(NEW[0], f"{NEW[1]} <script>alert(1)</script>")]).encode(), 0),
    "gzip by another name": (gzip.compress(PAGE.encode()), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_file_that_is_no_page_is_told_in_one_sentence(case: Case, call: Callable[[Case], str], tmp_path: Path):
    call(case)
    assert not list(tmp_path.parent.glob("evil*"))
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(("data", "told"), READABLE.values(), ids=READABLE)
def test_a_clumsy_file_is_read_for_what_it_holds(
    data: bytes, told: int, library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    from assistant.cli import run

    place = shutil.copytree(library, tmp_path / "library")
    (tmp_path / "page.txt").write_bytes(data)
    assert run(["ingest", str(tmp_path / "page.txt"), "--library", str(place), "--json"]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["added"] == 1
    assert len(report["problems"]) == told
    assert said.err == ""
    assert run(["papers", "sundial", "--library", str(place)]) == 0
    assert NEW[0] in capsys.readouterr().out


def test_a_name_with_newline_quote_and_emoji_is_a_source_like_any_other(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    from assistant.cli import run

    place = shutil.copytree(library, tmp_path / "library")
    name = "a\n\"b' 🪲 <script>.txt"
    (tmp_path / name).write_text(PAGE, encoding="utf-8")
    assert run(["ingest", str(tmp_path / name), "--library", str(place)]) == 0
    assert capsys.readouterr().err == ""
    assert run(["ask", "What does SolMole tell?", "--source", name, "--library", str(place)]) == 0


def test_one_bad_file_among_good_ones_costs_itself_alone(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    from assistant.cli import run

    place = shutil.copytree(library, tmp_path / "library")
    (tmp_path / "good.txt").write_text(PAGE, encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(bytes(500))
    names = [str(tmp_path / name) for name in ("bad.txt", "good.txt", "none.txt")]
    assert run(["ingest", *names[:2], "--library", str(place)]) == 1
    said = capsys.readouterr()
    one_sentence(said.err, "bad.txt")
    assert "1 added" in said.out
