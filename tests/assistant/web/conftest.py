"""A served page over the bundled papers and a headless Chromium that reports every request to another host."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.servers import FaultServer

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str | None:
    """The browser to drive: PAPER_ASSISTANT_CHROMIUM, or the first one on the path."""
    named = os.environ.get("PAPER_ASSISTANT_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass
class Tab:
    """An open page and what it did that it should not have done."""

    page: Page
    foreign: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])

    def ask(self, question: str) -> None:
        """Type a question and wait until its answer stands."""
        before = self.page.locator("#transcript .turn").count()
        self.page.locator("#box textarea").fill(question)
        self.page.keyboard.press("Enter")
        self.page.locator("#transcript .turn").nth(before).wait_for()
        self.page.wait_for_function("!document.querySelector('#live .turn')")

    def turn(self, place: int = -1) -> Any:
        return self.page.locator("#transcript .turn").nth(place)


@contextmanager
def written_by(server: FaultServer, library: Path) -> Iterator[str]:
    """The address of a page whose reader is a model behind ``server``."""
    from assistant import Assistant
    from assistant.readers.openai import OpenAIModel
    from assistant.settings import Settings
    from assistant.web import launch

    model = OpenAIModel("scripted", timeout=10.0, environ={"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"})
    with Assistant.open(reader=model, settings=Settings(library=str(library), rewrite=False)) as assistant:
        service = launch(assistant, port=None, block=False)
        yield service.url
        service.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser a module: while it is open its event loop runs, and no asynchronous test could."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium found; install it or name it in PAPER_ASSISTANT_CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def served(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page over a copy of the bundled library, which uploads may change."""
    from assistant import Assistant
    from assistant.web import launch

    place = tmp_path_factory.mktemp("served") / "library"
    shutil.copytree(bundled_library, place)
    with Assistant.open(place, reader="builtin") as assistant:
        service = launch(assistant, port=None, block=False)
        yield service.url
        service.close()


@pytest.fixture
def open_tab(browser: Browser, served: str) -> Iterator[Callable[..., Tab]]:
    """Opens the page; afterwards fails on any request to another host and on any error of the page's script."""
    tabs: list[Tab] = []
    host = urlsplit(served).netloc

    def opener(*, width: int = 1280, height: int = 800, dark: bool = False) -> Tab:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        tab = Tab(context.new_page())
        tabs.append(tab)

        def guard(route: Route) -> None:
            if urlsplit(route.request.url).netloc in (host, ""):
                route.continue_()
            else:
                tab.foreign.append(route.request.url)
                route.abort()

        context.route("**/*", guard)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.set_default_timeout(20_000)
        tab.page.goto(served)
        tab.page.locator("#box textarea").wait_for()
        tab.page.wait_for_function("document.querySelector('.conversation')?.dataset.conversation")
        return tab

    yield opener
    for tab in tabs:
        tab.page.context.close()
    assert [address for tab in tabs for address in tab.foreign] == []
    assert [error for tab in tabs for error in tab.errors] == []
