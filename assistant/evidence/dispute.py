"""Where an abstract sets itself against something that others hold, and whether a question is about that.

"This finding questions the prevailing assumption that longer responses improve accuracy"; "It is widely believed that
… Surprisingly, it does not …". Only what a paper itself calls a dispute counts: whether two abstracts merely seem to
contradict each other is beyond a comparison by words. Knows no wording of answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.answers import Passage
from assistant.evidence import reading
from assistant.evidence.features import Clause, Similarity
from assistant.evidence.reading import Reading
from ingest.papers import Paper

#: How far the disputed or the disputing sentence covers the question, by weight of its words, and how near it is to
#: the question as a whole. Of 1,022 labelled questions over 770 papers 2 reach both, each about the disputed matter.
COVERED, NEAR = 0.45, 0.3
#: Sentences after a belief within which the paper has to turn against it.
TURNS_WITHIN = 3
_VIEW = (
    r"(?:assumptions?|beliefs?|notions?|views?|wisdom|claims?|ideas?|hypothes[ie]s|intuitions?|consensus|perceptions?|"
    r"narratives?|premises?|expectations?|conclusions?|(?:mis)?conceptions?)\b"
)
#: "We challenge the common belief that …", "contrary to conventional wisdom".
_AGAINST = re.compile(
    r"\b(?:challeng(?:e|es|ed|ing)|question(?:s|ed|ing)?|contradict(?:s|ed|ing)?|refut(?:e|es|ed|ing)|overturn\w*|"
    r"disput(?:e|es|ed|ing)|debunk\w*|counter(?:s|ed|ing)?|cast(?:s|ing)? (?:serious )?doubts? (?:on|about)|"
    r"call(?:s|ing)? in(?:to)? question|contrary to|disprov\w+|reject(?:s|ed|ing)?|run(?:s|ning)? counter to)\s+"
    r"(?P<view>(?:(?!(?:of|in|on|for|to|with|by|from|and|or|is|are|whether|how|what|why|about)\b)[\w-]+[ ,-]+){1,4}?"
    rf"{_VIEW}|(?<=contrary to )(?:[\w-]+ ){{0,3}}?(?:findings|results|reports|studies)\b)",
    re.IGNORECASE,
)
#: A view named in the sentence before: "this narrative".
_NAMED_BEFORE = re.compile(r"(?:this|these|that|those|such)\b", re.IGNORECASE)
#: "It is widely believed that …", "critics argue that …", "the conventional wisdom that …".
_BELIEF = re.compile(
    r"\b(?:is|are|been|was|were) (?:(?:often|widely|commonly|generally|usually|typically|largely|long|frequently) )+"
    r"(?:believed|assumed|thought|held|claimed|argued|accepted|presumed|said|seen as|regarded as|viewed as|credited)\b|"
    r"\b(?:critics|(?:some|many|several|other) (?:studies|works|researchers|papers)|others) (?:even )?"
    r"(?:argue|claim|believe|suggest|contend|assume)\b|"
    r"\b(?:common|conventional|prevailing|popular|widespread|widely[- ]held|received) "
    r"(?:belief|wisdom|assumption|view|notion|narrative)\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:however|surprising(?:ly)?|in contrast|contrary|but|yet|instead|conversely|unexpectedly|paradoxically|"
    r"counterintuitively|in fact|actually)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:not|no|never|cannot|fail\w*|rather than|neither|nor|already|worse|degrad\w+|hurt\w*|hinder\w*|below|"
    r"hardly|rarely|detract\w*)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """Ordinals of the sentence that states a view and of the one that turns against it; they may be the same."""

    view: int
    against: int


@lru_cache(maxsize=2048)
def disputes(paper: Paper) -> tuple[Dispute, ...]:
    """What the abstract says it disputes, in its own order."""
    sentences = reading.read(paper).sentences
    found: dict[int, Dispute] = {}
    for n, sentence in enumerate(sentences):
        if against := _AGAINST.search(sentence.text):
            view = n - bool(n and _NAMED_BEFORE.match(against["view"]))
            found[view] = Dispute(view, n)  # said outright, it goes before what merely follows a belief
        elif _BELIEF.search(sentence.text):
            following = range(n + 1, min(n + 1 + TURNS_WITHIN, len(sentences)))
            turns = (i for i in following if _TURN.search(sentences[i].text) and _DENIAL.search(sentences[i].text))
            if turn := next(turns, None):
                found[n] = Dispute(n, turn)
    return tuple(found.values())


def about(asked: Clause, read: Reading, similarity: Similarity) -> Dispute | None:
    """The dispute of the paper that the question is about, the nearest if there are several."""
    found = disputes(read.paper)
    if not found or not asked.weights:
        return None
    covered = similarity.coverage([(asked.words[stem], weight) for stem, weight in asked.weights.items()], read)
    near = similarity.sentences(asked.text, read)

    def best(values: Sequence[float], dispute: Dispute) -> float:
        return max(values[dispute.view], values[dispute.against])

    fitting = [d for d in found if best(covered, d) >= COVERED and best(near, d) >= NEAR]
    return max(fitting, key=lambda d: best(near, d), default=None)


def first(asked: Clause, passages: Sequence[Passage], similarity: Similarity) -> tuple[Reading, Dispute] | None:
    """The first of the papers with a dispute that the question is about."""
    for passage in passages:
        read = reading.read(passage.paper)
        if found := about(asked, read, similarity):
            return read, found
    return None
