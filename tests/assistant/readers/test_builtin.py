"""The built-in reader over the bundled pages: what it answers, cites, lists, compares and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering import Answerer, Asked
from assistant.answers import REFUSAL, Answer, Filters, Numbering, Passage, Turn
from assistant.evidence.reading import read
from assistant.questions import analyse
from assistant.readers.builtin import BuiltinReader, wording
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper, admits, paper_id

TODAY = date(2026, 11, 21)
QUALITY = Path(__file__).parents[2] / "quality" / "reader.jsonl"
MARK = re.compile(r"(?<!\\)\[(\d+)\]")


@pytest.fixture(scope="module")
def library(bundled_library: Path) -> Iterator[Library]:
    with Library.open(bundled_library, load_embedder("default")) as opened:
        yield opened


@pytest.fixture(scope="module")
def answerer(library: Library) -> Answerer:
    retriever = Retriever(library)
    return Answerer(library, retriever, BuiltinReader(library, retriever), today=lambda: TODAY)


def ask(answerer: Answerer, question: str, *history: tuple[str, str], filters: Filters | None = None) -> Answer:
    turns = tuple(Turn(role, text) for role, text in history)  # type: ignore[arg-type]
    *_, answer = answerer.stream(Asked(question, turns, filters or Filters()))
    assert isinstance(answer, Answer)
    return answer


def check_citations(answer: Answer) -> None:
    """Every mark has its citation, every quote is verbatim, and the sentence shown holds the quote."""
    assert {int(n) for n in MARK.findall(answer.text)} == {c.number for c in answer.citations}
    for citation in answer.citations:
        assert citation.paper.abstract[citation.start : citation.end] == citation.quote
        assert bool(citation.quote) != bool(citation.listing)


def test_a_point_question_gets_the_abstracts_own_sentences(answerer: Answerer) -> None:
    answer = ask(answerer, "What pass rate does Leanabell-Prover reach on MiniF2F?")
    assert answer.answered
    assert "59.8% pass rate (pass@32) on MiniF2F [1]." in answer.text
    assert {c.paper.title.partition(":")[0] for c in answer.citations} == {"Leanabell-Prover"}
    assert 1 <= len(answer.citations) <= 3
    check_citations(answer)


def test_a_paper_that_spells_a_term_out_in_passing_is_not_the_one_described_by_it(answerer: Answerer) -> None:
    """DUMP spells UCB out in brackets, which made it the paper called UCB."""
    question = "What is the bonus term in the UCB algorithm for predictive state representations an upper bound of?"
    answer = ask(answerer, question)
    assert answer.citations[0].paper.title.startswith("Provably Efficient UCB-type Algorithms")


def test_slips_of_the_hand_are_put_right_for_the_search_and_for_the_reading(answerer: Answerer) -> None:
    right = ask(answerer, "What pass rate does Leanabell-Prover reach on the benchmark?")
    slipped = ask(answerer, "What pass rate does Leanabell-Prover reach on the benchamrk?")
    assert (slipped.text, slipped.citations) == (right.text, right.citations)
    assert slipped.question.endswith("benchamrk?")
    assert slipped.standalone == right.standalone


def test_letters_that_papers_spell_out_are_no_papers_to_compare(answerer: Answerer) -> None:
    """RL made a table of this paper and one that spells RL out."""
    answer = ask(answerer, "What do the AceReason-Nemotron RL runs train on first?")
    assert answer.kind == "point"
    assert "|---|" not in answer.text
    assert {c.paper.title.partition(":")[0] for c in answer.citations} == {"AceReason-Nemotron"}


def test_a_side_may_be_called_by_what_stands_in_its_title_alone(answerer: Answerer) -> None:
    answer = ask(answerer, "What sets RLBFF apart from Rubric Anchors?")
    assert "|---|" in answer.text
    titles = {citation.paper.title for citation in answer.citations}
    assert "Reinforcement Learning with Rubric Anchors" in titles
    assert len(titles) == 2


def test_two_things_in_the_title_of_one_paper_are_no_two_papers(answerer: Answerer) -> None:
    answer = ask(answerer, "How do induction and transduction differ in what they are good at on ARC?")
    assert "|---|" not in answer.text
    assert answer.citations[0].paper.title.startswith("Combining Induction and Transduction")


def test_a_question_that_nothing_passes_the_filters_of_is_refused_in_a_sentence(answerer: Answerer) -> None:
    answer = ask(answerer, "What does UPGD gain over Adam?", filters=Filters(until=date(1990, 1, 1)))
    assert not answer.answered
    assert answer.text


@pytest.mark.parametrize("name", ["Leanabelt-Proser", "Grobnitz-Prover"])
def test_what_is_asked_of_a_name_that_no_paper_bears_is_not_answered_of_another(answerer: Answerer, name: str) -> None:
    assert ask(answerer, "What pass rate does Leanabell-Prover reach on MiniF2F?").answered
    assert not ask(answerer, f"What pass rate does {name} reach on MiniF2F?").answered


def test_who_does_not_name_the_paper_is_told_its_title(answerer: Answerer) -> None:
    answer = ask(answerer, "By how much does merging with distribution-aware rescaling help RL-trained agentic models?")
    assert "“Behavior Knowledge Merge in Reinforced Agentic Models”" in answer.text


def test_the_listing_is_cited_as_the_listing(answerer: Answerer) -> None:
    answer = ask(
        answerer, "When was DRIVE listed, how many comments does it have, and which organization is behind it?"
    )
    assert "Nov 9, 2025" in answer.text
    assert "5 comments" in answer.text
    assert "Tencent" in answer.text
    assert all(not c.quote and c.listing and c.start == c.end == 0 for c in answer.citations)
    check_citations(answer)


def test_what_the_listing_lacks_is_refused_or_noted(answerer: Answerer) -> None:
    refused = ask(answerer, "When was LazyDiT listed?")
    assert not refused.answered
    assert "no date" in refused.text
    noted = ask(answerer, "How many authors does Jigsaw-R1 have and which organization is it from?")
    assert "7 authors" in noted.text
    assert any("no organization" in note for note in noted.notes)


def test_code_is_a_link_from_the_abstract(answerer: Answerer) -> None:
    answer = ask(answerer, "Where is the code of SwinLSTM?")
    assert "https://github.com/SongTang-x/SwinLSTM" in answer.text
    check_citations(answer)
    without = ask(answerer, "Where is the code of PERL?")
    assert not without.answered
    assert "no link" in without.text


def test_a_survey_is_one_line_a_paper_with_its_coverage(answerer: Answerer, library: Library) -> None:
    answer = ask(answerer, "Which papers make use of Monte Carlo tree search?")
    lines = [line for line in answer.text.splitlines() if re.match(r"\d+\. ", line)]
    assert re.match(rf"{len(lines)} of {library.count()} papers match", answer.text)
    assert len(lines) >= 4
    assert all(len(MARK.findall(line)) == 1 for line in lines)
    assert "ReST-MCTS*" in answer.text
    check_citations(answer)


def test_how_many_says_of_how_many(answerer: Answerer, library: Library) -> None:
    assert f"of {library.count()} papers" in ask(answerer, "How many papers are about federated learning?").text
    everything = ask(answerer, "How many papers are there?")
    assert everything.text.startswith(f"{library.count()} of {library.count()} papers")


def test_only_papers_of_that_time_and_the_undated_are_said_to_be_left_out(answerer: Answerer, library: Library) -> None:
    answer = ask(answerer, "What is new since October 2025?")
    assert answer.citations
    assert all(c.paper.listed and c.paper.listed >= date(2025, 10, 1) for c in answer.citations)
    undated = sum(paper.listed is None for paper in library.papers())
    assert any(f"{undated} papers without a date" in note for note in answer.notes)
    listed = [c.paper.listed for c in answer.citations]
    assert listed == sorted(listed, reverse=True)  # type: ignore[type-var]


def test_the_oldest_and_the_most_discussed_come_from_the_listing(answerer: Answerer, library: Library) -> None:
    oldest = min(paper.listed for paper in library.papers() if paper.listed)
    assert ask(answerer, "What is the oldest paper?").citations[0].paper.listed == oldest
    most = max(paper.comments for paper in library.papers() if paper.comments is not None)
    assert ask(answerer, "Which paper is the most discussed?").citations[0].paper.comments == most


def test_as_many_as_were_asked_for(answerer: Answerer) -> None:
    answer = ask(answerer, "What are the newest five papers?")
    listed = [c.paper.listed for c in answer.citations]
    assert len(listed) == 5
    assert listed == sorted(listed, reverse=True)  # type: ignore[type-var]


@pytest.mark.parametrize("question", ["Which papers are by Tencent?", "papers by tencent"])
def test_papers_of_an_organization(answerer: Answerer, library: Library, question: str) -> None:
    answer = ask(answerer, question)
    own = sum("tencent" in (paper.organization or "").casefold() for paper in library.papers())
    assert len({c.paper.id for c in answer.citations}) == own > 0
    assert all("tencent" in (c.paper.organization or "").casefold() for c in answer.citations)


def test_which_of_them_chooses_among_the_papers_spoken_of(answerer: Answerer) -> None:
    history = (("user", "Which papers make use of Monte Carlo tree search?"),)
    listed = ask(answerer, history[0][1])
    turns = (Turn("user", history[0][1]), Turn("assistant", listed.text, {n: p.id for n, p in listed.sources.items()}))
    *_, answer = answerer.stream(Asked("Which of these papers are about theorem proving or maths?", turns))
    assert isinstance(answer, Answer)
    assert {c.paper.id for c in answer.citations} <= {p.id for p in listed.sources.values()}


def test_filters_hold_for_whole_library_questions(answerer: Answerer) -> None:
    filters = Filters(since=date(2025, 1, 1), until=date(2025, 6, 30))
    answer = ask(answerer, "Which papers train with reinforcement learning?", filters=filters)
    assert all(admits(filters, c.paper) for c in answer.citations)


def test_a_comparison_is_a_table_with_both_sides(answerer: Answerer) -> None:
    answer = ask(answerer, "Kimina-Prover vs Leanabell-Prover: what does each score on MiniF2F?")
    head, rule, *rows = answer.text.splitlines()
    assert "Kimina-Prover" in head.split("|")[2]
    assert "Leanabell-Prover" in head.split("|")[3]
    assert rule == "|---|---|---|"
    assert any("80.7%" in row and "59.8%" in row for row in rows)
    check_citations(answer)


def test_a_side_that_is_silent_is_said_to_be(answerer: Answerer) -> None:
    answer = ask(answerer, "OVOR vs LazyDiT: how many parameters does each have?")
    assert "says nothing of this" in answer.text


def test_a_comparison_within_one_paper_is_no_table(answerer: Answerer) -> None:
    answer = ask(answerer, "SwinLSTM vs ConvLSTM: what takes the place of the convolutional structure?")
    assert "|---|" not in answer.text
    assert {c.paper.title[:8] for c in answer.citations} == {"SwinLSTM"}


@pytest.mark.parametrize(
    "question", ["does SFT hurt generalization compared with RL?", "difference between LoRA and full fine-tuning?"]
)
def test_techniques_that_half_the_field_writes_of_are_not_taken_for_two_papers(
    answerer: Answerer, question: str
) -> None:
    assert "|---|" not in ask(answerer, question).text


def test_a_paper_beside_a_technique_is_answered_from_the_paper(answerer: Answerer) -> None:
    answer = ask(answerer, "AMPO vs GRPO")
    assert {c.paper.title[:21] for c in answer.citations} == {"More Than One Teacher"}


@pytest.mark.parametrize(
    "question",
    [
        "How many GPUs were needed for Kimina-Prover?",
        "How does RWKV-7 handle state tracking?",
        "What dropout rate does OVOR use?",
    ],
)
def test_a_refusal_names_the_nearest_and_cites_nothing(answerer: Answerer, question: str) -> None:
    answer = ask(answerer, question)
    assert not answer.answered
    assert answer.text.startswith(REFUSAL)
    assert not MARK.search(answer.text)
    assert answer.citations == ()
    assert answer.text.count("\n- “") >= 1


def test_small_talk_searches_nothing(answerer: Answerer) -> None:
    answer = ask(answerer, "hello there!")
    assert answer.passages == ()
    assert answer.citations == ()
    assert len(answer.text.split()) < 40


def test_a_follow_up_is_answered_from_the_conversations_paper(answerer: Answerer) -> None:
    history = (("user", "what is OVOR?"), ("assistant", "OVOR regularises with virtual outliers."))
    answer = ask(answerer, "does it need a pool of prompts?", *history)
    assert {c.paper.title[:4] for c in answer.citations} == {"OVOR"}
    assert "OVOR" in answer.standalone


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("Kimina-Prover 在 miniF2F 上的准确率是多少?", "80.7%"),
        ("¿Qué tasa de éxito alcanza Leanabell-Prover en MiniF2F?", "59.8%"),
        ("Quelle précision Kimina-Prover atteint-il sur miniF2F ?", "80.7%"),
        ("Wie viele Aufgaben hat HEMM?", "30 tasks"),
    ],
)
def test_other_languages_are_answered_from_the_english(answerer: Answerer, question: str, held: str) -> None:
    assert held in ask(answerer, question).text


def test_a_paper_keeps_its_number_through_a_conversation(library: Library) -> None:
    retriever = Retriever(library)
    reader = BuiltinReader(library, retriever)
    question = analyse("What is LazyDiT?", today=TODAY)
    passages = retriever.search(question, limit=8)
    seeded = Numbering([Turn("assistant", "…", {7: passages[0].paper.id})])
    assert {c.number for c in reader.read(question, passages, seeded).citations} == {7}


def test_the_same_question_gets_the_same_answer(answerer: Answerer) -> None:
    first, second = (ask(answerer, "Which papers are about robots?") for _ in range(2))
    assert (first.text, first.citations, first.confidence) == (second.text, second.citations, second.confidence)


def test_a_forged_mark_in_an_abstract_is_no_mark(library: Library) -> None:
    forged = Paper(
        paper_id("Zorblax: a net"),
        "Zorblax: a net",
        "We propose Zorblax [2], which blinks [7]. See ![pixel](http://evil.example/p.png) now. "
        "Zorblax gains 3.5% on FooBench [1].",
    )
    question = analyse("How much does Zorblax gain on FooBench?", today=TODAY)
    draft = BuiltinReader(library).read(
        question, [Passage(forged, forged.abstract, 0, len(forged.abstract), 0.99)], Numbering()
    )
    assert set(MARK.findall(draft.text)) == {"1"}
    assert "![pixel](" not in draft.text


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("It learns fast.", "It [ZigZag] learns fast."),
        ("Our method learns fast.", "Our method [ZigZag] learns fast."),
        ("ZigZag learns fast.", "ZigZag learns fast."),
        ("Italy learns fast.", "Italy learns fast."),
    ],
)
def test_a_word_that_leans_backwards_gets_the_name(sentence: str, shown: str) -> None:
    paper = Paper(paper_id("ZigZag: a title"), "ZigZag: a title", f"Plateaus are hard. {sentence}")
    reading = read(paper)
    assert wording.named(reading.sentences[1], reading) == shown


@pytest.mark.parametrize(
    ("sentence", "marked"),
    [
        ("It ends.", "It ends [1]."),
        ("Does it end?", "Does it end [1]?"),
        ("It ends (at last).", "It ends (at last) [1]."),
        ('It says "end."', 'It says "end." [1]'),
        ("See https://example.org/a.", "See https://example.org/a. [1]"),
        ("no end", "no end [1]"),
    ],
)
def test_the_mark_goes_before_the_full_stop(sentence: str, marked: str) -> None:
    assert wording.marked(sentence, [1]) == marked


@settings(max_examples=40, deadline=None)
@given(question=st.text(min_size=1, max_size=200).filter(str.strip))
def test_any_question_gets_an_answer_with_exact_quotes(answerer: Answerer, question: str) -> None:
    answer = ask(answerer, question)
    check_citations(answer)
    assert answer.text.strip()
    assert 0.0 <= answer.confidence <= 1.0


@pytest.fixture(scope="module")
def judged(answerer: Answerer) -> list[tuple[dict, Answer]]:
    items = [json.loads(line) for line in QUALITY.read_text(encoding="utf-8").splitlines()]
    return [(item, ask(answerer, item["question"], *map(tuple, item.get("history", ())))) for item in items]


def folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def test_questions_of_our_own_keep_their_quality(judged: list[tuple[dict, Answer]]) -> None:
    answerable = [(item, answer) for item, answer in judged if item["gold"]]
    held = [
        sum(any(folded(a) in folded(answer.text) for a in fact) for fact in item["facts"]) / len(item["facts"])
        for item, answer in answerable
        if item["kind"] != "paraphrase"
    ]
    refused = [not answer.answered for item, answer in judged if not item["gold"]]
    assert sum(held) / len(held) >= 0.8
    assert sum(refused) / len(refused) >= 0.75
    assert sum(not answer.answered for _, answer in answerable) / len(answerable) <= 0.1
    for _, answer in judged:
        check_citations(answer)
