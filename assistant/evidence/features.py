"""Which sentences of an abstract answer a question, by features that a small logistic model weighs.

Knows no reader and no wording. The features are general: rare words shared, stems that single a sentence out
within its abstract, nearness in meaning, the slot that the question wants filled, position, turns of phrase.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.evidence.reading import KEPT, Reading, Sentence, read
from assistant.language import naming, phrases, terms
from assistant.questions import Wants
from ingest.papers import Paper

Features = NDArray[np.float64]

#: Names of the features of :func:`features`, in order.
FEATURES = (
    *("coverage", "distinctive", "detail", "bigrams"),
    *("focus", "number", "percent", "number_near", "number_count", "number_unasked", "value", "value_unasked"),
    *("enumeration_asked", "defines", "defined", "url", "url_unasked"),
    *("names", "agent", "mechanism", "mechanism_asked", "reason_asked", "contrast_asked", "finding", "finding_asked"),
    *("proposal", "proposal_figure", "result", "result_figure", "trial", "trial_figure", "background"),
    *("elaborates", "elaborates_figure", "closing"),
    *("position", "position_figure", "first", "last", "length"),
    *("previous", "meaning", "meaning_rest", "soft", "named_asked", "named_tried", "trial_tried"),
)
_PLACE = {name: place for place, name in enumerate(FEATURES)}
#: Features that are a trait of the sentence alone: the trait, and what the question must ask for, if it is to count.
_TRAITS = {
    **{name: (name, "figure") for name in ("number", "percent", "value")},
    **{f"{name}_figure": (name, "figure") for name in ("proposal", "result", "trial", "elaborates", "position")},
    **{f"{name}_unasked": (name, "no figure") for name in ("number", "value")},
    **{f"{name}_asked": (name, name) for name in ("enumeration", "mechanism", "reason", "contrast", "finding")},
    **{name: (name, "") for name in ("mechanism", "finding", "proposal", "result", "trial", "background")},
    **{name: (name, "") for name in ("elaborates", "closing", "position", "first", "last", "length")},
    "number_count": ("count", "figure"),
    "named_asked": ("named", "name"),
    "named_tried": ("named", "trial"),
    "trial_tried": ("trial", "trial"),
    "url": ("url", "url"),
    "url_unasked": ("url", "no url"),
}
_TRAIT_PLACES = [_PLACE[name] for name in _TRAITS]
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
    ``several`` whether it compares, asks if something holds, and asks for several things; ``named`` whether it wants a
    thing that has a name, and ``tried`` what something was tried on.
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
    named: bool
    tried: bool


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
        named=bool(phrases.NAME.search(text)),
        tried=bool(phrases.TRIAL.search(text)),
    )


def features(asked: Clause, reading: Reading, similarity: Similarity | None = None) -> Features:
    """The features of the sentences of ``reading``, shape (sentences, :data:`FEATURES`)."""
    rows = np.zeros((len(reading.sentences), len(FEATURES)))
    if not reading.sentences:
        return rows
    traits, asks = own_traits(reading.paper), _asks(asked)
    rows[:, _TRAIT_PLACES] = traits * [asks[gate] for _, gate in _TRAITS.values()]
    for name, column in (*_words(asked, reading), *_names(asked, reading), *_nearness(asked, reading, similarity)):
        rows[:, _PLACE[name]] = column
    return rows


def _asks(asked: Clause) -> dict[str, bool]:
    """What the question asks for, by the names of :data:`_TRAITS`."""
    figure, url = Wants.FIGURE in asked.wants, Wants.CODE in asked.wants
    slots = {"mechanism": Wants.MECHANISM in asked.wants, "reason": Wants.REASON in asked.wants, "url": url}
    others = {"enumeration": asked.several, "contrast": asked.contrast, "finding": asked.holds}
    others |= {"name": asked.named, "trial": asked.tried}
    return {"": True, "figure": figure, "no figure": not figure, "no url": not url} | slots | others


@lru_cache(maxsize=KEPT)
def own_traits(paper: Paper) -> Features:
    """What of :data:`_TRAITS` is the sentences' own, shape (sentences, traits)."""
    sentences = read(paper).sentences
    last = len(sentences) - 1
    rows = []
    for place, sentence in enumerate(sentences):
        own = {
            **dict.fromkeys(sentence.cues, 1.0),
            "number": bool(sentence.numbers),
            "count": min(len(sentence.numbers), 4) / 4,
            "named": min(len(terms.proper_names(sentence.text)), 4) / 4,
            "percent": sentence.percent,
            "url": sentence.url,
            "trial": sentence.trial,
            "elaborates": sentence.elaborates,
            "closing": sentence.closing,
            "position": place / max(last, 1),
            "first": place == 0,
            "last": place == last,
            "length": math.log1p(len(sentence.words)) / 4,
        }
        rows.append([float(own.get(trait, 0.0)) for trait, _ in _TRAITS.values()])
    return np.array(rows)


def _words(asked: Clause, reading: Reading) -> Iterator[tuple[str, Any]]:
    """Which of the question's words a sentence has: a number a sentence for each feature."""
    stems, n = list(asked.weights), len(reading.sentences)
    has = np.array([[s in sentence.vocabulary for s in stems] for sentence in reading.sentences], dtype=float)
    coverage = _share(has, np.array([asked.weights[s] for s in stems]))
    yield "coverage", coverage
    yield "previous", np.concatenate([[0.0], coverage[:-1]])
    # What is asked of the thing named: the words that are no part of a name.
    yield "detail", _share(has, np.array([asked.weights[s] * (s not in asked.name_stems) for s in stems]))
    frequency = reading.frequency
    inside = [asked.weights[s] * _distinct(frequency[s], n) if frequency[s] else 0.0 for s in stems]
    yield "distinctive", _share(has, np.array(inside))
    if asked.focus:
        yield "focus", [len(asked.focus & s.vocabulary) / len(asked.focus) for s in reading.sentences]
    if asked.bigrams:
        shared = [len(asked.bigrams.intersection(pairwise(s.stems))) for s in reading.sentences]
        yield "bigrams", np.array(shared) / len(asked.bigrams)
    if Wants.FIGURE in asked.wants:
        yield "number_near", [near_number(asked, s) for s in reading.sentences]


def _share(has: Features, weights: Any) -> Any:
    """The share of the weight that each sentence has, 0 where nothing weighs; ``has`` is (sentences, words)."""
    return has @ weights / (weights.sum() or 1.0)


def _distinct(frequency: int, n: int) -> float:
    """How far a stem singles a sentence out of its abstract: 1 in one sentence, near 0 in all of them."""
    return math.log((n + 1) / (frequency + 0.5)) / math.log((n + 1) / 1.5) if n > 1 else 1.0


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


def _names(asked: Clause, reading: Reading) -> Iterator[tuple[str, Any]]:
    """What becomes of the question's names: introduced ("X is a", "propose X") or at work."""
    pairs = list(zip(asked.names, asked.folded, strict=True))
    named = [[n for n, f in pairs if f in s.folded and naming.spoken(n, s.text)] for s in reading.sentences]
    if not any(named):
        return
    spoken = list(zip(named, reading.sentences, strict=True))
    defined = [any(_definition(name).search(s.text) for name in own) for own, s in spoken]
    yield "names", [bool(own) for own in named]
    yield "defined", defined
    yield "agent", [any(_agent(name).search(s.text) for name in own) for own, s in spoken]
    if Wants.DEFINITION in asked.wants:
        yield "defines", defined


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
    """The name doing something: "UER learns …", "…, RECAP dynamically selects …"."""
    return re.compile(
        rf"(?:^|[,;:] |\b(?:that|which|and) ){re.escape(name)}(?: \([^)]*\))?,? (?:\w+ly )?\w+s\b", re.IGNORECASE
    )


def _nearness(asked: Clause, reading: Reading, similarity: Similarity | None) -> Iterator[tuple[str, Any]]:
    """How near each sentence is in meaning, and its coverage with near words counted by their nearness."""
    if similarity is None:
        return
    meaning = np.array(similarity.sentences(asked.text, reading))
    yield "meaning", meaning
    yield "meaning_rest", meaning - meaning.max()
    if asked.weights:
        yield "soft", similarity.coverage([(asked.words[s], w) for s, w in asked.weights.items()], reading)
