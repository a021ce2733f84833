"""An answer's Markdown as HTML that can be trusted, with its marks as buttons.

Nothing of the answer is ever taken for HTML: tags are escaped, images and links stay text, and only addresses that
can be read as they stand become links. Knows no paper beyond its title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from assistant.answers import Citation, Flag, Verdict
from assistant.web.doubts import MARK, located, mark_doubts, visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

#: Why a sentence is marked where no reason is given.
UNSUPPORTED = "The abstracts do not bear this sentence out."
_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:!?]")


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark in the text: its number and the places in ``Answer.citations`` that stand behind it."""

    number: int
    citations: tuple[int, ...]


def answer_html(text: str, citations: Sequence[Citation] = (), flags: Sequence[Flag] = ()) -> str:
    """HTML of an answer's Markdown. Each mark that has citations is a button naming them by position.

    Sentences that are flagged, or whose citation does not bear them out, are marked with the reason.
    """
    doubts = [(flag.sentence, flag.reason) for flag in flags]
    doubts += [(c.sentence, c.reason) for c in citations if c.verdict is Verdict.UNSUPPORTED]
    reader = _markdown()
    tokens = reader.parse(text)
    mark_doubts(tokens, [(_plain(sentence), reason or UNSUPPORTED) for sentence, reason in doubts])
    env = {"marks": iter(attribute(text, citations)), "citations": citations}
    return str(reader.renderer.render(tokens, reader.options, env))


def attribute(text: str, citations: Sequence[Citation]) -> Iterator[Marked]:
    """For each mark of ``text`` in order, the citations that it stands for.

    A number that is marked as often as it is cited is matched in order; else by the sentence that bears the mark;
    else every citation of the number stands behind each of its marks.
    """
    numbers = [int(match.group(1)) for match in MARK.finditer(text)]
    spans = [located(text, citation.sentence) for citation in citations]
    seen: dict[int, int] = {}
    for match in MARK.finditer(text):
        number = int(match.group(1))
        places = [place for place, citation in enumerate(citations) if citation.number == number]
        turn = seen.get(number, 0)
        seen[number] = turn + 1
        if len(places) == numbers.count(number):
            places = [places[turn]]
        elif bearing := [p for p in places if (span := spans[p]) and span[0] <= match.start() < span[1]]:
            places = bearing
        yield Marked(number, tuple(places))


def _plain(sentence: str) -> str:
    """The words of a sentence of Markdown as they are shown; those of a table's or a list's all the same."""
    return visible(_markdown().parse(sentence))


def linked(text: str) -> str:
    """Plain text as HTML in which addresses that can be read as they stand are links."""
    parts: list[str] = []
    last = 0
    for match in _ADDRESS.finditer(text):
        address = escape(match.group())
        parts += [
            escape(text[last : match.start()]),
            f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">{address}</a>',
        ]
        last = match.end()
    return "".join([*parts, escape(text[last:])])


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    reader.enable("table").disable(["image", "link", "reference", "autolink", "html_block", "html_inline"])
    reader.inline.ruler.before("link", "mark", _read_mark)
    reader.add_render_rule("mark", _write_mark)
    reader.add_render_rule("text", _write_text)
    reader.add_render_rule("doubt_open", _open_doubt)
    return reader


def _read_mark(state: StateInline, silent: bool) -> bool:
    match = MARK.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        token = state.push("mark", "", 0)
        token.content = match.group(1)
    state.pos = match.end()
    return True


def _write_text(_renderer: Any, tokens: Sequence[Any], index: int, _options: Any, _env: Any) -> str:
    return linked(tokens[index].content)


def _open_doubt(_renderer: Any, tokens: Sequence[Any], index: int, _options: Any, _env: Any) -> str:
    return f'<span class="doubt" title="{escape(tokens[index].content)}">'


def _write_mark(_renderer: Any, tokens: Sequence[Any], index: int, _options: Any, env: Any) -> str:
    number = int(tokens[index].content)
    marked = next((m for m in env["marks"] if m.number == number), None)
    citations: Sequence[Citation] = env["citations"]
    if marked is None or not marked.citations:
        return f'<span class="mark">[{number}]</span>'
    behind = [citations[place] for place in marked.citations]
    doubted = any(citation.verdict is Verdict.UNSUPPORTED for citation in behind)
    title = escape(behind[0].paper.title)
    hint = escape(behind[0].reason) if doubted and behind[0].reason else title
    return (
        f'<button type="button" class="mark{" doubted" if doubted else ""}" data-open="{number}" '
        f'data-cites="{" ".join(map(str, marked.citations))}" title="{hint}" '
        f'aria-label="Source {number}: {title}">[{number}]</button>'
    )
