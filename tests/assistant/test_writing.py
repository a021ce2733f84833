"""The writer with a scripted model: exact prompts, streams, budgets, refusals, retries, attacks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import REFUSAL, Delta, Draft, Numbering, Turn, Usage, Verdict
from assistant.errors import ContextTooLong, ReaderFailed, ReaderUnavailable
from assistant.prompting import Prompts
from assistant.questions import Kind, Question
from assistant.readers.openai import OpenAIModel
from assistant.readers.thinking import without_thinking
from assistant.settings import Settings
from assistant.writing import Writer
from ingest.papers import Paper
from tests import servers
from tests.assistant.scripted import AMPO, ASKED, FASTER, GAINS, SPARSE, passages, written
from tests.fakes import Reply, ScriptedModel


def test_the_answer_streams_and_its_marks_count_by_first_citation() -> None:
    streamed, draft, _ = written(list(f"{GAINS} [2]. {FASTER} [1]."))
    assert streamed == draft.text == f"{GAINS} [1]. {FASTER} [2]."
    assert [(c.number, c.paper.id, c.verdict) for c in draft.citations] == [
        (1, "a", Verdict.SUPPORTED),
        (2, "b", Verdict.SUPPORTED),
    ]
    assert draft.answered
    assert draft.confidence == 1.0


def test_the_prompt_is_put_together_exactly_so() -> None:
    _, draft, model = written(
        f"{GAINS} [1].", papers=[AMPO], history=[Turn("user", "hi"), Turn("assistant", "Ho [4].")]
    )
    rendered = Prompts().load("answer")
    system, *history, asked = model.asked[0]
    assert system.content.startswith("You answer questions about research papers.")
    assert REFUSAL in system.content
    assert [(m.role, m.content) for m in history] == [("user", "hi"), ("assistant", "Ho.")]
    key = asked.content.split('key="')[1].split('"')[0]
    assert asked.content == (
        f'<source number="1" key="{key}">\nTitle: {AMPO.title}\nAbstract: {AMPO.abstract}\n</source key="{key}">\n\n'
        f"Question: {ASKED}"
    )
    assert key in system.content
    assert draft.prompt == rendered.fingerprint


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Kind.POINT, "answer"), (Kind.SURVEY, "survey"), (Kind.COUNT, "survey"), (Kind.COMPARE, "compare")],
)
def test_each_kind_of_question_has_its_prompt(kind: Kind, name: str) -> None:
    _, draft, _ = written(f"{GAINS} [2].", question=Question(ASKED, kind))
    assert draft.prompt == Prompts().load(name).fingerprint


def test_a_paper_keeps_the_number_of_earlier_turns() -> None:
    history = [Turn("user", "q"), Turn("assistant", "x [1] y [3]", {1: "z", 3: "b"})]
    streamed, draft, _ = written(f"{GAINS} [2]. {FASTER} [1].", history=history)
    assert streamed == draft.text == f"{GAINS} [4]. {FASTER} [3]."


def test_a_mark_that_the_check_takes_away_leaves_no_gap() -> None:
    streamed, draft, _ = written(f"{GAINS} [1]. {FASTER} [1].")
    assert streamed == f"{GAINS} [1]. {FASTER} [1]."
    assert draft.text == f"{GAINS} [1]. {FASTER} [2]."
    assert [c.paper.id for c in draft.citations] == ["a", "b"]


def test_strict_shows_nothing_that_may_be_struck_out() -> None:
    streamed, draft, _ = written(f"{GAINS} [2]. AMPO gains 16.5% [2].", settings=Settings(strict=True))
    assert streamed == draft.text == f"{GAINS} [1]."
    assert written("Giraffes sleep in winter.", settings=Settings(strict=True))[1].text == REFUSAL


def test_without_strict_it_is_flagged() -> None:
    _, draft, _ = written(f"{GAINS} [2]. AMPO gains 16.5% [2].")
    assert [f.reason for f in draft.flags] == ["'16.5%' does not stand in the source"]
    assert draft.confidence == 0.5


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (REFUSAL, REFUSAL),
        ("The abstracts don’t say.", "The abstracts don’t say."),
        (f"{REFUSAL} {GAINS} [2].", f"{REFUSAL} {GAINS} [1]."),
        (f"{REFUSAL} Giraffes sleep in winter.", REFUSAL),
    ],
)
def test_a_refusal_is_no_answer_and_what_follows_it_must_hold(said: str, shown: str) -> None:
    _, draft, _ = written(said)
    assert (draft.answered, draft.confidence, draft.text) == (False, 0.0, shown)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_tokens_may_split_anywhere(data: st.DataObject) -> None:
    text = f"<think>Is it [1]?</think>\n{GAINS} 【2】, and more [1, 2] or [7]. {FASTER} [1-2]."
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    streamed, draft, _ = written(pieces)
    assert streamed == f"{GAINS} [1], and more [2][1] or. {FASTER} [2][1]."
    assert draft.text == written(text)[1].text


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        (["<thi", "nk>a", "b</th", "ink>", "\nYes."], "\nYes."),
        (["  <think>only thought"], ""),
        (["<", "b>bold"], "<b>bold"),
        (["No <think> here."], "No <think> here."),
        (["<reasoning>x</reasoning>y"], "y"),
        (["<th"], "<th"),
    ],
)
def test_what_a_model_thinks_aloud_is_not_shown(pieces: list[str], left: str) -> None:
    assert "".join(p for p in without_thinking(pieces) if isinstance(p, str)) == left


def test_passages_that_dont_fit_are_left_out_whole_and_named() -> None:
    papers = [Paper(str(n), f"Paper {n}", f"We study subject {n}. " + "It is long. " * 60) for n in range(20)]
    _, draft, model = written("We study subject 0 [1].", papers=papers, window=2_048)
    asked = model.asked[0][-1].content
    shown = [p for p in papers if f"Abstract: {p.abstract}" in asked]
    assert 0 < len(shown) < 20
    assert [*shown, *(p.paper for p in draft.omitted)] == papers
    assert model.count(model.asked[0]) + model.max_tokens[0] <= 2_048
    assert ASKED in asked
    assert "context window is full: Paper" in draft.notes[0]


def test_old_turns_go_first_and_the_question_never() -> None:
    history = [Turn("user" if n % 2 == 0 else "assistant", f"turn {n} " + "word " * 100) for n in range(20)]
    _, draft, model = written(f"{GAINS} [2].", history=history, window=2_048)
    told = [m.content.split(" word")[0] for m in model.asked[0][1:-1]]
    assert told == [f"turn {n}" for n in range(20)][-len(told) :]
    assert 0 < len(told) < 20
    assert len(told) % 2 == 0
    assert not draft.omitted


def test_a_question_that_leaves_no_room_for_any_passage_is_refused_in_one_sentence() -> None:
    with pytest.raises(ContextTooLong, match="don't fit the 600 tokens"):
        written("never asked", question=Question("word " * 2_000), window=600)


def test_a_context_that_proves_too_long_is_tried_once_more_with_half() -> None:
    papers = [AMPO, SPARSE, *(Paper(str(n), f"P{n}", f"Nothing {n}.") for n in range(2))]
    _, draft, model = written(ContextTooLong("too long"), f"{GAINS} [1].", papers=papers)
    assert len(model.asked) == 2
    assert "P0" not in model.asked[1][-1].content
    assert [p.paper.title for p in draft.omitted] == ["P0", "P1"]
    with pytest.raises(ContextTooLong):
        written(ContextTooLong("too long"), ContextTooLong("still"), papers=papers)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(ReaderUnavailable("no key"), ReaderUnavailable, id="at-once"),
        pytest.param(["AMPO gains", ReaderFailed("cut")], ReaderFailed, id="in-mid-answer"),
        pytest.param(["AMPO gains", ContextTooLong("late")], ContextTooLong, id="too-long-in-mid-answer"),
        pytest.param("", ReaderFailed, id="nothing"),
        pytest.param(" \n", ReaderFailed, id="white-space"),
        pytest.param("<think>for ever", ReaderFailed, id="only-thought"),
        pytest.param("![x](https://evil.example)", ReaderFailed, id="only-an-image"),
    ],
)
def test_a_reader_that_fails_raises_and_is_not_asked_again(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        written(reply)


def test_going_away_stops_the_model() -> None:
    model = ScriptedModel(["AMPO ", "gains ", "15.6% ", "on ", "SOTOPIA."])
    events = Writer(model, Prompts(), Settings()).write(Question(ASKED), ASKED, (), passages(AMPO), Numbering())
    assert next(iter(events))
    events.close()  # type: ignore[attr-defined]
    assert model.closed


def test_usage_is_reported_and_a_cut_answer_or_prompt_is_said() -> None:
    _, draft, _ = written(f"{GAINS} [2].", usage=Usage(500, 12))
    assert (draft.usage, draft.notes) == (Usage(500, 12), ())
    _, draft, _ = written(f"{GAINS} [2]", usage=Usage(500, 700))
    assert "cut at 700 tokens" in draft.notes[0]
    _, draft, _ = written(f"{GAINS} [2].", usage=Usage(30, 12))
    assert "read only 30 of about" in draft.notes[0]


@pytest.mark.parametrize(
    ("said", "queries"),
    [
        pytest.param(
            "adaptive reasoning modes\ntoken budgets", ["adaptive reasoning modes", "token budgets"], id="two"
        ),
        pytest.param(
            '1. "one query"\n- another one\n* third\n4) fourth', ["one query", "another one", "third"], id="list"
        ),
        pytest.param("Here are three queries:\nmode selection", ["mode selection"], id="lead-in"),
        pytest.param(f"{ASKED}\n{ASKED.upper()}", [], id="echo"),
        pytest.param("same\nSame\nsame.", ["same."], id="repeated"),
        pytest.param("", [], id="empty"),
        pytest.param("word " * 200, [], id="endless"),
        pytest.param("Sure! I can help with that.", [], id="talk"),
        pytest.param("<think>hm</think>modes", ["modes"], id="thought"),
    ],
)
def test_rewriting_keeps_only_what_can_be_searched_for(said: str, queries: list[str]) -> None:
    model = ScriptedModel(said)
    assert Writer(model, Prompts(), Settings()).rewrite(Question(ASKED)) == queries
    assert model.asked[0][-1].content == f"Question: {ASKED}"


HISTORY = (Turn("user", "What is AMPO?"), Turn("assistant", "AMPO picks modes [1].", {1: "a"}))


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        pytest.param("How much does AMPO gain?", "How much does AMPO gain?", id="good"),
        pytest.param("Question: How much does AMPO gain?", "How much does AMPO gain?", id="labelled"),
        pytest.param("What is AMPO?", "", id="an-old-question"),
        pytest.param("AMPO picks modes.", "", id="an-old-answer"),
        pytest.param("How much does DeepSeek-R1 gain?", "", id="a-new-name"),
        pytest.param("It gains a lot.\nOr not.", "", id="two-lines"),
        pytest.param("", "", id="empty"),
        pytest.param("word " * 200, "", id="endless"),
    ],
)
def test_condensing_takes_one_grounded_question_or_nothing(said: str, whole: str) -> None:
    model = ScriptedModel(said)
    assert Writer(model, Prompts(), Settings()).condense("and how much does it gain?", HISTORY) == whole
    assert model.asked[0][-1].content == (
        "Conversation:\nuser: What is AMPO?\nassistant: AMPO picks modes.\n\nLast question: and how much does it gain?"
    )


def test_condensing_without_history_asks_nobody() -> None:
    assert Writer(ScriptedModel(), Prompts(), Settings()).condense(ASKED, ()) == ""


def test_expanding_keeps_only_questions() -> None:
    model = ScriptedModel("1. How can a model save words?\nIt saves words.\n2. Which way of thinking is enough?")
    questions = Writer(model, Prompts(), Settings()).expand(AMPO)
    assert questions == ["How can a model save words?", "Which way of thinking is enough?"]
    assert AMPO.abstract in model.asked[0][-1].content


def test_through_a_real_server_with_slow_split_tokens() -> None:
    with servers.fault_server() as server:
        server.plays(servers.says(*f"{GAINS} [2], {FASTER} [1].", delay=0.002))
        model = OpenAIModel("tiny", environ={"OPENAI_BASE_URL": server.url})
        writer = Writer(model, Prompts(), Settings())
        *deltas, draft = writer.write(Question(ASKED), ASKED, (), passages(SPARSE, AMPO), Numbering())
        assert "".join(d.text for d in deltas if isinstance(d, Delta)) == f"{GAINS} [1], {FASTER} [2]."
        assert isinstance(draft, Draft)
        assert draft.usage == Usage(1000, len(f"{GAINS} [2], {FASTER} [1]."))
        long = servers.fails(400, "maximum context length is 10 tokens", code="context_length_exceeded")
        server.plays(long, servers.says(f"{FASTER} [1]."))
        *_, draft = writer.write(Question(ASKED), ASKED, (), passages(SPARSE, AMPO), Numbering())
        assert isinstance(draft, Draft)
        assert [p.paper.id for p in draft.omitted] == ["a"]
        assert len(server.seen) == 2
