"""Notions: what many papers speak of and none has made, asked for by "what is self-play?".

Which papers speak of a notion is told by its words standing together, not by its words alone: a library that knows
"gradient" and "checkpoint" need not know gradient checkpointing. Which sentence explains it is told by how it begins.
Knows no library and no wording of answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from assistant.evidence import calling
from assistant.evidence.reading import Reading, Sentence
from assistant.language import naming, phrases, terms
from assistant.questions import LISTING_SLOTS, Question, Wants

#: What a question wants that asks for no notion, in the same words: "what is the accuracy?".
_SLOTS = LISTING_SLOTS | {Wants.CODE}
#: Words, at most, of a notion.
WORDS = 4
#: Characters of a question that asks for one, at most.
LONGEST = 200
#: Words with content that may stand between those of a notion: "optimization of the language policy".
BETWEEN = 1
#: What :func:`explains` gives from which on a sentence tells what the notion is.
EXPLAINS = 2.0
#: Sentences at the head of an abstract, where notions are explained.
HEAD = 2

_POLITE = r"(?:(?:please|so|ok|and|but|well)\W+)*(?:(?:can|could|would) you (?:please )?)?"
_NOTION = rf"(?:(?:an?|(?P<the>the))\s+)?(?P<notion>\S+(?:\s+\S+){{0,{WORDS - 1}}}?)"
#: Who asks so wants to know what the notion is.
_WHAT = re.compile(
    rf"{_POLITE}(?:what(?:['’]s| is| are)(?: meant by)?|what do(?:es)?(?= .+ means?\W*$)|define|explain|describe|"
    r"what(?= .+ (?:is|are|means?)\W*$)|tell me about|what do you know about)\s+(?:to me\s+)?"
    rf"{_NOTION}(?:\s+(?:is|are|means?|to me))?\s*[?.!]*",
    re.IGNORECASE,
)
_ASPECT = (
    r"(?:limit(?:ation)?s|drawbacks?|downsides?|disadvantages?|weaknesses|advantages?|benefits?|strengths?|uses|"
    r"pros and cons|applications?|use cases?|challenges|problems|risks?|dangers?|types|kinds|purpose|goal|history|"
    r"point|basics)"
)
_GOOD = r"(?:important|useful|popular|needed|hard|difficult)"
#: Who asks so wants to know something of it: how it works, what it is good for.
_OF_IT = re.compile(
    rf"{_POLITE}(?:how(?: do(?:es)?)?(?= .+ works?\W*$)|why (?:is|are)(?= .+ {_GOOD}\W*$)|"
    rf"(?:what(?:['’]s| is| are)\s+)?(?:(?:the|some|main|key|biggest)\s+)*{_ASPECT}(?:\s+and\s+{_ASPECT})?\s+of)\s+"
    rf"{_NOTION}(?:\s+(?:works?|{_GOOD}))?\s*[?.!]*",
    re.IGNORECASE,
)
#: Words of a question for something else: for a part of a thing, the latest of some, for "it".
_OTHER = frozenset(
    """of in for to with on by from about and or that this these those it its they their than as at using does do did
    can has have there best new latest newest oldest first last main most more difference between you your we our i
    my me he she who which how why when where not no paper papers""".split()  # noqa: SIM905
)
#: How a sentence begins whose subject the notion is: "In this setting, model merging offers …".
_OPENING = (
    r"^(?!(?:however|but|yet|unfortunately|despite|unlike|nevertheless)\b)(?:(?:recently|currently|while|although|though|"
    r"since|as)\s+|[^,.;:]{1,60},\s+)?(?:(?:an?|the)\s+)?"
)
#: What then tells of the notion: much, or something.
_TELLS = (
    r"(?:is|are)\s+(?:an?|the|when|where|how)\b|,\s+(?:an?|the)\b|"
    r"(?:refer|mean|denote|involve|aim|seek|consist|occur|happen|describe)s?\b"
)
_SAYS = (
    r"(?:is|are|has|have|was|were|can|allows?|enables?|lets?|transfers?|combines?|uses?|trains?|learns?|improves?|"
    r"requires?|extends?|offers?|provides?|plays?|serves?|promises?|poses?|remains?|augments?|guides?|reduces?|holds?|"
    r"shows?|demonstrates?|addresses|focus(?:es)?|relies|rely)\b"
)
#: What names the notion after telling what it is, or before.
_NAMED = r"(?:known as|called|termed|dubbed|referred to as|namely|i\.e\.,?|, or)\s+(?:(?:an?|the)\s+)?"
_APPOSED = r",?\s+(?:where|whereby|in which|i\.e\.,|that is,|which (?:is|are|refers?|means?|aims?|involves?))\s"
_OWN_WORK = re.compile(r"\b(?:we|our|ours|us|this (?:paper|work|study|article|survey))\b", re.IGNORECASE)


def asked(question: Question) -> str:
    """The notion that the question asks for, as it writes it; empty where it asks for anything else.

    Of questions in English alone, and of none that goes on about papers of the conversation.
    """
    another = question.language != "en" or question.about or _SLOTS & set(question.wants)
    if another or len(question.text) > LONGEST:
        return ""
    text = _without_manner(question)
    match = _OF_IT.fullmatch(text) or _WHAT.fullmatch(text)
    if match is None or (match["the"] and Wants.FIGURE in question.wants):
        return ""
    notion = re.sub(r"\s*\([^)]*\)$", "", match["notion"].strip(" \"'“”‘’?.!,"))
    if not notion or _OTHER & set(notion.casefold().split()) or not terms.content_stems(notion):
        return ""
    return notion


def explained(question: Question) -> bool:
    """Whether who asks for a notion wants to know what it is; else how it works, say, which takes more to tell."""
    return not _OF_IT.fullmatch(_without_manner(question))


def _without_manner(question: Question) -> str:
    return phrases.MANNER.sub("", question.text).strip()


def spoken_of(notion: str, reading: Reading) -> bool:
    """Whether the paper speaks of the notion: its words together, in any form and order, or what it abbreviates."""
    paper = reading.paper
    if naming.spoken(notion, paper.title) or naming.spoken(notion, paper.abstract):
        return True
    if terms.squeezed(notion) in reading.names:
        return True
    if len(stems := terms.content_stems(notion)) > 1:
        return _together(stems, reading.title_stems) or any(_together(stems, s.stems) for s in reading.sentences)
    if terms.spelled_names(notion):
        return calling.mentioned(notion, f"{paper.title}. {paper.abstract}")
    return stems[0] in reading.vocabulary


def mention(notion: str, reading: Reading) -> Sentence | None:
    """The first sentence that speaks of the notion, where it is of several words and no name; None where none does."""
    stems = terms.content_stems(notion)
    if len(stems) < 2 or naming.names_in(notion):
        return None
    return next((s for s in reading.sentences if naming.spoken(notion, s.text) or _in_order(stems, s.stems)), None)


def explains(notion: str, sentence: Sentence) -> float:
    """How far the sentence tells what the notion is: from :data:`EXPLAINS` on it does, at 0 it tells nothing."""
    subject, named, apposed = _patterns(notion)
    if match := subject.match(sentence.text):
        score = 3.0 if match["tells"] else 2.0
    elif named.search(sentence.text) or apposed.search(sentence.text):
        score = 2.5
    else:
        return 0.0
    head = 0.5 if sentence.ordinal < HEAD else 0.0
    return score + head - 1.5 * bool(_OWN_WORK.search(sentence.text)) - bool(sentence.numbers)


def owned(notion: str, reading: Reading) -> bool:
    """Whether the paper is called so, or introduces what is called so as its own."""
    paper = reading.paper
    if terms.squeezed(notion) == terms.squeezed(reading.short_name):
        return True
    return naming.titled(notion, paper.title) or calling.introduces(notion, paper)


def _together(stems: Sequence[str], held: Sequence[str]) -> bool:
    """Whether the stems stand together: in order, with :data:`BETWEEN` others among them, or in any order with none."""
    wanted, size = list(stems), len(stems)
    if not set(wanted).issubset(held):
        return False
    if any(sorted(held[start : start + size]) == sorted(wanted) for start in range(len(held))):
        return True
    return _in_order(stems, held, BETWEEN)


def _leads(stems: Sequence[str], row: Sequence[str]) -> bool:
    """Whether the row begins with the first of the stems and has the others after it, in order."""
    rest = iter(row)
    return bool(row) and row[0] == stems[0] and all(stem in rest for stem in stems)


def _in_order(stems: Sequence[str], held: Sequence[str], between: int = 0) -> bool:
    """Whether the stems stand in that order in a row of those held, with no more than ``between`` others."""
    row = len(stems) + between
    return any(_leads(stems, held[start : start + row]) for start in range(len(held)))


@lru_cache(maxsize=128)
def _patterns(notion: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A sentence that begins with the notion, one that calls something so, and one that adds what it is."""
    words = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", notion)))
    # What the notion abbreviates leads, where it is an abbreviation.
    name = rf"(?:(?<![\w-]){words}(?:e?s)?(?![\w-])(?:\s*\([^)]{{2,16}}\))?|(?:[\w-]+\s+){{1,7}}\({words}s?\))"
    return (
        re.compile(rf"{_OPENING}{name}(?:\s+(?:\w+ly\s+)?)?(?:(?P<tells>{_TELLS})|{_SAYS})", re.IGNORECASE),
        re.compile(rf"{_NAMED}{name}", re.IGNORECASE),
        re.compile(rf"{name}{_APPOSED}", re.IGNORECASE),
    )
