"""BM25, names, typing slips, filters and hostile questions against a real tantivy index."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.errors import LibraryBusy, LibraryDamaged
from ingest.lexical.index import LexicalIndex
from ingest.lexical.indexing import analyse, names, title_names
from ingest.papers import Filters, Paper
from ingest.rows import Entry, observe, with_chunks
from tests.ingest.libraries import a_paper


def an_entry(paper: Paper) -> Entry:
    return Entry(paper, {}, ((0, len(paper.abstract)),))


PAPERS = [
    a_paper("AMPO: Automatic Multi-Branched Prompt Optimization", "Prompts are optimized in branches."),
    a_paper("ReST-MCTS*: Self-Training via Process Reward", "Tree search guides GPT-4 on 3D-Properties."),
    a_paper("Reflexion: Language Agents", "Agents reflect verbally on running tasks."),
    a_paper("基于深度学习的图像分割", "深度学习 方法。"),
    a_paper("Distillation of Teachers", "Teacher models are distilled. A café in Zürich."),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    made = LexicalIndex(tmp_path_factory.mktemp("index") / "lexical")
    made.put(an_entry(paper) for paper in PAPERS)
    made.commit(1)
    made.close()
    return made


def found(index: LexicalIndex, query: str, **how: object) -> list[str]:
    titles = {paper.id: paper.title for paper in PAPERS}
    return [titles[hit.paper_id].split(":")[0] for hit in index.search(query, 10, **how)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("what does AMPO do?", "AMPO"),
        ("prompt optimisation branch", "AMPO"),
        ("agents that run tasks", "Reflexion"),
        ("distilling teacher", "Distillation of Teachers"),
        ("深度学习", "基于深度学习的图像分割"),
        ("zürich", "Distillation of Teachers"),
    ],
)
def test_words_find_their_paper_whatever_their_form(query: str, first: str, index: LexicalIndex):
    assert found(index, query)[0] == first


@pytest.mark.parametrize("query", ["rest-mcts*", "ReST-MCTS*", "gpt-4", "3D-properties", "(GPT-4)?"])
def test_names_are_found_as_they_are_written(query: str, index: LexicalIndex):
    assert found(index, query, fields={"names": 1.0}) == ["ReST-MCTS*"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("AMPOO", "AMPO"),
        ("Refelxion", "Reflexion"),
        ("ReST-MTCS", "ReST-MCTS*"),
        ("distillaton", "Distillation of Teachers"),
    ],
)
def test_a_slip_of_the_pen_still_finds_the_name(query: str, first: str, index: LexicalIndex):
    assert found(index, query, fuzzy=True)[0] == first


def test_known_words_are_not_blurred(index: LexicalIndex):
    assert found(index, "AMPO", fuzzy=True) == ["AMPO"]


def test_names_of_a_text():
    assert names("AMPO and ReST-MCTS* beat GPT-4 on 3D-Properties (e.g., T5).") == [
        "ampo", "rest-mcts*", "gpt-4", "3d-properties", "t5",
    ]  # fmt: skip
    assert title_names("Reflexion: Language Agents") == ["reflexion"]
    assert title_names("A long phrase that no one calls a name: really") == []


def test_stemming_is_the_same_in_questions_and_papers(index: LexicalIndex):
    assert analyse("Running 3D-Properties") == ["run", "3d", "properti"]
    assert index.document_frequency("optimizing") == index.document_frequency("optimized") == 1
    assert index.document_frequency("") == index.document_frequency("zebra") == 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
@pytest.mark.parametrize("fuzzy", [False, True], ids=["exact", "fuzzy"])
def test_any_text_is_a_question(index: LexicalIndex, fuzzy: bool, text: str):
    fields = {"body": 1.0, "title": 0.3, "names": 1.0}
    assert isinstance(index.search(text, 5, fields=fields, fuzzy=fuzzy), list)


HOSTILE = {
    "empty": "",
    "space": " ",
    "quote": '"',
    "field": "title:(",
    "operator": "a AND",
    "signs": "+-!^~",
    "backslash": "\\",
    "star": "*",
    "range": "[1 TO",
    "nul": "\0",
    "lone surrogate": "\ud800",
    "cuneiform": "𒈙" * 500,
    "a book": "word " * 50_000,
    "one endless word": "x" * 100_000,
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_questions_do_no_harm(query: str, index: LexicalIndex):
    for fuzzy in (False, True):
        index.search(query, 5, fields={"body": 1.0, "names": 1.0}, fuzzy=fuzzy)


def test_a_limit_of_nothing_finds_nothing(index: LexicalIndex):
    assert index.search("prompt", 0) == []


def test_filters_keep_the_scores(tmp_path: Path):
    made = LexicalIndex(tmp_path / "lexical")
    made.put([an_entry(a_paper("Reward Maps", listed=date(2025, 1, 2))), an_entry(a_paper("Reward Robots"))])
    made.commit(1)
    free, held = made.search("reward maps", 5), made.search("reward maps", 5, Filters(since=date(2025, 1, 2)))
    assert held == free[:1]
    assert made.matching(Filters(until=date(2024, 1, 1))) == 0
    made.close()


def test_a_new_version_takes_the_place_of_the_old(tmp_path: Path):
    made = LexicalIndex(tmp_path / "lexical")
    old = a_paper("Maps", "Old words about robots.")
    made.put([an_entry(old)])
    made.commit(1)
    made.put([an_entry(a_paper("Maps", "New words about agents.", "two.txt"))])
    made.commit(2)
    assert made.search("robots", 5) == []
    assert made.count() == made.n_documents == 1
    assert made.pages() == ["two.txt"]
    assert made.generation == 2
    made.close()


def test_what_was_put_is_seen_after_the_commit_and_by_others_after_a_refresh(tmp_path: Path):
    made, other = LexicalIndex(tmp_path / "lexical"), LexicalIndex(tmp_path / "lexical")
    made.put([an_entry(PAPERS[0])])
    assert made.count() == 0
    made.commit(1)
    assert made.count() == 1
    other.refresh()
    assert other.count() == 1
    with pytest.raises(LibraryBusy):
        other.put([an_entry(PAPERS[1])])
    made.close()
    other.put([an_entry(PAPERS[1])])
    other.commit(2)
    other.close()


def test_papers_come_by_title_page_after_page(tmp_path: Path):
    made = LexicalIndex(tmp_path / "lexical")
    made.put(an_entry(a_paper(f"Title {number:03}")) for number in (7, 3, 9, 1, 5))
    made.commit(1)
    expected = [a_paper(f"Title {number:03}").id for number in (1, 3, 5, 7, 9)]
    assert sorted(paper_id for batch in made.by_title(Filters(), size=2) for paper_id in batch) == sorted(expected)
    assert [len(batch) for batch in made.by_title(Filters(), size=2)] == [2, 2, 1]
    made.close()


def test_chunks_of_a_paper_are_found_one_by_one(tmp_path: Path):
    from ingest.chunking import ChunkerSettings, chunks

    paper = a_paper("Chains", "Robots walk slowly. Agents reason well. Videos are long.")
    entry = with_chunks(observe(None, [paper]), chunks(paper, ChunkerSettings(size=5)))
    made = LexicalIndex(tmp_path / "lexical")
    made.put([entry])
    made.commit(1)
    (hit,) = made.search("agents", 5)
    assert entry.chunk(hit.ordinal).text.startswith("Agents")
    assert (made.count(), made.n_documents) == (1, len(entry.spans))
    made.close()


def test_a_broken_index_is_named(tmp_path: Path):
    LexicalIndex(tmp_path / "lexical")
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(LibraryDamaged):
        LexicalIndex(tmp_path / "lexical")
