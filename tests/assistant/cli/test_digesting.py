"""What is new on a topic: told once, cited, remembered, and quiet where there is nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from assistant import Assistant, UsageError, Watch
from assistant.answers import Digest, Section
from assistant.cli import run
from assistant.diary import FIRST, GRACE, Diary
from assistant.export import digest_markdown, digest_text
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper, paper_id
from ingest.pipeline import ingest_papers

TODAY = date.today()
TOPICS = ("glowworm lamps", "submarine cables")
LAMPS = ("Glowworm Lamps That Keep Time", "We build glowworm lamps. Our glowworm lamps keep time for a year.")
MOTHS = ("Dimming Glowworm Lamps", "Glowworm lamps are dimmed by moths. We measure how much glowworm lamps lose.")
CABLES = ("Laying Submarine Cables", "Submarine cables are laid by ships. We lay submarine cables with kites.")
BREAD = ("Sourdough at High Altitude", "Bread rises faster on mountains. We bake sourdough on four peaks.")
UGLY = (
    "Glowworm <script>Lamps</script> ![x](http://evil.example)",
    "Glowworm lamps <b>shine</b>. We see glowworm lamps.",
)


def _paper(told: tuple[str, str], days_ago: int | None) -> Paper:
    listed = None if days_ago is None else TODAY - timedelta(days=days_ago)
    return Paper(paper_id(told[0]), *told, listed=listed)


def _add(place: Path, *papers: Paper) -> None:
    with Library.open(place, load_embedder("default"), create=True) as library:
        ingest_papers(papers, library)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with one new paper a topic and old ones, and a data folder of its own."""
    monkeypatch.setenv("PAPER_ASSISTANT_HOME", str(tmp_path / "home"))
    place = tmp_path / "library"
    _add(place, _paper(LAMPS, 2), _paper(CABLES, 3), _paper(BREAD, 1), _paper(MOTHS, 90))
    return place


@pytest.fixture
def opened(place: Path) -> Iterator[Assistant]:
    with Assistant.open(place, reader="builtin") as assistant:
        yield assistant


def _digest(place: Path, *more: str) -> int:
    return run(["digest", "--library", str(place), *(f"--topic={topic}" for topic in TOPICS), *more])


def _titles(digest: Digest) -> list[list[str]]:
    return [[finding.citation.paper.title for finding in section.findings] for section in digest.sections]


def test_a_digest_tells_what_is_new_on_each_topic_and_quotes_it(opened: Assistant) -> None:
    digest = opened.digest(TOPICS, since=TODAY - timedelta(days=7))
    assert _titles(digest) == [[LAMPS[0]], [CABLES[0]]]
    for section in digest.sections:
        for finding in section.findings:
            citation = finding.citation
            assert citation.quote
            assert citation.paper.abstract[citation.start : citation.end] == citation.quote
            assert finding.probability >= 0.5
    assert list(digest.sources) == [1, 2]


def test_older_papers_come_with_an_earlier_day_and_in_the_order_asked_for(opened: Assistant) -> None:
    since = TODAY - timedelta(days=365)
    newest = opened.digest(TOPICS[0], since=since, order="newest")
    assert _titles(newest) == [[LAMPS[0], MOTHS[0]]]
    assert opened.digest(TOPICS[0], since=since, limit=1).sections[0].more == 1


def test_a_paper_told_before_is_not_told_again(opened: Assistant) -> None:
    watch = Watch(TOPICS[0], TODAY - timedelta(days=365), frozenset({paper_id(LAMPS[0])}))
    assert _titles(opened.digest(watch)) == [[MOTHS[0]]]


def test_a_topic_that_no_paper_is_about_has_nothing_new(opened: Assistant) -> None:
    digest = opened.digest("quantum gravity on torus knots", since=TODAY - timedelta(days=365))
    assert digest.sources == {}
    assert "Nothing new" in digest_text(digest)
    assert "Nothing new" in digest_markdown(digest)


def test_a_topic_without_a_day_or_a_word_is_a_usage_error(opened: Assistant) -> None:
    with pytest.raises(UsageError, match="since"):
        opened.digest("lamps")
    with pytest.raises(UsageError, match="empty"):
        opened.digest(" ", since=TODAY)
    with pytest.raises(UsageError, match="newest"):
        opened.digest("lamps", since=TODAY, order="oldest")  # type: ignore[arg-type]


def test_papers_without_a_date_are_counted_as_left_out(place: Path) -> None:
    _add(place, _paper(UGLY, None))
    with Assistant.open(place, reader="builtin") as assistant:
        digest = assistant.digest(TOPICS, since=TODAY)
    assert digest.notes == ("1 paper without a date in the listing is left out.",)


def test_cron_tells_each_paper_once_and_late_comers_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _digest(place, "--quiet") == 0
    first = capsys.readouterr().out
    assert LAMPS[0] in first
    assert CABLES[0] in first
    assert BREAD[0] not in first
    assert _digest(place, "--quiet") == 0
    assert capsys.readouterr().out == ""
    _add(place, _paper(UGLY, 5))  # listed before the last digest, in the library only since
    assert _digest(place, "--quiet") == 0
    late = capsys.readouterr().out
    assert "script" in late
    assert LAMPS[0] not in late
    assert TOPICS[1] not in late, "a quiet digest leaves out topics without news"


def test_the_exit_code_says_whether_anything_is_new_if_asked_to(place: Path) -> None:
    assert _digest(place, "--exit-code", "--no-remember") == 0
    assert _digest(place, "--exit-code") == 0, "what was not remembered is told again"
    assert _digest(place, "--exit-code") == 3
    assert _digest(place) == 0


def test_a_digest_goes_to_a_file_as_json_and_markdown(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.md"
    assert _digest(place, "--format", "md", "--out", str(out), "--no-remember") == 0
    assert f"**{LAMPS[0]}**" in out.read_text(encoding="utf-8")
    out = tmp_path / "new.json"
    assert _digest(place, "--format", "json", "--out", str(out)) == 0
    value = json.loads(out.read_text(encoding="utf-8"))
    assert [section["topic"] for section in value["sections"]] == list(TOPICS)
    out.unlink()
    assert _digest(place, "--format", "json", "--out", str(out), "--quiet") == 0
    assert not out.exists(), "a quiet digest writes no file where nothing is new"


def test_markup_of_strangers_runs_nothing(place: Path) -> None:
    _add(place, _paper(UGLY, 1))
    with Assistant.open(place, reader="builtin") as assistant:
        digest = assistant.digest([TOPICS[0], "<img src=x> glowworm lamps"], since=TODAY - timedelta(days=7))
    html = MarkdownIt("commonmark").render(digest_markdown(digest))
    assert "glowworm" in html.lower()
    assert not [tag for tag in ("<script", "<img", "<b>") if tag in html]


WRONG = {
    "no-topic": ["digest", "--since", "2025"],
    "empty-topic": ["digest", "--topic", " ", "--since", "2025"],
    "no-date": ["digest", "--topic", "x", "--since", "yesterday"],
    "limit": ["digest", "--topic", "x", "--limit", "0"],
    "format": ["digest", "--topic", "x", "--format", "pdf"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: list[str], bundled_library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--library", str(bundled_library)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_cannot_be_written_keeps_the_news_for_the_next_time(place: Path, tmp_path: Path) -> None:
    assert _digest(place, "--out", str(tmp_path / "no" / "folder.md")) == 2
    assert _digest(place, "--exit-code") == 0


@pytest.mark.parametrize("content", ["", "[]", "{", '{"format": 9}', '{"format": 1, "watches": [{}]}', "[" * 99_999])
def test_a_broken_memory_is_named_and_left_alone(
    content: str,
    bundled_library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PAPER_ASSISTANT_HOME", str(tmp_path))
    path = tmp_path / "digests.json"
    path.write_text(content)
    assert _digest(bundled_library) == 2
    assert str(path) in capsys.readouterr().err
    assert path.read_text() == content


def test_the_memory_looks_back_no_further_than_it_began(tmp_path: Path) -> None:
    diary = Diary(tmp_path / "digests.json")
    first = diary.watch("Lamps", library="here", today=TODAY)
    assert first.since == TODAY - FIRST
    diary.record(Digest(TODAY, (Section(first.topic, first.since),)), library="here")
    assert diary.watch("  lamps ", library="here", today=TODAY + GRACE) == Watch("  lamps ", first.since)
    assert diary.watch("lamps", library="elsewhere", today=TODAY).since == TODAY - FIRST
    later = TODAY + timedelta(days=90)
    diary.record(Digest(later, (Section("lamps", TODAY),)), library="here")
    assert diary.watch("lamps", library="here", today=later).since == later - GRACE
