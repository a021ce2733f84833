"""Sentences of a text and chunks of whole sentences, both as exact character spans. Knows nothing of embedders.

A rule reads each full stop with the words around it::

    ... on ImageNet (e.g., ViT-L, cf. Fig. 2). mCLIP gains 3.5 points over Chen et al. (2021), i.e. 36% vs. 32%.
                                             ^ ends                                                            ^ ends

The ready-made splitters were measured on abstracts and lose here: nltk's punkt (which llama-index uses) cuts
after "i.e.", "et al." and "w.r.t." and does not cut before a name in lower case.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.papers import Chunk, Paper

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChunkerSettings:
    """What makes two sets of chunks comparable. ``size`` and ``overlap`` are in tokens as :func:`count_tokens` has it.

    At 512 nearly every abstract is one chunk: arXiv takes no abstract over 1,920 characters.
    """

    name: str = "sentences-1"
    size: int = 512
    overlap: int = 0

    def __post_init__(self) -> None:
        if self.size < 1 or not 0 <= self.overlap < self.size:
            raise ValueError(f"a chunk of {self.size} tokens can't overlap by {self.overlap}: 0 <= overlap < size.")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Never the end of a sentence, whatever follows.
_NEVER = _words(
    "e.g eg i.e ie cf vs v.s fig figs eq eqs eqn eqns sec secs sect tab tabs ref refs app appx thm lem prop def alg "
    "ch chap no nos vol pp p ver resp approx ca viz incl excl esp w.r.t wrt s.t dr mr mrs ms prof st proc conf univ "
    "dept ed eds et"
)
#: The end of a sentence only where a usual first word of one follows.
_RARELY = _words("al etc inc corp ltd co jr sr ph.d u.s u.k u.n e.u i.i.d a.k.a a.i d.c a.m p.m")
_STARTERS = _words(
    "a additionally after again all also although among an and another applying as at based because before besides "
    "beyond both building but by code codes compared consequently contrary crucially current despite due during each "
    "empirical empirically especially even evaluated evaluation evaluations existing experimental experiments "
    "extensive finally first firstly for from further furthermore given hence here how however if important "
    "importantly in inspired instead interestingly it its last lastly leveraging many meanwhile more moreover most "
    "motivated nevertheless next nonetheless notably on once one our overall previous prior project recent recently "
    "remarkably results rather second secondly second several similarly since so some specifically still subsequently "
    "such surprisingly that the their then there therefore these they third thirdly this those though through thus "
    "to together towards two ultimately under unfortunately unlike until using we what when where whereas whether "
    "which while why with within without yet you"
)
# The end mark, then what may close behind it.
_END = re.compile(r"(?P<mark>[.!?…]+|[。！？｡])(?P<close>[\"'”’»)\]}]*)(?P<space>\s*)|\n[^\S\n]*\n\s*")
_AFTER = re.compile(r"([\"'“‘«(\[{]*)([^\s]{0,40})")
# "(ii)", "(b)", "(2)" behind the bracket that opens it
_ENUMERATOR = re.compile(r"(?:[ivx]{1,4}|[a-h]|\d{1,2})\)")
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_BRACKET = re.compile(r"[(\[{)\]}]")
#: A parenthesis longer than this has lost its other half.
_PARENTHESIS_CHARS = 400
#: Letters of a word that count as one token.
_TOKEN_CHARS = 8


def sentences(text: str) -> list[Span]:
    """Spans of the sentences in order: without white space around, together every character that is not white space."""
    spans: list[Span] = []
    start = 0
    for end in _ends(text):
        spans = _with_span(spans, text, start, end)
        start = end
    return _with_span(spans, text, start, len(text))


def chunks(paper: Paper, settings: ChunkerSettings = ChunkerSettings()) -> tuple[Chunk, ...]:
    """Whole sentences packed to ``settings.size`` tokens; ``paper.abstract[start:end] == text`` for each.

    A sentence that is longer is cut between words. A paper without an abstract has one empty chunk, so that it
    can be found by its title.
    """
    pieces = [piece for span in sentences(paper.abstract) for piece in _pieces(paper.abstract, span, settings.size)]
    spans = _packed(paper.abstract, pieces, settings) or [(0, 0)]
    return tuple(
        Chunk(paper.id, ordinal, paper.abstract[start:end], start, end) for ordinal, (start, end) in enumerate(spans)
    )


def count_tokens(text: str) -> int:
    """About the number of a subword tokenizer's tokens: words, with one more for every 8 letters, and marks."""
    return sum(1 + (len(token) - 1) // _TOKEN_CHARS for token in _TOKEN.findall(text))


# --------------------------------------------------------------------------------------------------- sentences


def _with_span(spans: list[Span], text: str, start: int, end: int) -> list[Span]:
    """Adds the span without its white space; marks with no word in them go to the sentence before."""
    piece = text[start:end]
    start, end = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
    if start >= end:
        return spans
    if spans and not any(char.isalnum() for char in text[start:end]):
        spans[-1] = (spans[-1][0], end)
    else:
        spans.append((start, end))
    return spans


def _ends(text: str) -> Iterator[int]:
    """Offsets behind the last character of each sentence, but for the last one's."""
    inside = _parentheses(text)
    start = 0
    for found in _END.finditer(text):
        if found["mark"] is None:
            yield (start := found.end())
            continue
        end = found.end("close")
        if end < len(text) and not _within(inside, end - 1) and _ends_sentence(text, start, found):
            yield end
            start = found.end()


def _ends_sentence(text: str, start: int, found: re.Match[str]) -> bool:
    mark = found["mark"]
    if mark in "。！？｡":
        return True
    before = _last_token(text, max(start, found.start() - 80), found.start())
    after = _AFTER.match(text, found.end())
    opened, following = (after[1], after[2]) if after else ("", "")
    if not found["space"]:
        return mark[0] in ".!?" and _is_glued(before, following, found["close"])
    if opened and _ENUMERATOR.match(following):
        return True
    if mark[0] != "." or len(mark) > 1:
        return not following[:1].islower() or _is_name(following)
    if found["close"]:
        return not following[:1].islower()
    if (before.isdigit() or len(before) == 1) and _is_number(text[start : found.start()]):
        return False
    return _period_ends(before, following)


def _last_token(text: str, start: int, end: int) -> str:
    """What stands before ``end`` without white space, and without brackets and quotes in front."""
    tokens = text[start:end].split()
    return tokens[-1].lstrip("([{\"“‘'«") if tokens and not text[end - 1].isspace() else ""


def _is_number(sentence: str) -> bool:
    """Whether what came so far is a list's number, at the start or behind a colon: "Takeaways: 1"."""
    head, _, _ = sentence.strip().rpartition(" ")
    return not head or head.endswith((":", ";"))


def _period_ends(before: str, following: str) -> bool:
    """Whether "before. following" is a sentence's end and the next one's beginning."""
    word = before.casefold()
    first = _WORD.match(following)
    initial = following[1:2] == "."
    starts = first is not None and first[0].casefold() in _STARTERS and following[0].isupper() and not initial
    acronym = before.isupper() and len(before) > 1 and not following[:1].isdigit()
    if word in _NEVER and not acronym:
        return word == "no" and starts
    if word in _RARELY or (len(word) == 1 and before.isupper()) or _is_dotted(word):
        return starts
    if following[:1].islower() and not _is_name(following):
        return (len(word) >= 4 and word.isalpha()) or before[-1:] in (")", "%", "]")
    return True


def _is_dotted(word: str) -> bool:
    """ "u.s", "a.b.c": letters with full stops between."""
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) == 1 and part.isalpha() for part in parts)


def _is_name(word: str) -> bool:
    """A name that begins in lower case: mCLIP, iCaRL, pFedMe, x2vec, t-SNE."""
    return any(char.isupper() or char.isdigit() for char in word[1:])


def _is_glued(before: str, following: str, close: str) -> bool:
    """Whether the white space between two sentences was lost: "models.We", but not "torch.Tensor" nor a link."""
    if "/" in before or "@" in before or "www." in before or not before:
        return False
    first = _WORD.match(following)
    if first is None or not first[0][0].isupper() or first[0].casefold() not in _STARTERS:
        return False
    rest = following[first.end() : first.end() + 1]
    return (before[-1:].isalnum() or before[-1:] in ")%]" or bool(close)) and rest in ("", ",")


def _parentheses(text: str) -> list[Span]:
    """Spans between matching brackets, outermost only, in order."""
    spans: list[Span] = []
    stack: list[int] = []
    for found in _BRACKET.finditer(text):
        index = found.start()
        if found[0] in "([{":
            stack.append(index)
        elif stack:
            opened = stack.pop()
            if index - opened <= _PARENTHESIS_CHARS:
                while spans and spans[-1][0] > opened:
                    spans.pop()
                spans.append((opened, index))
    return spans


def _within(spans: list[Span], offset: int) -> bool:
    index = bisect_left(spans, (offset, 0))
    return index > 0 and spans[index - 1][1] > offset


# ------------------------------------------------------------------------------------------------------ chunks


def _pieces(text: str, span: Span, size: int) -> Iterator[Span]:
    """The span itself, or where it has more than ``size`` tokens, parts of it that don't, cut between words."""
    start, end = span
    if end - start <= size or count_tokens(text[start:end]) <= size:
        yield span
        return
    tokens, last = 0, start
    for found in _TOKEN.finditer(text, start, end):
        for offset in range(found.start(), found.end(), _TOKEN_CHARS):
            if tokens == size:
                yield last, last + len(text[last:offset].rstrip())
                tokens, last = 0, offset
            tokens += 1
    yield last, end


def _packed(text: str, pieces: list[Span], settings: ChunkerSettings) -> list[Span]:
    packed: list[Span] = []
    held: list[tuple[Span, int]] = []
    for piece in pieces:
        tokens = count_tokens(text[slice(*piece)])
        if held and sum(count for _, count in held) + tokens > settings.size:
            packed.append((held[0][0][0], held[-1][0][1]))
            held = _overlap(held, min(settings.overlap, settings.size - tokens))
        held.append((piece, tokens))
    if held:
        packed.append((held[0][0][0], held[-1][0][1]))
    return packed


def _overlap(held: list[tuple[Span, int]], overlap: int) -> list[tuple[Span, int]]:
    """The last sentences of the chunk that fit into ``overlap`` tokens begin the next one too."""
    kept, tokens = 0, 0
    for _, count in reversed(held[1:]):
        tokens += count
        if tokens > overlap:
            break
        kept += 1
    return held[len(held) - kept :]
