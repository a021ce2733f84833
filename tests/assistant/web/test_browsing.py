"""Papers are listed in every order, found by words or by likeness, and reports of an ingest name files as people do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.web.browsing import MOST, ORDERS, SCREEN, Look, find, listing_html, report_html
from assistant.web.examples import OFFERED, example_questions
from assistant.web.filtering import described
from assistant.web.page import examples_of
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper
from ingest.pipeline import ingest_pages

if TYPE_CHECKING:
    from assistant.assistant import Assistant


def test_the_newest_come_first_and_those_without_a_date_last(assistant: Assistant) -> None:
    found = find(assistant, Look(shown=MOST))
    dated = [paper.listed for paper in found.papers if paper.listed]
    assert dated == sorted(dated, reverse=True)
    assert found.total == 385
    oldest = find(assistant, Look(order="Oldest first", shown=MOST))
    assert [p.listed for p in oldest.papers if p.listed] == sorted(p.listed for p in oldest.papers if p.listed)
    without = [paper.listed is None for paper in oldest.papers]
    assert without == sorted(without)


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_is_one_of_the_same_papers(assistant: Assistant, order: str) -> None:
    found = find(assistant, Look("continual learning", order, shown=MOST))
    assert {paper.id for paper in found.papers} == {
        paper.id for paper in find(assistant, Look("continual learning", shown=MOST)).papers
    }


def test_the_most_discussed_come_first(assistant: Assistant) -> None:
    comments = [paper.comments or 0 for paper in find(assistant, Look(order="Most discussed")).papers]
    assert comments == sorted(comments, reverse=True)


def test_a_screen_is_shown_and_more_on_request(assistant: Assistant) -> None:
    first = find(assistant, Look())
    assert len(first.papers) == SCREEN
    assert "Show more" in listing_html(first)
    assert "Show more" not in listing_html(find(assistant, Look("AMPO")))


def test_words_that_no_abstract_holds_find_the_nearest_in_meaning(assistant: Assistant) -> None:
    found = find(assistant, Look("robots that forget xyzzyplugh"))
    assert found.said.startswith("No abstract holds “robots that forget xyzzyplugh”.")
    assert found.papers


def test_an_organisation_narrows(assistant: Assistant) -> None:
    name = assistant.library.organizations()[0]
    assert {paper.organization for paper in find(assistant, Look(organization=name)).papers} == {name}


def test_papers_like_one_leave_it_out(assistant: Assistant) -> None:
    paper = find(assistant, Look("AMPO")).papers[0]
    found = find(assistant, Look(alike=paper.id))
    assert len(found.papers) == 10
    assert paper.id not in {other.id for other in found.papers}
    assert find(assistant, Look(alike="gone")).said == "That paper is no longer in the library."


def test_a_report_names_files_without_their_folder(tmp_path: Path) -> None:
    broken, page = tmp_path / "broken.txt", tmp_path / "<b>page.txt"
    broken.write_bytes(b"<!doctype html><html><body>no page</body></html>")
    page.write_text(f"Get trending papers in your email inbox!\nSubscribeOn Lamps\n{'Lamps glow at night. ' * 12}\n")
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        report = ingest_pages([broken, page], library)
    html = report_html(report, [(str(path), path.name) for path in (broken, page)])
    assert "1 added" in html
    assert "broken.txt is an HTML" in html
    assert str(tmp_path) not in html
    assert "<b>" not in html


def test_examples_are_of_the_library_at_hand_and_answered(assistant: Assistant) -> None:
    offered = examples_of(assistant)()
    assert len(offered) == OFFERED
    assert all(assistant.ask(question).answered for question in offered)
    lamps = [Paper(str(n), f"GlowNet-{n}: Deep Lamps", "Lamps gain 4%.") for n in range(60)]
    others = example_questions(lamps, lambda _: True)
    assert others
    assert all("GlowNet" in question or "lamps" in question for question in others)
    assert not set(others) & set(offered)


def test_no_example_is_offered_that_is_not_answered() -> None:
    lamps = [Paper(str(n), f"GlowNet-{n}: Deep Lamps", "Lamps gain 4%.") for n in range(60)]
    assert example_questions(lamps, lambda _: False) == ()


def test_the_closed_filters_say_what_they_hold() -> None:
    assert described((" 2025-06 ", "", "Lab", "page.txt", True, 8)) == "since 2025-06, Lab, page.txt, with code"
    assert described(("", "", "", "", False, 8)) == ""
