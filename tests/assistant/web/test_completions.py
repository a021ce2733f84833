"""Requests in the shape of chat completions are read, and answers written in it; nothing here is served."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Flag, Turn, Usage, Verdict
from assistant.errors import UsageError
from assistant.web.completions import CHECKED, SOURCES, Completion, fault, message, read, remainder
from ingest.papers import Paper, paper_id

TITLE = "Lamps [and] moons: *glow*"
LAMPS = Paper(paper_id(TITLE), TITLE, "Lamps glow. They gain 4%.", listed=date(2025, 6, 1), arxiv_id="2506.00001")
QUOTE = Citation(2, LAMPS, "They gain 4%.", 12, 25, sentence="The gain is 4% [2].")
ANSWER = Answer("gain?", "The gain is 4% [2].", True, 0.9, (QUOTE,), notes=("A note.",), seconds={"total": 0.02})


def _body(*messages: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in messages], **more}


def test_the_last_message_is_the_question_and_the_others_the_conversation() -> None:
    told = _body(("system", "Be brief."), ("user", "first?"), ("assistant", "yes"), ("user", "second?"), stream=True)
    wanted = read(told)
    assert (wanted.question, wanted.stream) == ("second?", True)
    assert wanted.history == (Turn("user", "first?"), Turn("assistant", "yes"))


def test_an_earlier_answer_comes_back_without_its_sources_and_with_their_papers() -> None:
    wanted = read(_body(("user", "gain?"), ("assistant", message(ANSWER)), ("user", "and cost?")))
    assert wanted.history[1].sources == {2: LAMPS.id}
    assert SOURCES not in wanted.history[1].text
    assert wanted.history[1].text.startswith("The gain is 4% [2].")


def test_text_in_parts_is_one_text_and_halves_of_characters_are_replaced() -> None:
    parts = [{"type": "text", "text": "What does "}, {"type": "text", "text": "AMPO\ud800 do?"}]
    assert read(_body(("user", parts))).question == "What does AMPO? do?"


def test_filters_and_a_limit_are_taken() -> None:
    wanted = read(_body(("user", "q?"), filters={"since": "2025-06", "has_code": True}, limit=3))
    assert (wanted.filters.since, wanted.filters.has_code, wanted.limit) == (date(2025, 6, 1), True, 3)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ([], "JSON object"),
        ({}, '"messages"'),
        ({"messages": "hello"}, '"messages"'),
        ({"messages": ["hello"]}, "role"),
        ({"messages": [{"role": 7, "content": "x"}]}, "role"),
        (_body(("robot", "x")), "role"),
        (_body(("user", 7)), "text"),
        (_body(("user", "q?"), ("assistant", "a")), "last message"),
        (_body(("system", "only this")), "last message"),
        (_body(("user", [{"type": "image_url", "image_url": {"url": "http://a.example/b.png"}}])), "Only text"),
        (_body(("user", "q?"), n=2), '"n"'),
        (_body(("user", "q?"), model=7), '"model"'),
        (_body(("user", "q?"), limit="many"), '"limit"'),
        (_body(("user", "q?"), filters=["since"]), '"filters"'),
        (_body(("user", "q?"), filters={"since": 2025}), "must be text"),
        (_body(("user", "q?"), filters={"colour": "red"}), "colour"),
        (_body(("user", "q?"), filters={"since": "zebra"}), "no date"),
        (_body(("user", "q?"), response_format={"type": "json_object"}), "response_format"),
    ],
)
def test_a_request_that_cannot_be_read_is_refused_in_one_sentence(body: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        read(body)
    assert "\n" not in str(raised.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["messages", "model", "stream", "filters", "limit", "n", "stream_options", "response_format"])


@given(st.dictionaries(names, json_values) | st.builds(lambda value: {"messages": [value]}, json_values))
def test_whatever_is_sent_is_read_or_refused(body: dict[str, Any]) -> None:
    with suppress(UsageError):
        assert read(body).history is not None


def test_the_text_ends_with_numbered_sources_their_links_and_quotes() -> None:
    text = message(ANSWER)
    assert text.startswith("The gain is 4% [2].\n\n")
    assert "\n- [2] [Lamps \\[and\\] moons: \\*glow\\*](https://arxiv.org/abs/2506.00001), 2025-06-01\n" in text
    assert "“They gain 4%.”" in text
    assert "*A note.*" in text


def test_a_quote_that_is_the_answer_itself_is_not_said_twice() -> None:
    assert message(replace(ANSWER, text="They gain 4% [2].")).count("They gain") == 1


def test_what_no_source_bears_out_is_said_below_the_answer() -> None:
    doubted = replace(ANSWER, flags=(Flag("The gain is 5%.", "5% does not stand in the abstract"),))
    assert "> Not borne out: “The gain is 5%.” (5% does not stand in the abstract)" in message(doubted)


def test_what_a_model_writes_is_no_html_and_no_image_in_the_text() -> None:
    evil = "<script>x</script> ![x](https://evil.example/a.png) [2]"
    assert "<script" not in message(replace(ANSWER, text=evil))
    assert "![" not in message(replace(ANSWER, text=evil))


def test_the_pieces_and_the_remainder_make_the_whole_text() -> None:
    assert "The gain" + remainder(ANSWER, "The gain") == message(ANSWER)
    assert remainder(ANSWER, "") == message(ANSWER)
    assert "The gain is 4% [2].\n" + remainder(ANSWER, "The gain is 4% [2].\n") == "\n".join(
        ("The gain is 4% [2].", message(ANSWER).removeprefix("The gain is 4% [2]."))
    )


def test_an_answer_that_the_check_changed_is_sent_anew() -> None:
    assert remainder(ANSWER, "The gain is 5%.") == CHECKED + message(ANSWER)


def test_a_completion_has_the_answer_its_citations_and_its_tokens() -> None:
    written = replace(ANSWER, usage=Usage(10, 4), citations=(replace(QUOTE, verdict=Verdict.UNSUPPORTED),))
    whole = json.loads(json.dumps(Completion("paper-assistant").whole(written)))
    said = whole["choices"][0]["message"]
    assert whole["object"] == "chat.completion"
    assert whole["usage"] == {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
    cited = said["citations"][0]
    assert LAMPS.abstract[cited["start"] : cited["end"]] == cited["quote"] == "They gain 4%."
    assert (cited["number"], cited["verdict"]) == (2, "unsupported")
    assert whole["paper_assistant"]["confidence"] == 0.9


def test_a_streamed_completion_ends_with_a_reason_and_then_the_tokens() -> None:
    *_, last, usage = Completion("m").ending(ANSWER, with_usage=True)
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["choices"][0]["delta"]["citations"][0]["title"] == LAMPS.title
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 0)


def test_an_error_has_the_shape_that_clients_know() -> None:
    assert fault("No.", 404, code="model_not_found") == {
        "error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": "model_not_found"}
    }
    assert fault("Busy.", 429)["error"]["type"] == "server_error"
