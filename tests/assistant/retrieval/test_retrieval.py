"""Search over the real library: the paper is found, once, whatever the question looks like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.answers import Filters
from assistant.errors import UsageError
from assistant.questions import Kind, Question
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper, admits, paper_id
from ingest.pipeline import ingest_papers

#: Papers nobody knows, so that nothing here can lean on the bundled pages.
PAPERS = {
    "Tidepool: Counting Limpets from Drone Footage": (
        "We count limpets on rocky shores with a drone. Tidepool reaches 93.1% accuracy on 4,000 photographs. "
        "Waves and shadows remain hard."
    ),
    "LIMP: Walking Robots that Recover from a Broken Leg": (
        "Legged robots fall when a joint fails. Our controller, LIMP, relearns its gait in two minutes after damage."
    ),
    "Sourdough Dynamics": (
        "We model how yeast and bacteria share a starter dough. Temperature decides which of them wins."
    ),
    "GraTe: Grading Essays without Teachers": (
        "Automated essay scoring needs labels. GraTe (Grading without Teachers) ranks essays by comparing pairs."
    ),
    "GraTe++: Grading Essays with Fewer Pairs": (
        "We improve on GraTe by choosing the pairs to compare. GraTe++ needs a tenth of the comparisons."
    ),
    "Forecasting Avalanches from Snow Sounds": (
        "Microphones under the snow hear small cracks. A recurrent network forecasts slides an hour ahead."
    ),
    "Medication Reminders for Older Adults": (
        "Elderly people forget to take their pills. A wristband that vibrates raises adherence by 18%."
    ),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    papers = [
        Paper(
            paper_id(title), title, abstract, listed=date(2025, 1 + n, 1), organization="Shore Lab" if n == 0 else None
        )
        for n, (title, abstract) in enumerate(PAPERS.items())
    ]
    place = tmp_path_factory.mktemp("retrieval") / "library"
    with Library.open(place, load_embedder("default"), create=True) as opened:
        ingest_papers(papers, opened)
        yield opened


@pytest.fixture(scope="module")
def retriever(library: Library) -> Retriever:
    return Retriever(library)


@pytest.fixture(scope="module")
def bundled(bundled_library: Path) -> Iterator[Retriever]:
    with Library.open(bundled_library, load_embedder("default")) as opened:
        yield Retriever(opened)


def first(retriever: Retriever, question: Question | str) -> str:
    return retriever.search(question, limit=3)[0].paper.title.split(":")[0]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        pytest.param("How accurate is Tidepool?", "Tidepool", id="name"),
        pytest.param("limpet", "Tidepool", id="stem"),
        pytest.param("can a machine get up again after one of its limbs fails?", "LIMP", id="other words"),
        pytest.param("what makes bread rise or sour", "Sourdough Dynamics", id="no word shared"),
        pytest.param(
            "grandparents who don't remember their tablets", "Medication Reminders for Older Adults", id="lay words"
        ),
        pytest.param("What does GraTe do?", "GraTe", id="a name that begins another's"),
        pytest.param("What does GraTe++ need?", "GraTe++", id="a name with signs"),
        pytest.param("how does LIMP work", "LIMP", id="a name that is a word"),
        pytest.param("How accurate is Tidepol?", "Tidepool", id="a name misspelt"),
        pytest.param("Tidepool 的准确率是多少?", "Tidepool", id="Chinese"),
        pytest.param("¿Qué precisión alcanza Tidepool?", "Tidepool", id="Spanish"),
        pytest.param("Wie genau ist Tidepool?", "Tidepool", id="German"),
        pytest.param("Quelle précision atteint Tidepool ?", "Tidepool", id="French"),
        pytest.param(
            '"Forecasting Avalanches from Snow Sounds"', "Forecasting Avalanches from Snow Sounds", id="title"
        ),
    ],
)
def test_the_paper_comes_first(retriever: Retriever, question: str, title: str) -> None:
    assert first(retriever, question) == title


def test_both_sides_of_a_comparison_come_first(retriever: Retriever) -> None:
    question = Question("Compare Tidepool and LIMP.", Kind.COMPARE, parts=("Tidepool", "LIMP"))
    found = [p.paper.title.split(":")[0] for p in retriever.search(question, limit=2)]
    assert set(found) == {"Tidepool", "LIMP"}


def test_another_wording_brings_its_paper(retriever: Retriever) -> None:
    found = retriever.search("éboulements de neige", limit=3, extra_queries=["forecasting avalanches from snow"])
    assert found[0].paper.title.startswith("Forecasting Avalanches")


def test_passages_are_verbatim_scored_best_first_and_distinct(bundled: Retriever) -> None:
    found = bundled.search("reinforcement learning for reasoning", limit=25)
    assert len(found) == 25
    assert len({p.paper.id for p in found}) == 25
    assert all(p.paper.abstract[p.start : p.end] == p.text for p in found)
    assert all(0.0 <= p.score <= 1.0 for p in found)
    scores = [p.score for p in found]
    assert scores == sorted(scores, reverse=True)


def test_a_named_paper_scores_high_and_a_subject_nobody_treats_low(bundled: Retriever) -> None:
    named = bundled.search("What is Population Based Training of Neural Networks?", limit=1)[0].score
    foreign = bundled.search("How do vaccines against malaria work?", limit=1)[0].score
    assert named > 0.8
    assert foreign < 0.3


@pytest.mark.parametrize(
    "filters",
    [
        Filters(since=date(2025, 3, 1)),
        Filters(until=date(2025, 2, 1)),
        Filters(since=date(2025, 2, 1), until=date(2025, 4, 1)),
        Filters(organization="shore"),
        Filters(organization="nobody"),
        Filters(has_code=True),
    ],
    ids=str,
)
def test_filters_hold_for_every_passage(retriever: Retriever, filters: Filters) -> None:
    found = retriever.search("drones, robots and dough", limit=10, filters=filters)
    assert all(admits(filters, p.paper) for p in found)
    titles = [title for n, title in enumerate(PAPERS) if admits(filters, paper(title, n))]
    assert {p.paper.title for p in found} == set(titles)


def paper(title: str, n: int) -> Paper:
    return Paper("x", title, "", listed=date(2025, 1 + n, 1), organization="Shore Lab" if n == 0 else None)


def test_near_duplicates_are_one_passage_and_are_named(tmp_path: Path) -> None:
    title, abstract = next(iter(PAPERS.items()))
    twin = Paper("twin", "Counting Limpets by Drone", abstract + " Code is available.")
    papers = [*(Paper(paper_id(t), t, a) for t, a in PAPERS.items()), twin]
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        ingest_papers(papers, library)
        found = Retriever(library).search("counting limpets with a drone", limit=7)
    titles = {found[0].paper.title, *(p.title for p in found[0].duplicates)}
    assert titles == {title, "Counting Limpets by Drone"}
    assert len(found) == len(PAPERS)


def test_papers_added_later_are_found_without_reopening(tmp_path: Path) -> None:
    papers = [Paper(paper_id(t), t, a) for t, a in PAPERS.items()]
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        ingest_papers(papers[1:], library)
        retriever = Retriever(library)
        assert first(retriever, "counting limpets with a drone") != "Tidepool"
        ingest_papers(papers[:1], library)
        assert first(retriever, "counting limpets with a drone") == "Tidepool"


def test_a_library_prepared_for_finds_the_same(library: Library) -> None:
    plain, prepared = Retriever(library), Retriever(library)
    prepared.prepare(list(library.papers()))
    for question in ("how are limpets counted?", "GraTe versus GraTe++", "pills that the elderly forget"):
        before, after = plain.search(question), prepared.search(question)
        assert [p.paper.id for p in after] == [p.paper.id for p in before]
        assert [p.score for p in after] == pytest.approx([p.score for p in before], abs=1e-5)


def test_papers_added_after_preparing_are_found(tmp_path: Path) -> None:
    first, late = (Paper(paper_id(title), title, text) for title, text in list(PAPERS.items())[:2])
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as opened:
        ingest_papers([first], opened)
        retriever = Retriever(opened)
        retriever.prepare([first])
        ingest_papers([late], opened)
        assert retriever.search("a robot with a broken leg")[0].paper.id == late.id


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        assert Retriever(library).search("anything at all") == []


@pytest.mark.parametrize("question", ["", " \n\t ", "\u3000"])
def test_an_empty_question_is_a_usage_error(retriever: Retriever, question: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        retriever.search(question)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_a_usage_error(retriever: Retriever, limit: int) -> None:
    with pytest.raises(UsageError, match="limit"):
        retriever.search("dough", limit=limit)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("🙂" * 10, id="emoji"),
        pytest.param("???", id="marks"),
        pytest.param("a\0b\0dough", id="NUL"),
        pytest.param("dough \ud800", id="lone surrogate"),
        pytest.param("dough " * 20_000, id="100 kB of words"),
        pytest.param("x" * 100_000, id="100 kB without a space"),
        pytest.param('title:dough AND (text:"yeast" OR -[a TO b}) ~2 ^3 \\', id="query syntax"),
        pytest.param("ẑ̶͓a̷l̴g̵o̶", id="zalgo"),
        pytest.param("مرحبا dough", id="right to left"),
    ],
)
def test_odd_questions_never_fail(retriever: Retriever, question: str) -> None:
    found = retriever.search(question, limit=3)
    assert len(found) <= 3
    if "dough" in question:
        assert found[0].paper.title == "Sourdough Dynamics"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(min_size=1, max_size=80))
def test_any_text_is_a_question_or_a_usage_error(retriever: Retriever, question: str) -> None:
    try:
        found = retriever.search(question, limit=3)
    except UsageError:
        assert not question.strip()
        return
    assert all(0.0 <= p.score <= 1.0 for p in found)
