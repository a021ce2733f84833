"""From a model's finished text to an answer whose every mark has been checked.

The text is cut into statements, each with the marks that stand behind it::

    AMPO picks a mode for each question [1], while GRPO has only one [2].
    ---- statement, cites 1 -----------    ---- statement, cites 2 ----

Each is judged against the papers it cites. One that another source bears out instead is cited to that one, one
without a mark gets the mark of the source that bears it out, and what nobody bears out is flagged, or dropped if
``strict``. Knows no model and no prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answers import REFUSAL, Citation, Flag, Verdict
from assistant.marks import MarkStream
from assistant.verification import Judgment, Verifier
from ingest.chunking import sentences
from ingest.papers import Paper

#: How much more of a sentence another source must cover before its mark replaces one that would do.
BETTER = 0.25
#: Share of a sentence that each of several cited papers must cover when only all together bear it out.
SHARE = 0.2
#: Words below which the text before a mark is no statement of its own: "According to [1], …".
FEWEST_WORDS = 3
UNCITED = "no source says this"
_MARK = re.compile(r"\[(\d+)\]")
_MARKS = re.compile(r"\s*(?:\[\d+\](?:\s*(?:,|and|&)\s*(?=\[\d+\]))?)+")
_LEADING_MARKS = re.compile(r"\s*(?:\[\d+\]\s*)+")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,2}[.)])\s+|[ \t]*>\s?")
_RULE = re.compile(r"[ \t]*\|?[\s|:=_*-]+\|?[ \t]*")
_HEADING = re.compile(r"[ \t]*(?:#{1,6}\s|\*\*[^*]+\*\*:?[ \t]*\Z)")
#: Emphasis comes in pairs; a lone star belongs to a name, as in A*-PO.
_BOLD = re.compile(r"\*\*|`|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)")
_ITALIC = re.compile(r"(?<!\w)([*_])(?=\S)([^*_\n]*\S)\1(?![\w-])")
_RULED = re.compile(r"[|#]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af].*[\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af]{3}")
_WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True)
class Statement:
    """A stretch of the answer, ``text[start:end]``, with the marks behind it, and the sentence it belongs to.

    ``words`` is what it states, without marks and Markdown; ``at`` is where a new mark would go.
    """

    start: int
    end: int
    words: str
    marks: tuple[int, ...]
    sentence: tuple[int, int]
    at: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer as it may be shown, and what stands behind it. ``supported`` of ``stated`` statements hold."""

    text: str
    citations: tuple[Citation, ...]
    flags: tuple[Flag, ...]
    supported: int
    stated: int

    def renumbered(self, numbers: Mapping[int, int]) -> Checked:
        """The same with other marks; citations whose mark isn't among ``numbers`` keep theirs."""
        text = _MARK.sub(lambda mark: f"[{numbers.get(int(mark[1]), int(mark[1]))}]", self.text)
        cited = tuple(replace(c, number=numbers.get(c.number, c.number)) for c in self.citations)
        return replace(self, text=text, citations=cited)


@dataclass(frozen=True, slots=True)
class _Ruling:
    """What became of one statement: the marks it shall bear, with the judgment on each, or a reason."""

    statement: Statement
    judgments: Mapping[int, Judgment]
    reason: str


def check(text: str, sources: Mapping[int, Paper], verifier: Verifier, *, strict: bool = False) -> Checked:
    """Every statement of ``text`` judged, its marks put right; ``sources`` are the papers by mark.

    Marks that stand for nothing are removed first, links and images too where no source contains their address.
    """
    text = _cleaned(text, sources)
    rulings = [_rule(statement, sources, verifier) for statement in statements(text)]
    kept = [r for r in rulings if not (strict and _failed(r, rulings))]
    dropped = [r.statement.sentence for r in rulings if r not in kept]
    shown = _rewritten(text, rulings, dropped)
    supported = sum(not r.reason for r in kept)
    return Checked(shown, _citations(text, kept, sources), _flags(text, kept), supported, len(kept))


def _cleaned(text: str, sources: Mapping[int, Paper]) -> str:
    """Text without invalid marks and foreign links; again and again, since what is left may make up a new one."""
    allowed = [link for paper in sources.values() for link in paper.links]
    before = ""
    while text != before:
        before, text = text, MarkStream(lambda n: n if n in sources else None, allowed).whole(text)
    return text


def statements(text: str) -> list[Statement]:
    """What the text states, piece by piece; headings, questions, lead-ins and the refusal state nothing."""
    found: list[Statement] = []
    for start, end in _sentences(text):
        found += _pieces(text, start, end)
    return [s for s in found if _states(s.words)]


def is_refusal(text: str) -> bool:
    """Whether an answer begins with the agreed sentence."""
    return _folded(text).startswith(_folded(REFUSAL).rstrip("."))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Spans of sentences, line by line; a mark after the full stop is part of the sentence before it."""
    offset = 0
    for line in text.splitlines(keepends=True):
        body = _LIST_ITEM.match(line)
        begin = offset + (body.end() if body else 0)
        if not _HEADING.match(line) and not _RULE.fullmatch(line.rstrip("\n")):
            yield from _within(text, begin, offset + len(line))
        offset += len(line)


def _within(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    spans = [(begin + a, begin + b) for a, b in sentences(text[begin:end])]
    for at, (start, stop) in enumerate(spans):
        leading = _LEADING_MARKS.match(text, start, stop)
        if leading and at and _takes_it(text, spans[at - 1], leading.end()):
            spans[at - 1] = (spans[at - 1][0], leading.start() + len(leading.group().rstrip()))
            spans[at] = (leading.end(), stop)
    yield from ((a, b) for a, b in spans if text[a:b].strip())


def _takes_it(text: str, before: tuple[int, int], following: int) -> bool:
    """Whether marks that open a sentence close the one before: it has none yet, and a new one begins after them."""
    return not _MARK.search(text, *before) and not text[following : following + 1].islower()


def _pieces(text: str, start: int, end: int) -> list[Statement]:
    """A sentence cut after each group of marks; a piece too short to state anything joins the next."""
    cuts: list[tuple[int, int, tuple[int, ...]]] = []
    begin = start
    groups = list(_MARKS.finditer(text, start, end))
    for group in groups:
        if _wordy(_bare(text[begin : group.start()])):
            cuts.append((begin, group.end(), _numbers(group.group())))
            begin = group.end()
    pending = tuple(n for g in groups if g.start() >= begin for n in _numbers(g.group()))
    if _wordy(_bare(text[begin:end])) or not cuts:
        # a tail without a mark of its own rests on the mark before it, if that is a part of its own sentence
        marks = pending or (cuts[-1][2] if cuts else ())
        if not pending and cuts:
            begin = cuts.pop()[0]
        cuts.append((begin, end, marks))
    return [_statement(text, a, b, marks, (start, end)) for a, b, marks in cuts]


def _statement(text: str, start: int, end: int, marks: tuple[int, ...], sentence: tuple[int, int]) -> Statement:
    stated = text[start:end].rstrip()
    body = stated.rstrip('.!?。！？…*_|"”’) ')
    marked = list(_MARKS.finditer(stated))
    at = start + (marked[-1].start() if marked else len(body))
    return Statement(start, end, _bare(stated), tuple(dict.fromkeys(marks)), sentence, at)


def _rule(statement: Statement, sources: Mapping[int, Paper], verifier: Verifier) -> _Ruling:
    cited = {n: verifier.judge(statement.words, sources[n]) for n in statement.marks}
    if len(cited) > 1 and not any(j.supported for j in cited.values()):
        cited = _together(statement, cited, sources, verifier)
    best = max((j.score for j in cited.values() if j.supported), default=-1.0)
    others = {n: verifier.judge(statement.words, p) for n, p in sources.items() if n not in cited} if best < 1 else {}
    rival = max((n for n, j in others.items() if j.supported), key=lambda n: others[n].score, default=None)
    if rival is not None and others[rival].score > best + (BETTER if best >= 0 else 0):
        return _Ruling(statement, {rival: others[rival]}, "")
    if any(j.supported for j in cited.values()):
        return _Ruling(statement, cited, "")
    return _Ruling(statement, cited, next((j.reason for j in cited.values()), UNCITED))


def _together(
    statement: Statement, cited: Mapping[int, Judgment], sources: Mapping[int, Paper], verifier: Verifier
) -> dict[int, Judgment]:
    """Judgments on papers that bear the statement out only all together; each must cover a share of it."""
    union = verifier.judge_together(statement.words, [sources[n] for n in cited])
    if not union.supported:
        return dict(cited)
    return {n: replace(j, supported=True, reason="") if j.score >= SHARE else j for n, j in cited.items()}


def _failed(ruling: _Ruling, rulings: Sequence[_Ruling]) -> bool:
    """Whether the sentence of this ruling has a statement that nobody bears out."""
    return any(r.reason for r in rulings if r.statement.sentence == ruling.statement.sentence)


def _rewritten(text: str, rulings: Sequence[_Ruling], dropped: Sequence[tuple[int, int]]) -> str:
    """The text with each statement's marks as ruled, and without the dropped sentences."""
    edits = [edit for r in rulings if r.statement.sentence not in dropped for edit in _edits(text, r)]
    edits += [(a, b, "") for a, b in set(dropped)]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return _tidied(text) if dropped else text


def _edits(text: str, ruling: _Ruling) -> list[tuple[int, int, str]]:
    """What to change so that a statement bears the marks of its judgments."""
    statement = ruling.statement
    if set(ruling.judgments) == set(statement.marks):
        return []
    new = "".join(f"[{n}]" for n in ruling.judgments)
    groups = list(_MARKS.finditer(text, statement.start, statement.end))
    if not groups:
        return [(statement.at, statement.at, f" {new}")]
    removed = [(g.start(), g.end(), "") for g in groups[:-1]]
    space = re.match(r"\s*", groups[-1].group())
    return [*removed, (groups[-1].start(), groups[-1].end(), (space.group() if space else "") + new)]


def _citations(text: str, rulings: Sequence[_Ruling], sources: Mapping[int, Paper]) -> tuple[Citation, ...]:
    found: list[Citation] = []
    for ruling in rulings:
        sentence = _bare(text[slice(*ruling.statement.sentence)])
        for number, judged in ruling.judgments.items():
            paper = sources[number]
            verdict = Verdict.SUPPORTED if judged.supported else Verdict.UNSUPPORTED
            quote = paper.abstract[judged.start : judged.end]
            found.append(
                Citation(
                    number, paper, quote, judged.start, judged.end, verdict, sentence, judged.reason, judged.listing
                )
            )
    return tuple(found)


def _flags(text: str, rulings: Sequence[_Ruling]) -> tuple[Flag, ...]:
    return tuple(Flag(_bare(text[slice(*r.statement.sentence)]), r.reason) for r in rulings if r.reason)


def _states(words: str) -> bool:
    """Whether words are a statement: not a question, not a lead-in, not a word or two, not the refusal."""
    return _wordy(words) and not words.rstrip().endswith(("?", ":", "？", "：")) and not is_refusal(words)


def _wordy(words: str) -> bool:
    """Whether there are words enough for a statement; scripts without spaces are counted by characters."""
    return len(_WORD.findall(words)) >= FEWEST_WORDS or bool(_UNSPACED.search(words))


def _numbers(marks: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(n) for n in _MARK.findall(marks)))


def _bare(text: str) -> str:
    """Text without marks and Markdown."""
    plain = _ITALIC.sub(r"\2", _BOLD.sub("", _MARKS.sub("", text)))
    return " ".join(_RULED.sub(" ", plain).split())


def _folded(text: str) -> str:
    return " ".join(text.replace("’", "'").strip('*_"“” \n').casefold().split())


def _tidied(text: str) -> str:
    """Without the empty list items and blank lines that dropped sentences leave."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if not re.fullmatch(r"\s*(?:[-*+•]|\d{1,2}[.)])\s*", line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(re.sub(r"(?<=\S) {2,}", " ", line) for line in kept)).strip()
