"""Sentences of an answer that are in doubt, marked among the tokens of its Markdown, where none of it can be lost.

Between the tokens, and not in the text: what stands in front of ``_`` or ``*`` says whether they are emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.token import Token

#: A citation's mark in an answer, with its number.
MARK = re.compile(r"\[(\d{1,3})\]")
_WORD = re.compile(r"[^\W_](?:\w*[^\W_])?")
_BETWEEN = r"(?:[^\w\n]|_|\[\d{1,3}\])*?"
_AFTER = r"_*(?!\w)(?:[ ,;]*\[\d{1,3}\]|[^\w\s\[“(])*"


def located(text: str, sentence: str) -> tuple[int, int] | None:
    """Where ``sentence`` stands in ``text``, which may have marks and Markdown between its words."""
    words = _WORD.findall(MARK.sub(" ", sentence))
    if not words:
        return None
    found = re.search(rf"(?<!\w)_*{_BETWEEN.join(map(re.escape, words))}{_AFTER}", text)
    return found.span() if found else None


def visible(tokens: Sequence[Token]) -> str:
    """What is read of Markdown's tokens: a row of a table in one line, else a line to each block and break."""
    return "".join(text for _, text in _shown(tokens))


def mark_doubts(tokens: Sequence[Token], doubts: Sequence[tuple[str, str]]) -> None:
    """Put ``doubt_open`` and ``doubt_close`` around what is shown of each sentence that is found; ``doubts`` are
    sentences as they are read, and why each is in doubt, which is the content of ``doubt_open``.

    Each text, code and mark has a pair of its own, so that emphasis may begin or end within the sentence.
    """
    if not doubts:
        return
    text = visible(tokens)
    found = sorted({span: reason for sentence, reason in doubts if (span := located(text, sentence))}.items())
    pieces: dict[int, list[Token]] = {}
    start = 0
    for token, shown in _shown(tokens):
        if token is not None:
            cuts = [(a - start, b - start, reason) for (a, b), reason in found if a < start + len(shown) and b > start]
            pieces[id(token)] = list(_cut(token, shown, cuts))
        start += len(shown)
    for block in tokens:
        if block.children:
            block.children = [piece for child in block.children for piece in pieces.get(id(child), [child])]


def _shown(tokens: Sequence[Token]) -> Iterator[tuple[Token | None, str]]:
    """Inline tokens with the text that each shows; without a token, what parts two of them."""
    cell = False
    for block in tokens:
        cell = block.type in ("th_open", "td_open") or (cell and block.type == "inline")
        for child in block.children or ():
            if child.type in ("text", "code_inline"):
                yield child, child.content
            elif child.type == "mark":
                yield child, f"[{child.content}]"
            elif child.type in ("softbreak", "hardbreak"):
                yield None, "\n"
        if block.type == "inline":
            yield None, "|" if cell else "\n"


def _cut(token: Token, shown: str, doubts: Sequence[tuple[int, int, str]]) -> Iterator[Token]:
    """The token, parted where a doubt begins or ends within a text; code and marks are in doubt wholly or not."""
    from markdown_it.token import Token

    last = 0
    for start, end, reason in doubts:
        start, end = (max(start, last), min(end, len(shown))) if token.type == "text" else (last, len(shown))
        if start >= end:
            continue
        if start > last:
            yield token.copy(content=shown[last:start])
        yield Token("doubt_open", "span", 1, content=reason)
        yield token.copy(content=shown[start:end]) if token.type == "text" else token
        yield Token("doubt_close", "span", -1)
        last = end
    if last < len(shown) or not last:
        yield token.copy(content=shown[last:]) if last else token
