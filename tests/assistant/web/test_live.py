"""The page while a model writes: streaming, stopping, and a server that fails, over real HTTP on loopback."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.assistant.web.conftest import Tab, written_by
from tests.servers import FaultServer, cuts, fault_server, says, streams_for_ever

pytestmark = pytest.mark.browser
Opener = Callable[..., Tab]


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture(scope="module")
def served(server: FaultServer, bundled_library: Path) -> Iterator[str]:
    """A page whose reader is a model behind ``server``; overrides the page that all other tests share."""
    with written_by(server, bundled_library) as address:
        yield address


def _begin(tab: Tab, question: str) -> None:
    tab.page.locator("#box textarea").fill(question)
    tab.page.keyboard.press("Enter")


def test_an_answer_grows_on_the_page_and_nothing_above_it_moves(open_tab: Opener, server: FaultServer) -> None:
    server.plays(says(*re.findall(r"\S+ ?", "AMPO is a framework that adaptively leverages guidance [1]."), delay=0.15))
    tab = open_tab()
    _begin(tab, "What does AMPO do?")
    live = tab.page.locator("#live .answer")
    live.wait_for()
    lengths, tops = [], []
    while tab.page.locator("#live .turn").count():
        seen = tab.page.evaluate(
            "() => { const a = document.querySelector('#live .answer'), q = document.querySelector('#live .question');"
            " return a && q ? [a.innerText.length, q.getBoundingClientRect().top] : null }"
        )
        if seen:
            lengths.append(seen[0])
            tops.append(seen[1])
        tab.page.wait_for_timeout(60)
    assert len(set(lengths)) > 3
    assert lengths == sorted(lengths)
    assert max(tops) - min(tops) <= 1
    after = tab.turn().locator(".question").bounding_box()
    assert after is not None
    assert abs(after["y"] - tops[-1]) <= 1
    assert "openai:scripted" in tab.turn().locator(".status").inner_text().replace("API model ", "openai:")


def test_stop_is_heard_at_once_and_keeps_what_was_written(open_tab: Opener, server: FaultServer) -> None:
    server.plays(streams_for_ever(server, "lamps glow and glow ", delay=0.1))
    tab = open_tab()
    _begin(tab, "What does AMPO do?")
    tab.page.locator("#live .answer").wait_for()
    began = time.monotonic()
    tab.page.locator("#box .stop-button").click()
    tab.turn().locator(".problem", has_text="Stopped").wait_for()
    assert time.monotonic() - began < 3
    assert "lamps glow" in tab.turn().locator(".answer").inner_text()
    tab.page.locator("#box .submit-button").wait_for()
    tab.page.wait_for_timeout(500)
    sent = len(server.sent)
    tab.page.wait_for_timeout(500)
    assert len(server.sent) <= sent + 1, "the model goes on writing for nobody"


def test_a_server_that_breaks_off_is_stood_in_for(open_tab: Opener, server: FaultServer) -> None:
    server.plays(cuts("AMPO is "))
    tab = open_tab()
    tab.ask("What does AMPO do?")
    assert "built-in reader answered" in tab.turn().locator(".note").inner_text()
    assert tab.turn().locator(".status").inner_text().startswith("Built-in reader")


def test_what_a_model_writes_is_no_html_and_fetches_nothing(open_tab: Opener, server: FaultServer) -> None:
    evil = "<img src='https://evil.example/a.png' onerror='window.hurt=1'>![x](https://evil.example/b.png) AMPO [1]."
    server.plays(says(evil))
    tab = open_tab()
    tab.ask("What does AMPO do?")
    assert tab.page.locator(".conversation img").count() == 0
    assert tab.page.evaluate("window.hurt === undefined")


def test_a_reload_in_mid_answer_stops_the_model_and_leaves_a_page_that_works(
    open_tab: Opener, server: FaultServer
) -> None:
    server.plays(streams_for_ever(server, "lamps ", delay=0.1))
    tab = open_tab()
    _begin(tab, "What does AMPO do?")
    tab.page.locator("#live .answer").wait_for()
    tab.page.reload()
    tab.page.locator("#transcript .problem", has_text="not finished").wait_for()
    tab.page.wait_for_timeout(1500)
    sent = len(server.sent)
    tab.page.wait_for_timeout(500)
    assert len(server.sent) <= sent + 1, "the model goes on writing for nobody"
    server.plays(says("AMPO is a framework [1]."))
    tab.ask("What does AMPO do?")
    assert "AMPO" in tab.turn().locator(".answer").inner_text()


def test_leaving_for_a_new_conversation_is_not_undone_by_the_old_answer(open_tab: Opener, server: FaultServer) -> None:
    server.plays(streams_for_ever(server, "lamps ", delay=0.1))
    tab = open_tab()
    _begin(tab, "What does AMPO do?")
    tab.page.locator("#live .answer").wait_for()
    tab.page.get_by_role("button", name="New conversation").click()
    tab.page.locator(".welcome").wait_for()
    tab.page.wait_for_timeout(1500)
    assert tab.page.locator(".welcome").is_visible()
    assert tab.page.locator(".turn").count() == 0
    assert tab.page.locator("#box .submit-button").is_visible()
    # What was written is kept, and the new conversation is one of its own.
    server.plays(says("AMPO is a framework [1]."))
    tab.ask("What is RLGF?")
    assert tab.page.locator("#transcript .turn").count() == 1
    tab.page.locator("#shelf .name", has_text="What does AMPO do?").first.click()
    tab.turn(0).locator(".problem", has_text="Stopped").wait_for()
    assert "lamps" in tab.turn(0).locator(".answer").inner_text()


def test_turning_to_an_older_conversation_in_mid_answer_shows_it_and_stays(
    open_tab: Opener, server: FaultServer
) -> None:
    server.plays(says("AMPO is a framework [1]."))
    tab = open_tab()
    tab.ask("Which older question was this?")
    tab.page.get_by_role("button", name="New conversation").click()
    tab.page.locator(".welcome").wait_for()
    server.plays(streams_for_ever(server, "lamps ", delay=0.1))
    _begin(tab, "What does AMPO do?")
    tab.page.locator("#live .answer").wait_for()
    tab.page.locator("#shelf .name", has_text="Which older question").first.click()
    tab.page.locator("#transcript .question", has_text="Which older question").wait_for()
    tab.page.wait_for_timeout(1000)
    assert tab.page.locator(".turn").count() == 1
    assert "Which older question" in tab.turn(0).locator(".question").inner_text()
    assert "lamps" not in tab.page.locator("#talk").inner_text()
    assert tab.page.locator("#shelf li.current .name").inner_text().startswith("Which older question")


def test_a_conversation_deleted_in_mid_answer_stays_deleted(open_tab: Opener, server: FaultServer) -> None:
    server.plays(streams_for_ever(server, "lamps ", delay=0.1))
    tab = open_tab()
    _begin(tab, "Will this one go away?")
    tab.page.locator("#live .answer").wait_for()
    tab.page.reload()
    tab.page.locator("#transcript .problem", has_text="not finished").wait_for()
    tab.turn(0).get_by_role("button", name="Ask again").click()
    tab.page.locator("#live .answer").wait_for()
    row = tab.page.locator("#shelf li", has_text="Will this one go away?").first
    row.locator("[data-act=delete]").click()
    tab.page.locator("#shelf [data-sure]").click()
    tab.page.locator(".welcome").wait_for()
    tab.page.wait_for_timeout(500)
    tab.page.get_by_role("button", name="New conversation").click()
    assert tab.page.locator("#shelf li", has_text="Will this one go away?").count() == 0


def test_a_verdict_and_a_name_given_in_mid_answer_are_kept(open_tab: Opener, server: FaultServer) -> None:
    server.plays(says("AMPO is a framework [1]."))
    tab = open_tab()
    tab.ask("Which answer is judged?")
    server.plays(streams_for_ever(server, "lamps ", delay=0.1))
    _begin(tab, "What does AMPO do?")
    tab.page.locator("#live .answer").wait_for()
    tab.turn(0).get_by_role("button", name="Good answer").click()
    row = tab.page.locator("#shelf li.current")
    row.get_by_role("button", name="Rename").click()
    row.locator("input").fill("A name of its own")
    tab.page.keyboard.press("Enter")
    tab.page.locator("#shelf li.current .name", has_text="A name of its own").wait_for()
    tab.page.locator("#box .stop-button").click()
    tab.turn(1).locator(".problem", has_text="Stopped").wait_for()
    assert tab.page.locator("#shelf li.current .name").inner_text() == "A name of its own"
    assert tab.turn(0).locator("[data-act=up]").get_attribute("aria-pressed") == "true"
    tab.page.reload()
    tab.turn(1).locator(".problem", has_text="Stopped").wait_for()
    assert tab.turn(0).locator("[data-act=up]").get_attribute("aria-pressed") == "true"
