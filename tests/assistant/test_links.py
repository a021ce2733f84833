"""Where a paper is shown, it can be followed to arXiv, Hugging Face or its DOI, or else looked up by its title."""

from __future__ import annotations

from assistant.answers import Answer, Citation, Verdict
from assistant.rendering import sources
from assistant.web.cards import card
from ingest.papers import Paper

KNOWN = Paper("x", "Tide <b>Networks</b>", "We show tides.", arxiv_id="2502.08946", doi="10.1000/tides")
UNKNOWN = Paper("y", 'Tide "Tables"', "We show salt.")


def an_answer(paper: Paper) -> Answer:
    quote = paper.abstract
    citation = Citation(1, paper, quote, 0, len(quote), Verdict.SUPPORTED)
    return Answer(
        question="?",
        text="Tides [1].",
        answered=True,
        confidence=0.9,
        citations=(citation,),
        passages=(),
        reader="builtin",
    )


def test_the_card_of_a_paper_links_to_its_pages() -> None:
    shown = card(KNOWN)
    for address in (
        "https://arxiv.org/abs/2502.08946",
        "https://huggingface.co/papers/2502.08946",
        "https://doi.org/10.1000/tides",
    ):
        assert f'href="{address}"' in shown
    assert "<b>Networks" not in shown


def test_a_paper_without_any_id_is_looked_up_by_its_title() -> None:
    shown = card(UNKNOWN)
    assert 'href="https://arxiv.org/search/?searchtype=title&amp;query=Tide+%22Tables%22"' in shown


def test_sources_on_the_terminal_have_an_address() -> None:
    assert "    https://arxiv.org/abs/2502.08946" in sources(an_answer(KNOWN))
    assert "    https://arxiv.org/search/" in sources(an_answer(UNKNOWN))
