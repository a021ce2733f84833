"""The page in a real browser, over the bundled papers, with every other host out of reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator

from assistant.answers import REFUSAL
from ingest.pages import bundled
from tests.assistant.web.conftest import Tab

pytestmark = pytest.mark.browser
Opener = Callable[..., Tab]

NEW_PAGE = """Get trending papers in your email inbox!
SubscribeGlowSync: Keeping Time Among Glowworms
We study how glowworms keep time with each other over long nights. Our method, GlowSync, reaches 91.5% accuracy on \
the LampBench benchmark, ahead of every earlier method. We release everything that is needed to repeat the study.
"""


def faults(tab: Tab) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong on the page as it stands."""
    found = Axe().run(tab.page).response["violations"]
    return [(fault["id"], [node["html"][:160] for node in fault["nodes"]]) for fault in found]


def in_sight(tab: Tab, place: Locator) -> bool:
    """Whether an element lies below the header and above the box for questions."""
    box, composer = place.bounding_box(), tab.page.locator("#composer").bounding_box()
    assert box is not None
    assert composer is not None
    return box["y"] >= 52 and box["y"] + box["height"] <= composer["y"] + 1


def test_a_mark_lights_the_quoted_sentence_in_its_abstract(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What does AMPO do?")
    mark = tab.turn().locator("button.mark").first
    mark.click()
    lit = tab.page.locator("#panel mark.lit")
    lit.first.wait_for()
    quoted = " ".join(lit.all_inner_texts())
    abstract = tab.page.locator("#panel .abstract").inner_text()
    assert quoted in abstract
    assert len(quoted) < len(abstract)
    # The built-in reader answers in the abstract's own words: what is lit is what the mark stands behind.
    answer = tab.turn().locator(".answer").inner_text()
    assert re.sub(r"\W+", " ", quoted).strip() in re.sub(r"\W+", " ", answer.replace("[1]", ""))
    tab.page.keyboard.press("Escape")
    assert not tab.page.locator("#panel .panel").is_visible()
    assert mark.evaluate("mark => mark === document.activeElement")


def test_a_follow_up_is_about_the_same_paper_under_the_same_number(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What does AMPO do?")
    title = tab.turn(0).locator(".sources .title").first.inner_text()
    tab.ask("How much does it gain on out-of-distribution tasks?")
    assert tab.turn(1).locator(".sources .title").first.inner_text() == title
    assert tab.turn(1).locator(".sources .number").first.inner_text() == "1"
    assert "12.2%" in tab.turn(1).locator(".answer").inner_text()
    assert "searched for" in tab.turn(1).locator(".status").inner_text()


def test_a_refusal_offers_the_nearest_papers(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("Who won the 2022 World Cup?")
    assert REFUSAL in tab.turn().locator(".refusal").inner_text()
    tab.turn().locator(".sources button").first.click()
    assert tab.page.locator("#panel .abstract").inner_text()


def test_example_questions_are_answered(open_tab: Opener) -> None:
    tab = open_tab()
    tab.page.locator(".examples button").first.click()
    tab.turn(0).locator("button.mark").first.wait_for()


def test_a_reload_finds_the_conversation_and_a_new_one_starts_empty(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What is RLGF?")
    tab.page.reload()
    tab.turn(0).locator(".status").wait_for()
    assert "What is RLGF?" in tab.turn(0).locator(".question").inner_text()
    tab.page.get_by_role("button", name="New conversation").click()
    tab.page.locator(".welcome").wait_for()
    tab.page.locator("#shelf .name").first.click()
    tab.turn(0).locator(".status").wait_for()


def test_a_conversation_is_renamed_and_deleted(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What is RLGF?")
    row = tab.page.locator("#shelf li.current")
    row.get_by_role("button", name="Rename").click()
    row.locator("input").fill("My <b>RLGF</b>")
    tab.page.keyboard.press("Enter")
    tab.page.locator("#shelf li.current .name", has_text="My <b>RLGF</b>").wait_for()
    before = tab.page.locator("#shelf li").count()
    tab.page.locator("#shelf li.current").get_by_role("button", name="Delete").click()
    tab.page.locator("#shelf li.current [data-sure]").click()
    tab.page.locator(".welcome").wait_for()
    assert tab.page.locator("#shelf li").count() == before - 1


def test_a_question_is_edited_and_asked_again(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What is RLGF?")
    tab.turn().get_by_role("button", name="Edit question").click()
    area = tab.turn().locator(".question textarea")
    area.fill("What does AMPO do?")
    area.press("Enter")
    tab.page.locator("#transcript .question", has_text="AMPO").wait_for()
    assert tab.page.locator("#transcript .turn").count() == 1


def test_an_answer_is_judged_copied_and_saved(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What does AMPO do?")
    tab.turn().get_by_role("button", name="Good answer").click()
    tab.turn().locator("[data-act=up][aria-pressed=true]").wait_for()
    for button, kind in (("BibTeX", "@misc{"), ("Markdown", "## What does AMPO do?")):
        tab.turn().get_by_text("Save as").click()
        with tab.page.expect_download() as download:
            tab.turn().locator(".formats").get_by_role("button", name=button).click()
        assert not tab.turn().locator(".formats").is_visible()
        assert Path(download.value.path()).read_text(encoding="utf-8").startswith(kind)


def test_a_date_filter_narrows_and_a_senseless_one_is_explained(open_tab: Opener) -> None:
    tab = open_tab()
    tab.page.get_by_role("button", name="Filters and reader").click()
    tab.page.get_by_label("Listed since").fill("2025-11")
    tab.ask("Which papers are about reinforcement learning?")
    dates = [fact for fact in tab.turn().locator(".sources .facts").all_inner_texts() if fact]
    assert dates
    assert all(re.search(r"(Nov|Dec) 2025|2026", fact) for fact in dates)
    tab.page.get_by_label("Listed since").fill("zebra")
    tab.ask("Which papers are about reinforcement learning?")
    assert "no date that can be read" in tab.turn().locator(".problem").inner_text()
    tab.page.wait_for_function("!document.querySelector('#box textarea').value")
    assert in_sight(tab, tab.turn().locator(".problem"))


def test_a_reader_that_is_not_ready_says_what_it_needs(open_tab: Opener) -> None:
    tab = open_tab()
    tab.page.get_by_role("button", name="Filters and reader").click()
    assert "OPENAI_API_KEY" in tab.page.locator(".needs").inner_text()
    tab.page.get_by_label("API model").check()
    tab.ask("What does AMPO do?")
    assert "OPENAI_API_KEY" in tab.turn().locator(".problem").inner_text()
    tab.page.get_by_label("Built-in").check()
    tab.turn().get_by_role("button", name="Ask again").click()
    tab.turn().locator(".status").wait_for()


def test_the_library_is_searched_and_a_paper_is_asked_about(open_tab: Opener) -> None:
    tab = open_tab()
    tab.page.get_by_role("tab", name="Library").click()
    tab.page.locator("#listing .said", has_text="papers").wait_for()
    words = tab.page.get_by_label("Search titles and abstracts")
    words.press_sequentially("continual learning")
    tab.page.locator("#listing .said", has_text="continual learning").wait_for()
    for _ in "learning":
        words.press("Backspace")
    tab.page.locator("#listing .said", has_text="with “continual”").wait_for()
    row = tab.page.locator("#listing .sources button").first
    title = row.locator(".title").inner_text()
    row.click()
    tab.page.locator("#detail h2", has_text=title).wait_for()
    tab.page.get_by_role("button", name="Papers like this one").click()
    tab.page.locator("#listing .said", has_text="Papers like").wait_for()
    tab.page.get_by_role("button", name="Ask about this paper").click()
    assert title in tab.page.locator("#box textarea").input_value()


def test_a_page_is_uploaded_reported_and_asked_about(open_tab: Opener, tmp_path: Path) -> None:
    fresh = tmp_path / "glowworms.txt"
    fresh.write_text(NEW_PAGE, encoding="utf-8")
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"<!doctype html><html><body>no page</body></html>")
    tab = open_tab()
    tab.page.get_by_role("tab", name="Library").click()
    tab.page.get_by_role("button", name="Add pages").click()
    tab.page.locator("#adding input[type=file]").set_input_files([str(fresh), str(broken), str(bundled()[0])])
    report = tab.page.locator("#adding .report")
    report.wait_for(timeout=60_000)
    said = report.inner_text()
    assert "1 added" in said
    assert "broken.txt is an HTML" in said
    assert str(tmp_path.anchor + "tmp") not in said
    tab.page.get_by_role("tab", name="Chat").click()
    tab.page.get_by_role("button", name="Filters and reader").click()
    tab.page.get_by_label("Listing page").click()
    tab.page.get_by_role("option", name="glowworms.txt").click()
    tab.page.get_by_role("button", name="Filters and reader: glowworms.txt").wait_for()
    tab.ask("What accuracy does GlowSync reach on LampBench?")
    assert "91.5%" in tab.turn().locator(".answer").inner_text()


def test_on_a_phone_the_source_opens_below_the_answer(open_tab: Opener) -> None:
    tab = open_tab(width=390, height=844, dark=True)
    tab.ask("What does AMPO do?")
    tab.turn().locator("button.mark").first.click()
    lit = tab.turn().locator(".slot mark.lit").first
    lit.wait_for()
    # Both at one moment: the page is still scrolling to what is lit.
    below = "turn => turn.querySelector('.slot').offsetTop - turn.querySelector('.answer').offsetTop"
    assert tab.turn().evaluate(below) >= tab.turn().locator(".answer").evaluate("answer => answer.offsetHeight")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390
    background = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", background)) < 60


def test_the_keyboard_alone_is_enough(open_tab: Opener) -> None:
    tab = open_tab()
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("What does AMPO do?")
    tab.page.keyboard.press("Enter")
    tab.turn(0).locator(".status").wait_for()
    tab.turn(0).locator("button.mark").first.focus()
    tab.page.keyboard.press("Enter")
    tab.page.locator("#panel mark.lit").first.wait_for()
    tab.page.keyboard.press("Escape")
    assert tab.page.locator("#panel .panel").is_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_fault(open_tab: Opener, dark: bool) -> None:
    tab = open_tab(dark=dark)
    tab.ask("What does AMPO do?")
    tab.turn().locator("button.mark").first.click()
    tab.page.get_by_role("button", name="Filters and reader").click()
    tab.page.wait_for_timeout(300)
    found = faults(tab)
    tab.page.get_by_role("tab", name="Library").click()
    tab.page.locator("#listing .sources button").first.click()
    tab.page.locator("#detail .paper").wait_for()
    assert found + faults(tab) == []


def test_the_map_shows_the_cited_paper_and_opens_a_point(open_tab: Opener) -> None:
    tab = open_tab()
    tab.ask("What does AMPO do?")
    title = tab.turn().locator(".sources .title").first.inner_text()
    tab.page.get_by_role("tab", name="Map").click()
    tab.page.locator("#points .js-plotly-plot[data-armed]").wait_for(timeout=60_000)
    assert "The star is the paper" in tab.page.locator("#sheet .hint").inner_text()
    # Plotly draws points on a canvas: the cited one is pressed where Plotly says that it lies.
    place = tab.page.evaluate(
        """() => {
          const plot = document.querySelector("#points .js-plotly-plot");
          const star = plot.data[plot.data.length - 1];
          const { xaxis, yaxis } = plot._fullLayout;
          const frame = plot.getBoundingClientRect();
          const at = (axis, value) => axis._offset + axis.l2p(value);
          const first = (values) => Array.from(values._inputArray ?? values)[0];
          return [frame.x + at(xaxis, first(star.x)), frame.y + at(yaxis, first(star.y))];
        }"""
    )
    tab.page.mouse.move(*place)
    tab.page.wait_for_timeout(200)
    tab.page.mouse.click(*place)
    tab.page.locator("#place h2", has_text=title).wait_for()
    assert faults(tab) == []
