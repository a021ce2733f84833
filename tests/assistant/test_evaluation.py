"""The harness that judges everything else: its figures on answers whose worth is known beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.answers import Answer, Citation, Passage
from assistant.errors import UsageError
from assistant.evaluation import (
    Asked,
    compare,
    evaluate_beir,
    evaluate_questions,
    evaluate_search,
    plot_reliability,
    read_questions,
)
from assistant.evaluation.beir import score
from assistant.evaluation.plot import reliability
from assistant.evaluation.questions import measure
from ingest.papers import Paper, paper_id

TITLES = ("Tidepool", "Sourdough", "Avalanche", "Limpets", "Snow", "Bread", "Drones")
PAPERS = {t: Paper(paper_id(t), t, f"{t} is studied. It reaches 93.1% accuracy.") for t in TITLES}
EXACT = pytest.approx


def passages(*titles: str) -> tuple[Passage, ...]:
    return tuple(Passage(PAPERS[t], PAPERS[t].abstract, 0, len(PAPERS[t].abstract), 0.5) for t in titles)


def citation(title: str, start: int, end: int, quote: str | None = None) -> Citation:
    return Citation(1, PAPERS[title], PAPERS[title].abstract[start:end] if quote is None else quote, start, end)


def answer(text: str = "", *, found: tuple[str, ...] = (), cited: tuple[Citation, ...] = (), **more: Any) -> Answer:
    values: dict[str, Any] = {"answered": True, "confidence": 0.8, **more}
    return Answer("?", text, citations=cited, passages=passages(*found), **values)


class Scripted:
    """An assistant whose answers are known: what is measured is the measuring."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any, int | None]] = []

    def ask(self, question: str, *, history: Any = (), limit: int | None = None) -> Answer:
        self.asked.append((question, history, limit))
        return self.answers[question]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    lines = [
        {"id": "a", "kind": "figure", "question": "qa", "gold": ["Tidepool"], "facts": [["93.1"], ["none such"]]},
        {"id": "b", "kind": "lookup", "question": "qb", "gold": ["Sourdough"], "history": [["user", "hello"]]},
        {"id": "c", "kind": "unanswerable", "question": "qc", "gold": []},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n", encoding="utf-8")
    return path


@pytest.fixture
def scripted() -> Scripted:
    return Scripted(
        {
            "qa": answer(
                "It reaches 93.1%.", found=("Tidepool",), cited=(citation("Tidepool", 0, 20),), confidence=0.9
            ),
            "qb": answer("No.", found=("Snow", "Sourdough"), answered=False, confidence=0.3),
            "qc": answer("The abstracts don't say.", answered=False, confidence=0.1),
        }
    )


def test_every_question_is_asked_with_its_history_and_measured(questions: Path, scripted: Scripted) -> None:
    report = evaluate_questions(scripted, questions)
    assert [question for question, _, _ in scripted.asked] == ["qa", "qb", "qc"]
    assert scripted.asked[1][1] == [("user", "hello")]
    figures = report.figures()
    assert figures.questions == 3
    assert figures.recall == 1.0
    assert figures.mrr == EXACT((1 + 1 / 2) / 2)
    assert figures.facts == 0.5
    assert figures.citation_precision == 1.0
    assert figures.citation_recall == 0.5
    assert figures.refusal == 1.0
    assert figures.false_refusal == 0.5
    assert figures.brier == EXACT((0.1**2 + 0.7**2 + 0.1**2) / 3)
    assert figures.words == 3
    assert report.figures("unanswerable").recall is None


def test_the_table_has_a_line_for_all_and_one_for_each_kind(questions: Path, scripted: Scripted) -> None:
    lines = evaluate_questions(scripted, questions).table().splitlines()
    assert [line.split()[0] for line in lines] == ["kind", "all", "figure", "lookup", "unanswerable"]
    assert len({len(line) for line in lines}) == 1


def test_the_report_is_plain_json(questions: Path, scripted: Scripted) -> None:
    report = json.loads(json.dumps(evaluate_questions(scripted, questions).as_dict()))
    assert set(report) == {"all", "kinds", "results"}
    assert report["kinds"]["figure"]["recall"] == 1.0
    assert report["results"][2]["refused"] is True


@pytest.mark.parametrize(
    ("found", "gold", "recall", "rank"),
    [
        pytest.param(("Tidepool",), ("Tidepool",), 1.0, 1.0, id="first"),
        pytest.param((*TITLES[1:5], "Tidepool"), ("Tidepool",), 1.0, 0.2, id="fifth"),
        pytest.param((*TITLES[1:6], "Tidepool"), ("Tidepool",), 0.0, 1 / 6, id="sixth"),
        pytest.param(TITLES, TITLES[1:], 5 / 6, 0.5, id="as many ranks as gold papers"),
        pytest.param((), ("Tidepool",), 0.0, 0.0, id="nothing found"),
        pytest.param(("Tidepool",), (r"T$^{\mathbf{i}}$depool",), 1.0, 1.0, id="TeX in the gold title"),
    ],
)
def test_recall_and_rank(found: tuple[str, ...], gold: tuple[str, ...], recall: float, rank: float) -> None:
    result = measure(Asked("1", "any", "?", gold=gold), answer(found=found), 0.0)
    assert (result.recall, result.reciprocal_rank) == EXACT((recall, rank))


def test_a_near_duplicate_counts_as_the_paper() -> None:
    passage = passages("Snow")[0]
    twin = Passage(passage.paper, passage.text, 0, passage.end, 0.5, duplicates=(PAPERS["Bread"],))
    result = measure(Asked("1", "any", "?", gold=("Bread",)), Answer("?", "", True, 0.5, passages=(twin,)), 0.0)
    assert result.recall == 1.0


def test_a_quote_that_is_not_in_the_abstract_is_caught() -> None:
    right, wrong = citation("Tidepool", 0, 8), citation("Tidepool", 0, 8, quote="Tidepoolx")
    shifted = citation("Tidepool", 1, 9, quote="Tidepool")
    result = measure(Asked("1", "any", "?", gold=("Tidepool",)), answer(cited=(right, wrong, shifted)), 0.0)
    assert result.verbatim == EXACT(1 / 3)


def test_citations_of_other_papers_cost_precision() -> None:
    cited = (citation("Tidepool", 0, 8), citation("Snow", 0, 4))
    result = measure(Asked("1", "any", "?", gold=("Tidepool", "Bread")), answer(cited=cited), 0.0)
    assert (result.cited_right, result.gold_cited) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("quote", "quoted"),
    [
        pytest.param("It reaches 93.1% accuracy.", 1.0, id="whole"),
        pytest.param("Tidepool is studied. It reaches 93.1% accuracy.", 1.0, id="more"),
        pytest.param("reaches 93.1% accuracy", 1.0, id="most"),
        pytest.param("It", 0.0, id="a scrap"),
        pytest.param("Tidepool is studied.", 0.0, id="another sentence"),
    ],
)
def test_evidence_is_quoted_when_most_of_the_sentence_is(quote: str, quoted: float) -> None:
    asked = Asked("1", "any", "?", gold=("Tidepool",), evidence={"Tidepool": "It reaches  93.1% accuracy."})
    start = PAPERS["Tidepool"].abstract.index(quote)
    result = measure(asked, answer(cited=(citation("Tidepool", start, start + len(quote)),)), 0.0)
    assert result.evidence == quoted


def test_a_search_alone_is_measured_by_recall_rank_and_time(questions: Path) -> None:
    report = evaluate_search(lambda asked, limit: passages(*TITLES[:limit]), questions)
    assert report.figures().recall == 1.0
    assert report.figures().facts is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "no questions", id="empty"),
        pytest.param('{"question": "a"}\n{"question": 3}', "Line 2", id="not text"),
        pytest.param("not json", "Line 1", id="not JSON"),
        pytest.param("[1]", "Line 1", id="not an object"),
        pytest.param('{"id": "x"}', "Line 1", id="no question"),
        pytest.param('{"question": "a", "history": [["user"]]}', "Line 1", id="half a turn"),
    ],
)
def test_a_file_that_is_no_question_file_says_where(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=complaint):
        read_questions(path)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        read_questions(tmp_path / "none.jsonl")


def test_what_changed_is_told_question_by_question(tmp_path: Path, questions: Path, scripted: Scripted) -> None:
    before = tmp_path / "before.json"
    before.write_text(json.dumps(evaluate_questions(scripted, questions).as_dict()), encoding="utf-8")
    assert compare(evaluate_questions(scripted, questions), before) == "nothing changed"
    scripted.answers["qa"] = answer("It reaches little.", found=("Tidepool",))
    scripted.answers["qc"] = answer("Surely.", answered=True, confidence=0.1)
    told = compare(evaluate_questions(scripted, questions), before).splitlines()
    assert any(line.startswith("facts: 0.500 → 0.000") for line in told)
    assert any(line.startswith("a (figure): facts 0.500 → 0.000 (worse)") for line in told)
    assert any(line.startswith("c (unanswerable): refused True → False (worse)") for line in told)
    assert not any(line.startswith("b ") for line in told)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"results": 3, "all": {}}'])
def test_a_comparison_with_something_else_is_a_usage_error(
    tmp_path: Path, questions: Path, scripted: Scripted, text: str
) -> None:
    before = tmp_path / "before.json"
    before.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="earlier"):
        compare(evaluate_questions(scripted, questions), before)


def test_reliability_compares_what_was_said_with_what_came(questions: Path, scripted: Scripted, tmp_path: Path) -> None:
    report = evaluate_questions(scripted, questions)
    assert reliability(report) == [(0.1, 0.0, 1), (0.3, 1.0, 1), (0.9, 1.0, 1)]
    pytest.importorskip("matplotlib")
    plot_reliability(report, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(UsageError, match="can't be written"):
        plot_reliability(report, tmp_path / "none" / "plot.png")


# A BEIR folder, small enough to know the figures of.


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": "MED-1", "title": "", "text": "insulin lowers the glucose of the blood"},
        {"_id": "MED-2", "title": "", "text": "glaciers carve valleys into mountains"},
        {"_id": "MED-3", "title": "Sleep", "text": "children who sleep little learn little"},
        {"_id": "MED-4", "title": "Sleep", "text": "bats sleep upside down in caves"},
        {"_id": "MED-5", "title": "", "text": ""},
    ]
    queries = [
        {"_id": "1", "text": "what lowers glucose?"},
        {"_id": "2", "text": "bats in caves"},
        {"_id": "3", "text": "not judged"},
    ]
    for name, items in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\tMED-1\t1\n2\tMED-4\t2\n2\tMED-3\t0\n", encoding="utf-8"
    )
    return folder


def test_a_set_is_searched_by_all_three_sides_under_its_own_ids(beir: Path) -> None:
    report = evaluate_beir(beir)
    perfect = {"ndcg@10": 1.0, "recall@100": 1.0, "mrr": 1.0}
    found = report.as_dict()
    assert (found["dataset"], found["corpus"], found["queries"]) == ("tiny", 5, 2)
    assert found["lexical"] == perfect
    assert found["hybrid"] == perfect
    assert set(found["dense"]) == set(perfect)
    assert found["seconds"] > 0
    assert [line.split()[0] for line in report.table().splitlines()[2:]] == ["dense", "lexical", "hybrid"]


def test_figures_of_a_run_are_the_textbook_ones() -> None:
    judged = {"q": {"a": 1, "b": 1}}
    found = score(judged, {"q": ["x", "a", "y", "b"]})
    assert found.ndcg == EXACT((0.63093 + 0.43068) / (1 + 0.63093), abs=1e-4)
    assert (found.recall, found.mrr) == (1.0, 0.5)
    assert score({"q": {"a": 1}, "r": {"a": 1}}, {"q": ["a"], "r": []}).recall == 0.5


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        pytest.param("qrels/test.tsv", None, "test.tsv", id="no judgements"),
        pytest.param("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "nothing relevant", id="empty judgements"),
        pytest.param("qrels/test.tsv", "h\n1\tMED-1\tmany\n", "judgements", id="grade is no number"),
        pytest.param("qrels/test.tsv", "h\th\th\n9\tMED-1\t1\n", "query 9", id="unknown query"),
        pytest.param("corpus.jsonl", '{"_id": 3, "text": "a"}', "Line 1", id="id is no text"),
        pytest.param("corpus.jsonl", "<html>", "corpus.jsonl", id="not JSON"),
        pytest.param("queries.jsonl", None, "queries.jsonl", id="no queries"),
    ],
)
def test_a_folder_that_is_no_set_says_what_is_wrong(beir: Path, file: str, text: str | None, complaint: str) -> None:
    if text is None:
        (beir / file).unlink()
    else:
        (beir / file).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=complaint):
        evaluate_beir(beir)
