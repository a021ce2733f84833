"""An answer on its way never comes after the page that was turned to, and nothing given meanwhile is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.history import Conversation, History
from assistant.web import talking
from assistant.web.dialogue import Dialogue, Shown
from assistant.web.events import Visitor
from assistant.web.readers import Readers
from assistant.web.talking import INTERRUPTED, Frame, Talk, Wish

if TYPE_CHECKING:
    from assistant.assistant import Assistant

WISH = Wish("What does AMPO do?", ("", "", "", "", False, 8), "builtin")
PAGE = "a-page"


@pytest.fixture
def talk(assistant: Assistant, tmp_path: Path) -> Talk:
    return Talk(Readers(assistant), History(tmp_path / "conversations"))


def _asked(talk: Talk, conversation: Conversation | None = None, *, page: str = PAGE) -> Conversation:
    *_, last = talk.ask(page, "", conversation or Conversation(), WISH)
    talk.turned(page)
    return last.conversation


def test_who_leaves_in_mid_answer_gets_no_more_of_it_and_the_wanted_page_after_it(talk: Talk) -> None:
    wanted = Conversation()
    frames = talk.ask(PAGE, "", Conversation(), WISH)
    begun = next(frames)
    assert talk.leave(PAGE, wanted)
    assert list(frames) == []
    assert talk.turned(PAGE) is wanted
    kept = talk.history.load(begun.conversation.id)
    assert kept is not None
    assert [exchange.problem for exchange in kept.exchanges] == ["Stopped."]


def test_who_leaves_before_the_browser_has_shown_the_last_frame_waits_for_it(talk: Talk) -> None:
    wanted = Conversation()
    assert list(talk.ask(PAGE, "", Conversation(), WISH))[-1].done
    assert talk.leave(PAGE, wanted)
    assert talk.turned(PAGE) is wanted


def test_once_the_answer_is_shown_a_page_is_turned_at_once(talk: Talk) -> None:
    _asked(talk)
    assert not talk.leave(PAGE, Conversation())
    assert talk.turned(PAGE) is None


def test_the_last_wish_counts(talk: Talk) -> None:
    first, second = Conversation(), Conversation()
    frames = talk.ask(PAGE, "", Conversation(), WISH)
    next(frames)
    talk.leave(PAGE, first)
    talk.leave(PAGE, second)
    assert list(frames) == []
    assert talk.turned(PAGE) is second


def test_a_browser_that_never_says_what_it_showed_is_not_waited_for(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(talk.ask(PAGE, "", Conversation(), WISH))
    monkeypatch.setattr(talking, "SHOWN_WITHIN", 0.0)
    assert not talk.leave(PAGE, Conversation())


def test_a_second_question_of_one_page_waits_until_the_first_is_answered(talk: Talk) -> None:
    frames = talk.ask(PAGE, "", Conversation(), WISH)
    next(frames)
    assert list(talk.ask(PAGE, "", Conversation(), WISH)) == []
    assert list(talk.ask("another-page", "", Conversation(), WISH))[-1].done
    assert list(frames)[-1].done


def test_a_page_that_goes_away_leaves_its_question_and_what_was_written(talk: Talk) -> None:
    frames = talk.ask(PAGE, "", Conversation(), WISH)
    begun = next(frames)
    kept = talk.history.load(begun.conversation.id)
    assert kept is not None
    assert kept.exchanges[0].problem == INTERRUPTED
    frames.close()  # type: ignore[attr-defined]  # a generator, as Gradio closes it
    kept = talk.history.load(begun.conversation.id)
    assert kept is not None
    assert (kept.exchanges[0].question, kept.exchanges[0].problem) == (WISH.question, INTERRUPTED)
    assert not talk.busy(PAGE)


def test_a_conversation_deleted_in_mid_answer_is_not_kept_again(talk: Talk) -> None:
    frames = talk.ask(PAGE, "", Conversation(), WISH)
    begun = next(frames)
    talk.delete("", begun.conversation.id)
    assert list(frames)[-1].done
    assert talk.history.load(begun.conversation.id) is None


def test_a_name_and_a_verdict_given_in_mid_answer_outlive_it(talk: Talk) -> None:
    before = _asked(talk)
    frames = talk.ask(PAGE, "", before, WISH)
    next(frames)
    talk.rename("", before.id, "Mine")
    talk.judge("", before.id, 0, "up")
    done = list(frames)[-1].conversation
    assert (done.name, [exchange.verdict for exchange in done.exchanges]) == ("Mine", ["up", ""])
    assert talk.history.load(before.id) == done


def test_a_folder_that_cannot_be_written_costs_no_answer(assistant: Assistant, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be", encoding="utf-8")
    talk = Talk(Readers(assistant), History(tmp_path / "taken"))
    answered = _asked(talk)
    assert answered.exchanges[0].answer is not None
    assert len(_asked(talk, answered).exchanges) == 2


def test_a_wish_that_cannot_be_read_is_said(talk: Talk) -> None:
    frames = list(talk.ask(PAGE, "", Conversation(), replace(WISH, controls=("zebra", "", "", "", False, 8))))
    assert "no date" in frames[-1].conversation.exchanges[0].problem


def _visit(**told: object) -> Visitor:
    return Visitor(PAGE, "", told)


@pytest.fixture
def dialogue(talk: Talk) -> Dialogue:
    return Dialogue(talk, lambda: "<p>Welcome</p>")


def _rest(conversation: Conversation) -> tuple[object, ...]:
    return (conversation.id, conversation, WISH.reader, *WISH.controls)


def test_a_stream_ends_with_nothing_since_gradio_sends_its_last_piece_twice(dialogue: Dialogue) -> None:
    shown = list(dialogue.answer(_visit(), WISH.question, *_rest(Conversation())))  # type: ignore[arg-type]
    assert shown[-1] == Shown()
    assert shown[-2].answering is False


def test_a_page_opened_in_mid_answer_is_shown_by_the_answers_own_event(dialogue: Dialogue) -> None:
    stream = dialogue.answer(_visit(), WISH.question, *_rest(Conversation()))  # type: ignore[arg-type]
    next(stream)
    assert dialogue.open(_visit(id="")) == Shown()
    assert list(stream) == [Shown()]
    page = dialogue.turned(_visit())
    assert "Welcome" in (page.transcript or "")
    assert (page.live, page.answering) == ("", False)


def test_a_question_that_waited_until_the_person_had_left_is_dropped(dialogue: Dialogue) -> None:
    asked, turned_to = Conversation(), Conversation()
    told = (asked.id, turned_to, WISH.reader, *WISH.controls)
    assert list(dialogue.answer(_visit(), WISH.question, *told)) == [Shown()]  # type: ignore[arg-type]
    assert dialogue.talk.history.entries() == []


def test_a_frame_says_what_is_under_way(talk: Talk) -> None:
    first = next(iter(talk.ask(PAGE, "", Conversation(), WISH)))
    assert isinstance(first, Frame)
    assert (first.question, first.done) == (WISH.question, False)


def test_a_server_that_was_started_anew_goes_on_with_the_conversation_that_the_page_shows(
    dialogue: Dialogue, talk: Talk
) -> None:
    before = _asked(talk)
    told = (before.id, None, WISH.reader, *WISH.controls)
    *_, done, _ = dialogue.answer(_visit(), "How much does it gain?", *told)
    assert done.conversation is not None
    assert done.conversation.id == before.id
    assert len(done.conversation.exchanges) == 2


def test_what_a_page_says_that_it_shows_opens_no_file(dialogue: Dialogue) -> None:
    told = ("../../etc/passwd", None, WISH.reader, *WISH.controls)
    *_, done, _ = dialogue.answer(_visit(), WISH.question, *told)
    assert done.conversation is not None
    assert len(done.conversation.exchanges) == 1
