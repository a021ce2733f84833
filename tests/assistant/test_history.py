"""Conversations are kept whole or not at all, found again, and never found outside their folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.answers import Answer, Citation
from assistant.errors import UsageError
from assistant.history import Conversation, Exchange, History, shortened
from ingest.papers import Paper

PAPER = Paper("ab12", "A Paper on Lamps", "Lamps glow. They gain 4%.")
ANSWER = Answer("what glows?", "Lamps glow [1].", True, 0.9, (Citation(1, PAPER, "Lamps glow.", 0, 11),))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "conversations")


def _conversation(name: str = "") -> Conversation:
    return Conversation(name=name).ending(Exchange("what glows?", ANSWER)).ending(Exchange("why?", problem="Stopped."))


def test_a_kept_conversation_comes_back_as_it_was(history: History) -> None:
    conversation = _conversation("Lamps")
    history.save(conversation)
    assert history.load(conversation.id) == conversation


def test_history_for_the_next_question_knows_which_paper_a_mark_means() -> None:
    turns = _conversation().turns()
    assert [turn.role for turn in turns] == ["user", "assistant"]
    assert turns[1].sources == {1: "ab12"}


def test_the_list_shows_the_last_changed_first_by_name_or_first_question(history: History) -> None:
    import os

    first, second = _conversation(), _conversation("Lamps")
    for age, conversation in ((100, first), (10, second)):
        history.save(conversation)
        os.utime(history.folder / f"{conversation.id}.jsonl", (1e9 - age, 1e9 - age))
    assert [entry.title for entry in history.entries()] == ["Lamps", "what glows?"]


def test_a_conversation_is_renamed_and_deleted(history: History) -> None:
    conversation = _conversation()
    history.save(conversation)
    renamed = history.rename(conversation.id, "  My \n lamps  ")
    assert renamed is not None
    assert renamed.title == "My lamps"
    history.delete(conversation.id)
    assert history.load(conversation.id) is None
    assert history.rename(conversation.id, "x") is None


def test_an_empty_conversation_is_not_kept(history: History) -> None:
    history.save(Conversation())
    assert history.entries() == []
    assert not history.folder.exists()


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "", "0123", "0123456789ABCDEF", "feedback", "a" * 17])
def test_no_id_leads_outside_the_folder(history: History, identifier: str) -> None:
    assert history.load(identifier) is None
    with pytest.raises(UsageError):
        history.delete(identifier)


@pytest.mark.parametrize(
    "content", ["", "{", '{"format": 99}\n', "null\n", '{"format": 1, "name": "x"}\n{"question": 1}\n', "\x00\xff"]
)
def test_a_spoiled_file_is_passed_over(history: History, content: str) -> None:
    history.folder.mkdir(parents=True)
    (history.folder / f"{'a' * 16}.jsonl").write_text(content, encoding="latin-1")
    assert history.load("a" * 16) is None
    history.entries()


def test_a_write_that_fails_leaves_the_old_conversation(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = _conversation()
    history.save(conversation)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", full)
        with pytest.raises(UsageError, match="No space left"):
            history.save(conversation.ending(Exchange("more?", ANSWER)))
    assert history.load(conversation.id) == conversation
    assert [path.suffix for path in history.folder.iterdir()] == [".jsonl"]


def test_verdicts_are_lines_with_question_and_answer(history: History) -> None:
    history.judge(Exchange("what glows?", ANSWER, verdict="up"))
    history.judge(Exchange("what glows?", ANSWER, verdict=""))
    rows = [json.loads(line) for line in (history.folder / "feedback.jsonl").read_text().splitlines()]
    assert [row["verdict"] for row in rows] == ["up", ""]
    assert rows[0]["answer"] == "Lamps glow [1]."
    assert rows[0]["papers"] == ["ab12"]


def test_people_who_log_in_have_histories_of_their_own(history: History) -> None:
    history.of("ada").save(_conversation("Ada's"))
    history.of("../ada").save(_conversation("Other's"))
    assert [entry.title for entry in history.of("ada").entries()] == ["Ada's"]
    assert history.entries() == []
    assert all(history.folder in path.parents for path in history.folder.parent.rglob("*.jsonl"))


def test_a_long_question_makes_a_short_name() -> None:
    assert len(shortened("word " * 100)) <= 80
    assert shortened("x" * 200).endswith("…")
