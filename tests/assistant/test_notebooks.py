"""What a notebook shows of an answer runs nothing, loads nothing and hides nothing."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Digest, Filters, Finding, Flag, Passage, Section, Verdict
from ingest.papers import Paper

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src="https://evil.example/?q=1" onerror="alert(1)">',
    "![x](https://evil.example/i.png)",
    "[click](javascript:alert(1))",
    "<javascript:alert(1)>",
    '"><svg/onload=alert(1)>',
    "</div></body><iframe src=//evil.example></iframe>",
    "```[1] onclick=alert(1)\nx\n```",
    "[1]: https://evil.example/i.png\n\n![1]",
    "<style>@import url(//evil.example)</style>",
    "&lt;script&gt;&#60;b&#62;",
    "1. a\n\n| a | b |\n| - | - |\n| [1] | ![1](//evil.example) |",
)
ALLOWED = {
    *("div", "p", "b", "br", "span", "sup", "ul", "ol", "li", "blockquote", "a", "em", "strong", "code", "pre", "hr"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


class Seen(HTMLParser):
    """The elements, attributes and text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def _everything(text: str) -> list[Any]:
    """Every value that a notebook shows, with ``text`` wherever a stranger can write."""
    paper = Paper("1", text, text, authors=(text,), organization=text, listed=date(2025, 6, 1), url=text, doi=text)
    cited = Citation(1, paper, text, 0, len(text), Verdict.UNSUPPORTED, text, text, text)
    answer = Answer(text, f"{text} [1]", True, 0.5, (cited,), notes=(text,), flags=(Flag(text, text),), reader=text)
    section = Section(text, date(2025, 1, 1), (Finding(cited, 0.9),))
    digest = Digest(date(2025, 7, 1), (section, Section(text, date(2025, 1, 1))), (text,))
    return [answer, Passage(paper, text, 0, len(text), 0.5), digest]


def _assert_harmless(html: str) -> Seen:
    seen = Seen(html)
    assert set(seen.tags) <= ALLOWED
    assert {name for name, _ in seen.attributes} <= {"style", "title", "href", "rel", "start"}
    assert all(value.startswith(("https://", "http://")) for name, value in seen.attributes if name == "href")
    assert not any("url(" in value for name, value in seen.attributes if name == "style")
    return seen


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_abstract_runs_nothing_and_loads_nothing(text: str) -> None:
    for value in _everything(text):
        _assert_harmless(value._repr_html_())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_at_all_gets_out_of_its_place(text: str) -> None:
    for value in _everything(text):
        _assert_harmless(value._repr_html_())


def test_an_answer_shows_its_sources_and_the_words_that_are_cited(assistant: Any) -> None:
    answer = assistant.ask("What does AMPO do?")
    seen = _assert_harmless(answer._repr_html_())
    for citation in answer.citations:
        assert citation.quote in seen.text
        assert citation.paper.title in seen.text
        assert ("title", citation.paper.title) in seen.attributes
    assert "builtin" in seen.text


def test_a_refusal_and_a_find_are_shown_too(assistant: Any) -> None:
    refusal = assistant.ask("How do I bake sourdough bread at high altitude?")
    assert "The abstracts don't say." in Seen(refusal._repr_html_()).text
    passage = assistant.search("continual learning", limit=1, filters=Filters())[0]
    assert passage.text in Seen(passage._repr_html_()).text
