"""The public interface: open, ask, aask, stream, search, history in every shape, and a reader that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

import assistant as package
from assistant import Answer, Assistant, Delta, Filters, Stage, Turn, UsageError
from assistant.answers import REFUSAL, Usage
from assistant.assistant import turns
from assistant.errors import ReaderFailed
from assistant.readers import Message


class Scripted:
    """A chat model that says what it is told to, and may break off."""

    name = "scripted"
    context_window = 8_000

    def __init__(self, *pieces: str, fails: bool = False) -> None:
        self.pieces, self.fails = pieces, fails
        self.asked: list[Sequence[Message]] = []

    def count(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content) // 3 for message in messages)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str | Usage]:
        self.asked.append(messages)
        yield from self.pieces
        if self.fails:
            raise ReaderFailed("The model broke off.")


def test_every_public_name_is_there() -> None:
    assert {name for name in package.__all__ if not hasattr(package, name)} == set()


def test_an_answer_cites_verbatim_words_of_the_right_abstract(assistant: Assistant) -> None:
    answer = assistant.ask("What does AMPO do?")
    assert answer.answered
    assert "Adaptive Multi-Guidance Policy Optimization" in answer.citations[0].paper.title
    for citation in answer.citations:
        assert citation.paper.abstract[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in answer.text


def test_passages_name_each_paper_once_best_first(assistant: Assistant) -> None:
    passages = assistant.ask("Which papers are about continual learning?").passages
    ids = [passage.paper.id for passage in passages]
    assert len(ids) == len(set(ids))
    for passage in passages:
        assert passage.paper.abstract[passage.start : passage.end] == passage.text


def test_a_stream_ends_with_the_answer_that_ask_gives(assistant: Assistant) -> None:
    events = list(assistant.stream("What does AMPO do?"))
    assert isinstance(events[0], Stage)
    assert isinstance(events[-1], Answer)
    assert "".join(event.text for event in events if isinstance(event, Delta)) == events[-1].text
    assert events[-1].text == assistant.ask("What does AMPO do?").text


async def test_aask_leaves_the_loop_free(assistant: Assistant) -> None:
    answers = await asyncio.gather(*(assistant.aask(f"What is {name}?") for name in ("RLGF", "AMPO", "RAST")))
    assert all(name in answer.text for name, answer in zip(("RLGF", "AMPO", "RAST"), answers, strict=True))


def test_a_follow_up_is_answered_from_the_paper_of_the_conversation(assistant: Assistant) -> None:
    first = assistant.ask("What is GAIN-RL?")
    second = assistant.ask("how does it select training data?", history=[("user", "What is GAIN-RL?"), first])
    assert second.citations[0].paper.id == first.citations[0].paper.id
    assert second.citations[0].number == first.citations[0].number


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([("user", "What is GAIN-RL?"), ("assistant", "GAIN-RL picks data by angle [1].")], id="pairs"),
        pytest.param([["user", "What is GAIN-RL?"], ["assistant", "GAIN-RL picks data by angle."]], id="lists"),
        pytest.param([{"role": "user", "content": "What is GAIN-RL?"}], id="mappings"),
        pytest.param([Turn("user", "What is GAIN-RL?")], id="turns"),
    ],
)
def test_history_may_come_in_any_usual_shape(assistant: Assistant, said: list) -> None:
    answer = assistant.ask("and how does it select training data?", history=said)
    assert "Angles Don't Lie" in answer.passages[0].paper.title


@pytest.mark.parametrize("said", ["text", [("system", "x")], [("user",)], [3], [{"role": "user"}]])
def test_history_of_another_shape_is_a_usage_error(said: object) -> None:
    with pytest.raises(UsageError, match="History"):
        turns(said)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["", "  \n", "why " * 5_000])
def test_an_empty_or_endless_question_is_a_usage_error(assistant: Assistant, question: str) -> None:
    with pytest.raises(UsageError):
        assistant.ask(question)


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_a_usage_error(assistant: Assistant, limit: int) -> None:
    with pytest.raises(UsageError, match="between 1 and 100"):
        assistant.ask("x", limit=limit)


@pytest.mark.parametrize(
    "question", ["\x00", "🦔🦔🦔", "\u202eolleh", "Z̷̡͇a̸l̶g̵o̸", "[1][2][99]", "{'a': $b}", "SELECT * FROM papers;--"]
)
def test_odd_questions_are_answered_or_refused_without_an_error(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.text


def test_filters_hold_for_everything_that_is_cited(assistant: Assistant) -> None:
    filters = Filters(since=date(2025, 6, 1), until=date(2025, 12, 31))
    answer = assistant.ask("Which papers use reinforcement learning for reasoning?", filters=filters)
    assert answer.answered
    for citation in answer.citations:
        assert citation.paper.listed is not None
        assert filters.since <= citation.paper.listed <= filters.until  # type: ignore[operator]


def test_a_refusal_cites_nothing(assistant: Assistant) -> None:
    answer = assistant.ask("How do I bake sourdough bread at high altitude?")
    assert not answer.answered
    assert answer.text.startswith(REFUSAL)
    assert answer.citations == ()


def test_a_generative_reader_writes_and_is_named(bundled_library: Path) -> None:
    model = Scripted("RLGF is a suite of RL algorithms for LLM fine-tuning ", "[", "1].")
    with Assistant.open(bundled_library, reader=model) as opened:  # type: ignore[arg-type]
        answer = opened.ask("What is RLGF?", limit=1)
    assert answer.reader == "scripted"
    assert answer.citations[0].number == 1
    assert answer.prompt
    assert model.asked


def test_a_reader_that_breaks_off_is_stood_in_for(bundled_library: Path) -> None:
    with Assistant.open(bundled_library, reader=Scripted("RLGF is", fails=True)) as opened:  # type: ignore[arg-type]
        answer = opened.ask("What is RLGF?")
    assert answer.reader == "builtin"
    assert answer.answered
    assert any("broke off" in note for note in answer.notes)


def test_without_anything_ingested_the_bundled_pages_go_in_first(tmp_path: Path) -> None:
    said: list[str] = []
    with Assistant.open(tmp_path / "new", reader="builtin", say=said.append) as opened:
        assert opened.library.count() == 385
    assert any("bundled" in line for line in said)
    with Assistant.open(tmp_path / "new", reader="builtin", say=said.append) as opened:
        assert len(said) == 2, "the second opening has nothing to say"
