"""The page while a model writes: streaming, stopping, and a server that fails, over real HTTP on loopback."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.assistant.web.conftest import Tab
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
    from assistant import Assistant
    from assistant.readers.openai import OpenAIModel
    from assistant.settings import Settings
    from assistant.web import launch

    model = OpenAIModel("scripted", timeout=10.0, environ={"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"})
    settings = Settings(library=str(bundled_library), rewrite=False)
    with Assistant.open(reader=model, settings=settings) as assistant:
        service = launch(assistant, port=None, block=False)
        yield service.url
        service.close()


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
    tab.page.locator(".welcome").wait_for()
    tab.page.wait_for_timeout(1500)
    sent = len(server.sent)
    tab.page.wait_for_timeout(500)
    assert len(server.sent) <= sent + 1, "the model goes on writing for nobody"
    server.plays(says("AMPO is a framework [1]."))
    tab.ask("What does AMPO do?")
    assert "AMPO" in tab.turn().locator(".answer").inner_text()


@pytest.mark.xfail(
    strict=False,
    reason="a race: a frame of the old answer that is already on its way can still land on the new page",
)
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
