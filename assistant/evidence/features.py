"""Which sentences of an abstract answer a question, by features that a small logistic model weighs.

Knows no reader and no wording. The features are general: rare words shared, stems that single a sentence out
within its abstract, nearness in meaning, the slot that the question wants filled, position, turns of phrase.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from assistant.evidence.reading import Reading, Sentence
from assistant.language import terms
from assistant.questions import Wants

#: Names of the features of :func:`features`, in order.
FEATURES = (
    *("coverage", "distinctive", "detail", "bigrams"),
    *("focus", "number", "percent", "number_near", "number_count", "number_unasked", "value", "value_unasked"),
    *("enumeration_asked", "defines", "defined", "url", "url_unasked"),
    *("names", "agent", "mechanism", "mechanism_asked", "reason_asked", "contrast_asked", "finding", "finding_asked"),
    *("proposal", "proposal_figure", "result", "result_figure", "trial", "trial_figure", "background"),
    *("elaborates", "elaborates_figure", "closing"),
    *("position", "position_figure", "first", "last", "length"),
    *("previous", "meaning", "meaning_rest", "soft"),
)
_CONTRAST = re.compile(
    r"\bdiffer\w*|\bcompared?\b|\bunlike\b|\binstead\b|\brather\b|\bcontrast\b|\bversus\b|\bvs\b|\bthan\b|\bwithout\b",
    re.IGNORECASE,
)
#: What a question asks the number or name of: "how many GPU hours", "which lower and upper learning rate".
_FOCUS = re.compile(
    r"\b(?:how (?:many|much|few)|(?:what|which)(?:['’]s| is| are| was| were)?(?: the)?|number of|share of|percentage "
    r"of|fraction of)\s+"
    r"((?:(?!(?:does|do|did|is|are|was|were|can|has|have|of|in|on|for|to|the|with|from|by|it|they|"
    r"that)\b)[\w@*+-]+\s*){1,6})",
    re.IGNORECASE,
)
#: Measures that a bare figure stands for: "88.5%" is an accuracy without the word.
_MEASURES = frozenset(
    """accuraci score rate error number percentag percent share fraction proport ratio gain improv reduct size amount
    margin increas decreas drop gap point valu level speedup factor perform result figur kind type sort way""".split()  # noqa: SIM905
)
#: A question that asks for several things by number or kind: "which three components", "the stages".
_SEVERAL = re.compile(
    r"\b(?:two|three|four|five|six|several|both)\b(?: [\w-]+){0,3} ?\w+s\b|\b(?:which|what|the) (?:[\w-]+ ){0,2}"
    r"(?:stages|steps|phases|components|parts|tasks|benchmarks|datasets|models|methods|baselines|modules|ingredients|"
    r"factors|kinds|types)\b",
    re.IGNORECASE,
)
#: A question that wants to know whether something holds, or what came of it.
_YES_NO = re.compile(
    r"(?:^|[,;:.?!] |\b(?:and|but|so) )(?:do|does|did|is|are|was|were|can|could|would|will|has|have|should)\b|"
    r"\bwhether\b|"
    r"\bwhat happens?\b|\bwhat (?:do|did) (?:they|the authors|it) (?:find|show|conclude)",
    re.IGNORECASE,
)


class Statistics(Protocol):
    """What the ranking needs to know of the whole library."""

    @property
    def n_documents(self) -> int: ...

    def document_frequency(self, term: str) -> int: ...


class Similarity(Protocol):
    """Nearness in meaning between a question and the sentences and words of a paper."""

    def prepare(self, readings: Sequence[Reading]) -> None: ...

    def sentences(self, text: str, reading: Reading) -> Sequence[float]: ...

    def coverage(self, words: Sequence[tuple[str, float]], reading: Reading) -> Sequence[float]: ...

    def nearness(self, words: Sequence[str], reading: Reading) -> Sequence[Sequence[float]]: ...


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a question: its content stems with their weights, its focus and the slots it wants.

    ``words`` are the stems' words, ``folded`` its names without their capitals, ``contrast``, ``holds`` and
    ``several`` whether it compares, asks if something holds, and asks for several things.
    """

    text: str
    weights: dict[str, float]
    words: dict[str, str]
    focus: frozenset[str]
    names: tuple[str, ...]
    name_stems: frozenset[str]
    wants: frozenset[Wants]
    bigrams: frozenset[tuple[str, str]]
    folded: tuple[str, ...]
    contrast: bool
    holds: bool
    several: bool


def rarity(stem: str, statistics: Statistics) -> float:
    """Inverse document frequency, 0..1: 1 for a word of one paper or none (Robertson and Zaragoza 2009, scaled)."""
    n = max(statistics.n_documents, 1)
    return math.log1p(n / (1 + statistics.document_frequency(stem))) / math.log1p(n)


def clause(text: str, wants: Sequence[Wants], statistics: Statistics) -> Clause:
    """What a stretch of a question asks after."""
    content = [t for t in terms.tokens(text) if t.content]
    weights = {t.stem: rarity(t.stem, statistics) for t in content}
    focus = {s for m in _FOCUS.finditer(text) for s in terms.content_stems(m.group(1))} - _MEASURES
    names = (*terms.proper_names(text), *terms.quoted(text))
    name_stems = frozenset(s for name in names for s in terms.content_stems(name))
    pairs = frozenset((a.stem, b.stem) for a, b in pairwise(content) if b.start - a.end <= 2)
    return Clause(
        text=text,
        weights=weights,
        words={t.stem: t.text.lower() for t in content},
        focus=frozenset(focus),
        names=names,
        name_stems=name_stems,
        wants=frozenset(wants),
        bigrams=pairs,
        folded=tuple(name.casefold() for name in names),
        contrast=bool(_CONTRAST.search(text)),
        holds=bool(_YES_NO.search(text)),
        several=bool(_SEVERAL.search(text)),
    )


def features(asked: Clause, reading: Reading, similarity: Similarity | None = None) -> list[list[float]]:
    """One row of :data:`FEATURES` a sentence of ``reading``."""
    total = sum(asked.weights.values()) or 1.0
    n = len(reading.sentences)
    inside = {s: w * _distinct(reading.frequency[s], n) for s, w in asked.weights.items() if reading.frequency[s]}
    inside_total = sum(inside.values()) or 1.0
    meaning = similarity.sentences(asked.text, reading) if similarity else [0.0] * n
    top = max(meaning, default=0.0)
    soft = _soft(asked, reading, similarity)
    rows: list[list[float]] = []
    for sentence in reading.sentences:
        matched = [s for s in asked.weights if s in sentence.vocabulary]
        coverage = sum(asked.weights[s] for s in matched) / total
        distinctive = sum(inside[s] for s in matched) / inside_total
        previous = rows[-1][0] if rows else 0.0
        rows.append(
            [
                *(coverage, distinctive, _detail(asked, sentence), _bigrams(asked, sentence)),
                *_slots(asked, sentence),
                *_turns(asked, sentence),
                *_place(asked, sentence, n),
                *(previous, meaning[sentence.ordinal], meaning[sentence.ordinal] - top, soft[sentence.ordinal]),
            ]
        )
    return rows


def _detail(asked: Clause, sentence: Sentence) -> float:
    """Coverage of the words that are no part of a name: what is asked of the thing named."""
    detail = {s: w for s, w in asked.weights.items() if s not in asked.name_stems}
    return sum(w for s, w in detail.items() if s in sentence.vocabulary) / sum(detail.values()) if detail else 0.0


def _distinct(frequency: int, n: int) -> float:
    """How far a stem singles a sentence out of its abstract: 1 in one sentence, near 0 in all of them."""
    return math.log((n + 1) / (frequency + 0.5)) / math.log((n + 1) / 1.5) if n > 1 else 1.0


def _bigrams(asked: Clause, sentence: Sentence) -> float:
    if not asked.bigrams:
        return 0.0
    pairs = set(pairwise(sentence.stems))
    return len(asked.bigrams & pairs) / len(asked.bigrams)


def _slots(asked: Clause, sentence: Sentence) -> list[float]:
    figure = Wants.FIGURE in asked.wants
    has_number = bool(sentence.numbers)
    focus = len(asked.focus & sentence.vocabulary) / len(asked.focus) if asked.focus else 0.0
    return [
        focus,
        float(figure and has_number),
        float(figure and sentence.percent),
        float(figure) * near_number(asked, sentence),
        float(figure) * min(len(sentence.numbers), 4) / 4,
        float(not figure and has_number),
        float(figure and "value" in sentence.cues),
        float(not figure and "value" in sentence.cues),
        float(asked.several and "enumeration" in sentence.cues),
        float(Wants.DEFINITION in asked.wants and _defines(asked, sentence)),
        float(_defines(asked, sentence)),
        float(Wants.CODE in asked.wants and sentence.url),
        float(Wants.CODE not in asked.wants and sentence.url),
    ]


def near_number(asked: Clause, sentence: Sentence) -> float:
    """Share of the question's matched words that stand within four content words of a number."""
    matched = [i for i, s in enumerate(sentence.stems) if s in asked.weights]
    if not matched or not sentence.numbers:
        return 0.0
    near = {sentence.stems[i] for i in matched if min(abs(i - n) for n in sentence.numbers) <= 4}
    return sum(asked.weights[s] for s in near) / (sum(asked.weights.values()) or 1.0)


def number_beside(stems: Sequence[str], sentence: Sentence) -> bool:
    """Whether a number stands within five content words of the last of ``stems``, the thing counted."""
    places = [i for i, s in enumerate(sentence.stems) if s == stems[-1]]
    return any(abs(i - n) <= 5 for i in places for n in sentence.numbers)


def _defines(asked: Clause, sentence: Sentence) -> bool:
    """Whether the sentence introduces something the question names: "X (…", "(X)", "X is a", "propose X"."""
    return any(_definition(name).search(sentence.text) for name in _named(asked, sentence))


def _named(asked: Clause, sentence: Sentence) -> list[str]:
    """The question's names that stand in the sentence, whatever their case."""
    return [name for name, folded in zip(asked.names, asked.folded, strict=True) if folded in sentence.folded]


@lru_cache(maxsize=128)
def _definition(name: str) -> re.Pattern[str]:
    escaped = re.escape(name)
    return re.compile(
        rf"\({escaped}\)|{escaped}\s*\(|{escaped},?\s+(?:is|are|an?|the|which|refers|denotes)\b|"
        rf"(?:propose|introduce|present|called|named|dubbed|termed|develop)s?\s+(?:\S+\s+){{0,3}}?{escaped}",
        re.IGNORECASE,
    )


@lru_cache(maxsize=128)
def _agent(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|[,;:] |\b(?:that|which|and) ){re.escape(name)}(?: \([^)]*\))?,? (?:\w+ly )?\w+s\b", re.IGNORECASE
    )


def _turns(asked: Clause, sentence: Sentence) -> list[float]:
    cues, figure = sentence.cues, float(Wants.FIGURE in asked.wants)
    return [
        float(bool(_named(asked, sentence))),
        float(_acts(asked, sentence)),
        float("mechanism" in cues),
        float(Wants.MECHANISM in asked.wants and "mechanism" in cues),
        float(Wants.REASON in asked.wants and "reason" in cues),
        float(asked.contrast and "contrast" in cues),
        float("finding" in cues),
        float(asked.holds and "finding" in cues),
        float("proposal" in cues),
        figure * ("proposal" in cues),
        float("result" in cues),
        figure * ("result" in cues),
        float(sentence.trial),
        figure * sentence.trial,
        float("background" in cues),
        float(sentence.elaborates),
        figure * sentence.elaborates,
        float(sentence.closing),
    ]


def _acts(asked: Clause, sentence: Sentence) -> bool:
    """Whether something named does something here: "UER learns …", "…, RECAP dynamically selects …"."""
    return any(_agent(name).search(sentence.text) for name in _named(asked, sentence))


def _place(asked: Clause, sentence: Sentence, n: int) -> list[float]:
    position = sentence.ordinal / max(n - 1, 1)
    return [
        position,
        position * (Wants.FIGURE in asked.wants),
        float(sentence.ordinal == 0),
        float(sentence.ordinal == n - 1),
        math.log1p(len(sentence.words)) / 4,
    ]


def _soft(asked: Clause, reading: Reading, similarity: Similarity | None) -> Sequence[float]:
    """Coverage with near words counted by their nearness, for each sentence."""
    if similarity is None or not asked.weights:
        return [0.0] * len(reading.sentences)
    return similarity.coverage([(asked.words[s], w) for s, w in asked.weights.items()], reading)
