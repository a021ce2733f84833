"""What a question takes for granted, held against the abstract: "why does it need labels?" where it needs none.

Reads the premise off questions that begin with why or how and a verb; knows no other way of presuming. It is judged as
a model's sentence would be, and only a denial counts: a premise of which the abstract has no word may be true.
"""

from __future__ import annotations

import re

from assistant.evidence import absence
from assistant.evidence.features import Clause
from assistant.evidence.selection import Judged
from assistant.questions import Question, Wants
from assistant.verification import Judgment, Verifier
from assistant.verification.contradictions import NEGATION, OPPOSITE

#: "Why does X need Y" presumes "X need Y"; agreement in number is no matter to a comparison by stems.
_PRESUMES = re.compile(
    r"^\W*(?:(?:so|and|but|then|well),? )?(?:why|how come|how|what explains (?:that|why)|what ma(?:kes|de)|"
    r"(?:by|through) (?:which|what) mechanism|in what way)\b"
    r"(?: (?:do|does|did|is|are|was|were|can|could|will|would|has|have))?\s+",
    re.IGNORECASE,
)
_TURNED = re.compile(r"^\W*\w+ \w+n['’]t\b|\bwithout\b", re.IGNORECASE)
_ENDS = re.compile(r"[?;]|, and (?:how|why|what|which|when)\b", re.IGNORECASE)
#: Words of a premise below which it says too little to be denied.
LEAST_WORDS = 4
#: Share of the question's words found in the place, by weight, that must be within the reach of a negation there.
REACHED = 0.4


def premise(question: Question) -> str:
    """The sentence that the question presumes, or nothing."""
    match = _PRESUMES.match(question.text)
    # "Why can't it …", "how does it … without": a denial of a denial is beyond a comparison by words.
    if not match or _TURNED.search(question.text) or question.language != "en" or Wants.FIGURE in question.wants:
        return ""
    rest = _ENDS.split(question.text[match.end() :], maxsplit=1)[0].strip(" ,.")
    return f"{rest[:1].upper()}{rest[1:]}." if len(rest.split()) >= LEAST_WORDS else ""


def denied(question: Question, judged: Judged, asked: Clause, verifier: Verifier) -> Judgment | None:
    """The abstract's place that denies what the question presumes; None where none does.

    That a denial stands in the same sentence is not enough: it has to reach what the question speaks of.
    """
    presumed = premise(question)
    if not presumed:
        return None
    found = verifier.judge(presumed, judged.paper)
    if found.reason not in (NEGATION, OPPOSITE) or found.end <= found.start:
        return None
    place = [s for s in judged.reading.sentences if found.start <= s.start < found.end]
    return found if absence.negated(asked, place) >= REACHED or found.reason == OPPOSITE else None
