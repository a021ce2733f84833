"""What a question asks for and a paper does not give: words it has nothing near to, counts, details, names.

English only. Knows no probability.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from assistant.evidence import calling
from assistant.evidence import features as evidence
from assistant.evidence.features import Clause
from assistant.evidence.reading import Sentence
from assistant.evidence.selection import Judge, Judged
from assistant.language import opposites, terms
from assistant.questions import LISTING_SLOTS, Question

#: Words after which what is said does not hold.
_NEGATION = re.compile(
    r"\b(?:without|no|not(?! (?:only|just|merely|simply|necessarily)\b)|never|nor|neither|"
    r"rather than|instead of|unlike|free of|eliminat\w+|avoid\w*)\b|n't\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"\bhow many ((?:(?!(?:does|do|did|is|are|was|were|can|has|have|had|of|in|on|for|to|the|with|from|by|it|per|and|or|"
    r"must|will|would|could|should)\b)[\w-]+\s*){1,4})",
    re.I,
)
#: Up to the first plural: the thing counted in "users talked to it" is users, in "GPU hours" hours.
_COUNTED = re.compile(r"(?:\S+\s+)*?(?:\S+(?<![sui])s|people|children|men|women|data)(?!\S)")
#: Details of an experiment that papers give and abstracts seldom do.
_SETUP = re.compile(
    r"\b(?:learning rates?|batch(?:[- ]size)?s?|weight decay|dropout|optimi[sz]ers?|warm-?up steps?|epochs?|random "
    r"seeds?|seeds?|gpus?|tpus?|cpus?|"
    r"hardware|accelerators?|flops|wall[- ]clock|training time|hours|days|weeks|costs?|prices?|paid|pay|salary|"
    r"dollars|budget|fund(?:ed|ing)|grant|"
    r"licen[cs]e|annotators?|raters?|participants?|volunteers?|workers|patients|hidden (?:size|dimension)|layers?|"
    r"attention heads|"
    r"parameters|context (?:length|window)|vocabulary size|(?:what|which|lora) rank|temperature|"
    r"hyper-?parameters?|epsilon|gamma|"
    r"clip(?:ping)? (?:range|ratio)|"
    r"training steps|tokens|camera|sensors?|operating system|programming language|framework version)\b",
    re.IGNORECASE,
)
#: What tells the optimiser: the word, or what something is "optimized end-to-end using".
_OPTIMISER = re.compile(r"\boptimi[sz]ers?\b|\boptimi[sz]ed(?: [\w-]+){0,3} (?:with|using|by|via|through)\b")
#: Stems that frame a question without saying what it is about, such as "treat", "compared", "reach", or that ask for
#: what every abstract has: a problem, a contribution, a summary.
_FRAME = frozenset(
    """accord achiev actual bad benefit big call compar consist contain cope deal decid differ exact good handl happen
    kind larg made main name need obtain origin reach report score small stand take tell treat tri way work
    address aim brief contribut conclus dr essenc find gist give goal idea key motiv outlin overview problem purpos
    recap result solv versus vs two three four five six summar summari tackl takeaway tl topic
    taken took max maximum""".split()  # noqa: SIM905
)
#: How many characters a negation reaches.
_REACH = 60


@dataclass(frozen=True, slots=True)
class Lacks:
    """What of a question's words a paper has nothing near to, each 0..1, weighted by the words' rarity."""

    most: float = 0.0
    paper: float = 0.0
    shown: float = 0.0
    focus: float = 0.0
    focus_shown: float = 0.0


def alien(asked: Clause, question: Question, judged: Sequence[Judged], judge: Judge) -> float:
    """The share, by weight, of the question's words that no paper of the library has; 0 for other languages.

    A word counts by the square of its distance, 0..1, from the nearest word of the papers: "homework" is no stranger
    to an abstract about pupils.
    """
    strange = {s: w for s, w in asked.weights.items() if not judge.statistics.document_frequency(s)}
    if question.language != "en" or not strange:
        return 0.0
    words = [asked.words[s] for s in strange]
    near = [max(row, default=0.0) for row in zip(*(_nearest(words, j, judge) for j in judged), strict=True)]
    far = sum(w * (1 - n) ** 2 for w, n in zip(strange.values(), near, strict=True))
    return far / sum(asked.weights.values())


def _nearest(words: Sequence[str], judged: Judged, judge: Judge) -> list[float]:
    """How near each word comes to any word of the paper, 0..1."""
    return [max(row, default=0.0) for row in judge.nearness(words, judged.reading)]


def least(lacks: Sequence[Lacks]) -> Lacks:
    """What all of them together lack."""
    return Lacks(*(min(getattr(one, f.name) for one in lacks) for f in fields(Lacks)))


def counted(asked: Clause, sentences: Sequence[Sentence]) -> float:
    """1 where the question asks how many of something and no number stands near it, 0.5 where only some are met."""
    things = [terms.content_stems(_thing(m.group(1))) for m in _HOW_MANY.finditer(asked.text)]
    things = [stems for stems in things if stems and not _asking(asked).issuperset(stems)]
    if not things:
        return 0.0
    unmet = sum(not any(evidence.number_beside(stems, s) for s in sentences) for stems in things)
    return unmet / len(things)


def _thing(words: str) -> str:
    plural = _COUNTED.match(words.strip())
    return plural.group() if plural else words


def setup(asked: Clause, judged: Judged) -> float:
    """The share of the experimental details asked for of which the paper has no word.

    Abstracts rarely give them, and a sentence that merely shares the other words can't make up for it.
    """
    wanted = {m.group().casefold() for m in _SETUP.finditer(asked.text)}
    text = f"{judged.paper.title} {judged.paper.abstract}".casefold()
    if not wanted:
        return 0.0
    return sum(not _gives(detail, text) for detail in wanted) / len(wanted)


def _gives(detail: str, text: str) -> bool:
    stem = detail.rstrip("s")
    if stem.startswith("optimi"):
        return bool(_OPTIMISER.search(text))
    if stem == "parameter" and re.search(r"\b\d+(?:\.\d+)?[ -]?(?:[bm]\b|[bm]illion)", text):
        return True
    return stem in text


def _asking(asked: Clause) -> frozenset[str]:
    """The stems that ask for what the listing says, which no abstract need hold."""
    return calling.LISTED if asked.wants & LISTING_SLOTS else frozenset()


def negated(asked: Clause, sentences: Sequence[Sentence]) -> float:
    """The weight of the question's words that the sentences only mention to deny, as a share of those they mention."""
    if _NEGATION.search(asked.text):
        return 0.0
    denied: set[str] = set()
    said: set[str] = set()
    for sentence in sentences:
        reached = " ".join(sentence.text[m.end() : m.end() + _REACH] for m in _NEGATION.finditer(sentence.text))
        inside = set(terms.content_stems(reached)) if reached else set()
        denied |= {s for s in asked.weights if s in inside}
        said |= {s for s in asked.weights if s in sentence.vocabulary}
    total = sum(asked.weights[s] for s in said if s not in asked.name_stems)
    return sum(asked.weights[s] for s in denied & said if s not in asked.name_stems) / total if total else 0.0


def opposed(asked: Clause, sentences: Sequence[Sentence]) -> float:
    """1 where the question takes for granted that something rises and every sentence only says that it falls.

    So too the other way round; 0 where the question or the sentences speak of neither, or of both.
    """
    ways = {way for stem in asked.weights if (way := opposites.way(stem))}
    said = {way for s in sentences for stem in s.vocabulary if (way := opposites.way(stem))}
    return float(len(ways) == 1 and bool(said) and not ways & said)


def nameless(asked: Clause, sentences: Iterable[Sentence]) -> bool:
    """Whether the sentences name nothing but what the question names itself."""
    said = terms.squeezed(asked.text)
    names = (n for s in sentences for n in (*terms.spelled_names(s.text), *terms.capitalised_names(_opened(s.text))))
    return all(terms.squeezed(n) in said or n.casefold() in terms.COMMON_ABBREVIATIONS for n in names)


def _opened(sentence: str) -> str:
    """The sentence without the capital that opens it."""
    return sentence[:1].lower() + sentence[1:]


def lacking(asked: Clause, judged: Judged, shown: Sequence[int], judge: Judge) -> Lacks:
    """What the paper and the sentences shown lack of the question's words outside its names."""
    said = asked.name_stems | _FRAME | _asking(asked)
    detail = {s: w for s, w in asked.weights.items() if s not in said}
    if not detail:
        return Lacks()
    near = judge.nearness([asked.words[s] for s in detail], judged.reading)
    whole, part = {}, {}
    for stem, row in zip(detail, near, strict=True):
        has = stem in judged.reading.vocabulary
        in_title = stem in judged.reading.title
        whole[stem] = 0.0 if has else 1 - max(row, default=0.0)
        exact = in_title or any(stem in judged.reading.sentences[i].vocabulary for i in shown)
        part[stem] = 0.0 if exact else 1 - max((row[i] for i in shown), default=0.0)
    total = sum(detail.values())
    focus = [s for s in asked.focus if s in detail]
    return Lacks(
        most=max(w * whole[s] for s, w in detail.items()),
        paper=sum(w * whole[s] for s, w in detail.items()) / total,
        shown=sum(w * part[s] for s, w in detail.items()) / total,
        focus=max((whole[s] for s in focus), default=0.0),
        focus_shown=max((part[s] for s in focus), default=0.0),
    )
