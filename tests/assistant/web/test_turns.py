"""Each state of a conversation has its HTML: cited, refused, broken off, and before the first question."""

from __future__ import annotations

import re
from datetime import date

from assistant.answers import REFUSAL, Answer, Citation, Passage
from assistant.history import Conversation, Exchange
from assistant.web.cards import Quote, abstract_html, card, facts
from assistant.web.turns import live, transcript, turn, welcome
from ingest.papers import Paper, Source

EVIL = "<img src=x onerror=alert(1)>"
LAMPS = Paper(
    "aa",
    f"Lamps {EVIL}",
    f"Lamps glow {EVIL}. They gain 4%. Code: https://github.com/a/b",
    listed=date(2025, 6, 1),
    authors_count=1,
    organization="Lab",
    comments=3,
    sources=(Source("page.txt", 2), Source("other.txt", 7)),
)


def _quoted(quote: str, number: int = 1) -> Citation:
    start = LAMPS.abstract.index(quote)
    return Citation(number, LAMPS, quote, start, start + len(quote))


def _answered(*citations: Citation, text: str = "They gain 4% [1].") -> Exchange:
    return Exchange("gain?", Answer("gain?", text, True, 0.9, citations, seconds={"total": 0.02}))


def test_the_card_of_a_source_marks_the_quoted_words_and_nothing_else() -> None:
    html = turn(_answered(_quoted("They gain 4%.")), 0)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["They gain 4%."]


def test_overlapping_quotes_are_told_apart() -> None:
    html = abstract_html("abcdef", [Quote(0, 4, 0), Quote(2, 6, 1)])
    assert html == ('<mark data-cites="0">ab</mark><mark data-cites="0 1">cd</mark><mark data-cites="1">ef</mark>')


def test_a_fact_of_the_listing_is_marked_where_it_stands() -> None:
    html = turn(_answered(Citation(1, LAMPS, "", 0, 0, listing="listed on 2025-06-01")), 0)
    assert 'class="facts cited"' in html
    assert "<mark" not in html


def test_strangers_text_is_escaped_everywhere() -> None:
    answer = Answer(EVIL, f"{EVIL} [1]", True, 0.9, (_quoted("They gain 4%."),), notes=(EVIL,), standalone=EVIL + "x")
    conversation = Conversation(name=EVIL).ending(Exchange(EVIL, answer)).ending(Exchange(EVIL, problem=EVIL))
    shown = transcript(conversation) + live(EVIL, EVIL, EVIL) + welcome(3, [EVIL]) + card(LAMPS)
    assert "<img" not in shown


def test_the_reader_and_the_confidence_are_said() -> None:
    assert "Built-in reader · confidence 90% · 20 ms" in turn(_answered(_quoted("They gain 4%.")), 0)


def test_a_follow_up_says_what_was_searched_for() -> None:
    answer = Answer("and it?", "Yes [1].", True, 0.5, (_quoted("They gain 4%."),), standalone="what does Lamps gain?")
    assert "searched for “what does Lamps gain?”" in turn(Exchange("and it?", answer), 0)


def test_a_refusal_shows_the_nearest_papers_and_no_bibtex() -> None:
    passage = Passage(LAMPS, LAMPS.abstract, 0, len(LAMPS.abstract), 0.2)
    html = turn(Exchange("bread?", Answer("bread?", REFUSAL, False, 0.1, passages=(passage,))), 0)
    assert "Nearest in the library" in html
    assert 'data-open="near-aa"' in html
    assert 'data-card="near-aa"' in html
    assert "answer.md" in html
    assert "answer.bib" not in html


def test_an_answer_is_saved_in_every_format_that_a_reference_manager_reads() -> None:
    html = turn(_answered(_quoted("They gain 4%.")), 0)
    saved = re.findall(r'data-file="(answer\.\w+)"', html)
    assert saved == ["answer.md", "answer.bib", "answer.ris", "answer.json", "answer.csv"]


def test_a_conversation_is_saved_whole_once_it_has_two_answers() -> None:
    one = Conversation().ending(_answered(_quoted("They gain 4%.")))
    assert "conversation.md" not in transcript(one)
    two = transcript(one.ending(_answered(_quoted("They gain 4%."))))
    assert set(re.findall(r'data-file="(conversation\.\w+)"', two)) >= {"conversation.md", "conversation.bib"}


def test_a_broken_answer_keeps_what_was_written_and_says_why() -> None:
    html = turn(Exchange("why?", text="Because", problem="The server went away."), 0)
    assert "Because" in html
    assert 'role="alert">The server went away.' in html


def test_an_empty_library_says_what_to_do() -> None:
    assert "Add a listing page" in welcome(0, [])
    assert "Ask 1,234 abstracts" in welcome(1234, ["What does AMPO do?"])


def test_the_verdict_given_is_shown_as_pressed() -> None:
    exchange = Conversation(exchanges=(_answered(_quoted("They gain 4%.")),)).judged(0, "up").exchanges[0]
    html = turn(exchange, 0)
    assert re.search(r'data-act="up"[^>]*aria-pressed="true"', html)
    assert re.search(r'data-act="down"[^>]*aria-pressed="false"', html)


def test_facts_are_those_of_the_listing() -> None:
    assert facts(LAMPS) == "1 Jun 2025 · 1 author · Lab · 3 comments"
    assert "Listed on page.txt (no. 2), other.txt (no. 7)" in card(LAMPS)
