"""A conversation as HTML: questions, answers with their sources, refusals, failures, and the page before them.

Only shows; what is said was decided by the assistant.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.answers import Answer, Citation
from assistant.export import answer_markdown, cited_papers, conversation_markdown, export_answers, format_of
from assistant.history import Conversation, Exchange
from assistant.web.cards import Quote, card, facts
from assistant.web.marking import answer_html
from ingest.papers import Paper

#: Nearest papers shown under a refusal.
NEAREST = 4
#: Formats of what was cited, beside Markdown of what was said; JSON lines would carry every abstract that was read.
FORMATS = ("bibtex", "ris", "csl-json", "csv")
READERS = {"builtin": "Built-in reader", "hf": "Local model", "openai": "API model"}
#: A thumb; the style sheet turns it over for the other verdict.
THUMB = (
    '<svg viewBox="0 0 20 20" width="15" height="15" aria-hidden="true" fill="none" stroke="currentColor" '
    'stroke-width="1.6" stroke-linejoin="round"><path d="M3 9h3v8H3zM6 10l4-7c1.3.2 2 1 2 2.2V8h4c1 0 1.6.8 1.4 1.8'
    'l-1.2 5.9c-.2.8-.8 1.3-1.6 1.3H6"/></svg>'
)
STAGES = {
    "searching": "Searching the abstracts",
    "reading": "Reading what was found",
    "writing": "Writing",
    "checking": "Checking each sentence against its source",
}


def transcript(conversation: Conversation, *, welcome: str = "") -> str:
    """Every exchange of a conversation, or ``welcome`` (HTML) where there is none yet."""
    turns = "".join(turn(exchange, place) for place, exchange in enumerate(conversation.exchanges))
    return (
        f'<div class="conversation" data-conversation="{escape(conversation.id)}">{turns or welcome}</div>'
        f"{_whole(conversation)}"
    )


def turn(exchange: Exchange, place: int) -> str:
    """One exchange with the cards of its papers, hidden until a mark opens them."""
    answer = exchange.answer
    if answer is None:
        body = _broken(exchange)
    elif answer.answered:
        body = _answered(answer)
    else:
        body = _refused(answer)
    return (
        f'<section class="turn" data-turn="{place}" aria-label="Question {place + 1}">'
        f"{_question(exchange.question)}{body}{_acts(exchange)}"
        f'<div class="slot"></div><div class="cards" hidden>{_cards(answer) if answer else ""}</div></section>'
    )


def _whole(conversation: Conversation) -> str:
    answers = conversation.answers()
    if len(answers) < 2:
        return ""  # the one answer's own buttons do it
    menu = _saves(
        "Save the conversation as", conversation_markdown(conversation.title, answers), answers, "conversation"
    )
    return f'<div class="acts whole" role="group" aria-label="The whole conversation">{menu}</div>'


def live(question: str, text: str, stage: str) -> str:
    """The exchange that is being answered."""
    written = f'<div class="answer">{answer_html(text)}</div>' if text.strip() else ""
    return (
        f'<section class="turn live" aria-busy="true">{_question(question)}{written}'
        f'<p class="stage"><span class="pulse"></span>{escape(STAGES.get(stage, stage))}…</p></section>'
    )


def welcome(count: int, questions: Sequence[str]) -> str:
    """The page before the first question; ``questions`` are examples to press."""
    if not count:
        return (
            '<div class="welcome"><h2>This library is empty</h2><p>Add a listing page or a list of papers, then ask '
            'about them here.</p><button type="button" class="first" data-act="shelve">Add papers</button></div>'
        )
    examples = "".join(
        f'<li><button type="button" data-act="ask" data-value="{escape(q)}">{escape(q)}</button></li>'
        for q in questions
    )
    return (
        f'<div class="welcome"><h2>Ask {count:,} abstracts</h2>'
        "<p>Every sentence of an answer names the abstract it came from. "
        "Press a number to read the very words.</p>"
        f'<ul class="examples" aria-label="Example questions">{examples}</ul></div>'
    )


def _question(text: str) -> str:
    return f'<div class="question"><p>{escape(text)}</p></div>'


def _answered(answer: Answer) -> str:
    sources = "".join(
        f'<li><button type="button" data-open="{number}"><span class="number">{number}</span>'
        f"{_named(paper)}</button></li>"
        for number, paper in answer.sources.items()
    )
    listed = f'<ol class="sources" aria-label="Sources">{sources}</ol>' if sources else ""
    text = answer_html(answer.text, answer.citations, answer.flags)
    return f'<div class="answer">{text}</div>{_notes(answer)}{listed}{_status(answer)}'


def _refused(answer: Answer) -> str:
    nearest = [passage.paper for passage in answer.passages if passage.paper.id not in _cited(answer)][:NEAREST]
    rows = "".join(
        f'<li><button type="button" data-open="near-{escape(paper.id)}">{_named(paper)}</button></li>'
        for paper in nearest
    )
    near = f'<p class="near">Nearest in the library</p><ol class="sources plain">{rows}</ol>' if rows else ""
    text = answer_html(answer.text, answer.citations, answer.flags)
    return f'<div class="answer refusal">{text}</div>{_notes(answer)}{near}{_status(answer)}'


def _named(paper: Paper) -> str:
    return f'<span class="title">{escape(paper.title)}</span><span class="facts">{escape(facts(paper))}</span>'


def _broken(exchange: Exchange) -> str:
    written = f'<div class="answer cut">{answer_html(exchange.text)}</div>' if exchange.text.strip() else ""
    return f'{written}<p class="problem" role="alert">{escape(exchange.problem or "Stopped.")}</p>'


def _notes(answer: Answer) -> str:
    return "".join(f'<p class="note">{escape(note)}</p>' for note in answer.notes)


def _status(answer: Answer) -> str:
    kind, _, name = answer.reader.partition(":")
    reader = READERS.get(kind, answer.reader) + (f" {name}" if name else "")
    total = answer.seconds.get("total", 0.0)
    took = f"{total:.1f} s" if total >= 0.1 else f"{total * 1000:.0f} ms"
    sure = f"confidence {answer.confidence:.0%}"
    searched = f" · searched for “{escape(answer.standalone)}”" if _differs(answer) else ""
    return (
        f'<p class="status" title="The probability that the abstracts answer this question">'
        f"{escape(reader)} · {sure} · {took}{searched}</p>"
    )


def _differs(answer: Answer) -> bool:
    return bool(answer.standalone) and answer.standalone.casefold().strip() != answer.question.casefold().strip()


def _acts(exchange: Exchange) -> str:
    answer = exchange.answer
    acts = [_act("again", "Ask again"), _act("edit", "Edit question", sign="Edit")]
    if answer:
        pressed = {verdict: "true" if exchange.verdict == verdict else "false" for verdict in ("up", "down")}
        saved = answer_markdown(answer)
        acts = [
            _act("copy", "Copy", saved),
            _saves("Save as", saved, [answer], "answer"),
            *acts,
            _act("up", "Good answer", pressed=pressed["up"], sign=THUMB),
            _act("down", "Bad answer", pressed=pressed["down"], sign=THUMB),
        ]
    return f'<div class="acts" role="group" aria-label="What to do with this answer">{"".join(acts)}</div>'


def _saves(label: str, said: str, answers: Sequence[Answer], name: str) -> str:
    """A menu of formats: ``said`` is the Markdown of everything, the others hold the papers that were cited."""
    saves = _act("save", "Markdown", said, file=f"{name}.md")
    if cited_papers(answers):
        for known in map(format_of, FORMATS):
            saves += _act("save", known.label, "".join(export_answers(answers, known)), file=f"{name}{known.ending}")
    return f'<details><summary>{label}</summary><div class="formats">{saves}</div></details>'


def _act(act: str, label: str, value: str = "", *, file: str = "", pressed: str = "", sign: str = "") -> str:
    extra = f' data-file="{file}"' if file else ""
    if pressed:
        extra += f' aria-pressed="{pressed}"'
    if sign:
        extra += f' aria-label="{label}" title="{label}"'
    return f'<button type="button" data-act="{act}" data-value="{escape(value)}"{extra}>{sign or label}</button>'


def _cards(answer: Answer) -> str:
    cards = [_cited_card(answer, number, paper) for number, paper in answer.sources.items()]
    cards += [
        f'<div data-card="near-{escape(passage.paper.id)}">{card(passage.paper)}</div>'
        for passage in answer.passages
        if not answer.answered and passage.paper.id not in _cited(answer)
    ][:NEAREST]
    return "".join(cards)


def _cited_card(answer: Answer, number: int, paper: Paper) -> str:
    mine = [(place, c) for place, c in enumerate(answer.citations) if c.number == number]
    quotes = [Quote(c.start, c.end, place) for place, c in mine if c.end > c.start]
    listing: list[Citation] = [c for _, c in mine if c.listing]
    return f'<div data-card="{number}">{card(paper, quotes, listing)}</div>'


def _cited(answer: Answer) -> set[str]:
    return {citation.paper.id for citation in answer.citations}
