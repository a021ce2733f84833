"""How likely it is that the abstracts answer a question, as a calibrated probability.

A logistic model over what the question asks and what the best paper offers: names it never mentions, words it has
nothing near to, a figure asked for and none beside the thing asked. A question that calls the paper by its name
speaks the paper's language, so that a missing word weighs more there than in a description in everyday words.
Knows no reader, and serves any of them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from assistant.answers import Passage
from assistant.evidence import absence, calling, selection
from assistant.evidence import features as evidence
from assistant.evidence.selection import Judge, Judged, weights
from assistant.language import terms
from assistant.questions import LISTING_SLOTS, Kind, Question, Wants

#: Names of the features of :func:`features`, in order.
FEATURES = (
    *("level", "identified", "margin", "score", "listing", "follows", "foreign"),
    *("name_missing", "name_unknown", "cosine", "around", "alien"),
    *("missing_most", "missing", "unshown", "focus_missing", "focus_unshown"),
    *("negated", "presumed", "opposed"),
    *("figure", "figure_absent", "figure_near", "figure_value", "count_unmet", "setup"),
    *("name_wanted", "nameless", "told"),
)
#: Passages whose nearness to the question tells whether the library speaks of such things at all.
LOOKED_AT = 3
#: Passages whose mean nearness tells the same of what stands around the best.
AROUND = 8
#: Content words by which a description is measured: who tells much of a paper is not found one by chance.
MANY = 10
_POLAR = re.compile(
    r"^\W*(?:(?:(?!(?:wh\w+|how)\b)[^?,:\s]+ ){0,12}?(?!(?:wh\w+|how)\b)[^?,:\s]+[:,] )?"
    r"(?:(?:so|and|but|well|please|tell me),? )?(?:whether|if|do|does|did|is|are|was|were|can|could|will|would|"
    r"should|has|have|must|may)\b",
    re.IGNORECASE,
)


def probability(question: Question, judged: Sequence[Judged], passages: Sequence[Passage], judge: Judge) -> float:
    """The probability, 0..1, that the papers answer the question; 0 where nothing was found."""
    if not judged or not judged[0].reading.sentences:
        return 0.0
    model = weights()["answer"]
    row = features(question, judged, passages, judge)
    z = model["bias"] + sum(model[name] * x for name, x in zip(FEATURES, row, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, z))))


def compared() -> float:
    """The probability for a comparison whose two papers are known: the share of such questions that are answered."""
    return weights()["answer"]["compared"]


def threshold() -> float:
    """The probability below which a question is refused."""
    return weights()["answer"]["threshold"]


def features(question: Question, judged: Sequence[Judged], passages: Sequence[Passage], judge: Judge) -> list[float]:
    """One row of :data:`FEATURES` for the first of ``judged``, or for the first two where they are compared."""
    best = judged[0]
    asked = judge.ask(question)[0]
    looked = judged[:2] if question.kind is Kind.COMPARE else judged[:1]
    shown = [selection.choose(j) for j in looked]
    lacks = absence.least([absence.lacking(asked, j, s, judge) for j, s in zip(looked, shown, strict=True)])
    if question.language != "en":
        lacks = absence.Lacks()
    sentences = [j.reading.sentences[i] for j, s in zip(looked, shown, strict=True) for i in s]
    by_name = calling.named(question, best, judge.statistics)
    identified = max(by_name, passages[0].score)
    missing, unknown = _names(question, looked, judge)
    figure = float(Wants.FIGURE in question.wants)
    # "Does it need labels?" may be answered by a denial; "why does it need labels?" takes for granted what is denied.
    polar = float(is_polar(asked.text))
    denied = absence.negated(asked, sentences)
    return [
        passages[0].score,
        identified,
        best.best - max((j.best for j in judged[1:]), default=best.best - 1.0),
        best.best,
        float(bool(set(question.wants) & (LISTING_SLOTS | {Wants.CODE}))),
        float(bool(question.about)),
        float(question.language != "en"),
        missing,
        unknown,
        (1 - identified) * max((p.dense or 0.0 for p in passages[:LOOKED_AT]), default=0.0),
        (1 - identified) * sum(p.dense or 0.0 for p in passages[:AROUND]) / max(1, len(passages[:AROUND])),
        (1 - identified) * absence.alien(asked, question, judged, judge),
        identified * lacks.most,
        identified * lacks.paper,
        identified * lacks.shown,
        identified * lacks.focus,
        identified * lacks.focus_shown,
        identified * denied * polar,
        identified * denied * (1 - polar),
        identified * absence.opposed(asked, sentences) * (1 - polar),
        figure,
        figure * (not any(s.numbers for s in sentences)),
        figure * max((evidence.near_number(asked, s) for s in sentences), default=0.0),
        figure * any("value" in s.cues for s in sentences),
        identified * absence.counted(asked, sentences),
        identified * min((absence.setup(asked, j) for j in looked), default=0.0),
        float(asked.named),
        float(asked.named and absence.nameless(asked, sentences)),
        (1 - identified) * len(asked.weights) / MANY,
    ]


def is_polar(text: str) -> bool:
    """Whether a question wants a yes or a no, whatever stands before it: "SVRG: must each epoch see all the data?"."""
    return bool(_POLAR.match(text))


def _names(question: Question, looked: Sequence[Judged], judge: Judge) -> tuple[float, float]:
    """The share of the question's names that the papers never mention, and whether the library knows none of one."""
    names = terms.spelled_names(question.text) if question.language == "de" else terms.proper_names(question.text)
    names = [n for n in names if n.casefold() not in terms.COMMON_ABBREVIATIONS]
    text = " ".join(f"{j.paper.title} {j.paper.abstract}" for j in looked)
    missing = [n for n in names if not calling.mentioned(n, text)]
    return len(missing) / len(names) if names else 0.0, float(any(not _known(n, judge) for n in missing))


def _known(name: str, judge: Judge) -> bool:
    """Whether the library knows every word of a name."""
    return all(judge.statistics.document_frequency(t.stem) for t in terms.tokens(name) if t.content)
