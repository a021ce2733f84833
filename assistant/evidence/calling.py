"""Names in questions: which paper a question calls by its name, and whether a paper mentions a name at all.

Knows the library by how rare its words are, and no wording of answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evidence import reading
from assistant.evidence.features import Statistics
from assistant.evidence.reading import Reading, Sentence
from assistant.evidence.selection import Judged
from assistant.language import naming, terms
from assistant.questions import Question
from ingest.papers import Paper

#: Stems of the words that ask for a paper's facts or a name's meaning and say nothing of which paper.
LISTED = frozenset(
    terms.content_stems(
        "papers articles works studies original authors wrote written writes listed listing date day published "
        "appeared posted released came out organization organisation company lab group institution behind comments "
        "discussion discussed number many people how long ago method model approach algorithm dataset benchmark "
        "stands for means meaning mean acronym abbreviation short full form define definition exactly"
    )
)
#: What a paper says before its own name: "we propose AMPO", "we introduce a policy optimizer called … (AMPO)".
_INTRODUCES = r"\b(?:propos|introduc|present|develop|design|releas|call|nam|term|dub)\w*\s+"
#: Words between that and the name in brackets.
_SPELLED_OUT = r"(?:(?!(?:such|including|over|using|than|on)\b)[^\s.]+\s+){1,12}?"
#: A name whose rarest word no more papers than this have points to them.
RARE = 2


def names_of(question: Question) -> list[str]:
    """The names a question mentions that could be a paper's own; German nouns have capitals without being names."""
    spelled = terms.spelled_names(question.text) if question.language == "de" else []
    names = [*terms.quoted(question.text), *spelled] if spelled else naming.names_in(question.text)
    return [n for n in names if n.casefold() not in terms.COMMON_ABBREVIATIONS]


def calls(name: str, paper: Paper, statistics: Statistics) -> bool:
    """Whether ``name`` is the paper's own, or one so rare or so exact that it points to the paper that mentions it."""
    surely = float(naming.bearing([name], [paper])[0])
    if surely >= naming.OWN or surely == 0.0:
        return surely > 0.0
    rare = min((statistics.document_frequency(s) for s in terms.content_stems(name)), default=RARE + 1) <= RARE
    text = f"{paper.title} {paper.abstract}"
    # A compound such as GAIN-RL is made of common words, but only its own paper keeps using it.
    return rare or (" " in name and name in text) or ("-" in name and text.count(name) > 1)


def called(question: Question, paper: Paper, statistics: Statistics) -> bool:
    """Whether the question calls the paper by a name of its own, with or without its capitals."""
    if terms.squeezed(paper.title) in terms.squeezed(question.text):
        return True
    if any(calls(name, paper, statistics) for name in names_of(question)):
        return True
    words = {w.strip("?.,:;!()\"'“”‘’") for w in question.text.split()}
    known = reading.names(paper)
    return any(terms.squeezed(w) in known and _pointed(w, statistics) for w in words if len(w) > 2)


def _pointed(word: str, statistics: Statistics) -> bool:
    """Whether a word written without capitals can be but a name: letters with digits, or hardly any paper has it."""
    digits = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    stems = terms.content_stems(word)
    return bool(stems) and (digits or min(statistics.document_frequency(s) for s in stems) <= RARE)


def lone_name(question: Question) -> str | None:
    """The name that is all a question says of its subject: "who wrote the GRPO paper?", "what is DPO?"."""
    names = names_of(question)
    if len(names) != 1 or set(terms.content_stems(question.text)) - set(terms.content_stems(names[0])) - LISTED:
        return None
    return names[0]


def spelled_out(name: str, read: Reading) -> Sentence | None:
    """The sentence that has ``name`` in brackets behind what it stands for."""
    if not _spelled_out(name, read.paper.abstract):
        return None
    return next((s for s in read.sentences if f"({name})" in s.text or f"({name}s)" in s.text), None)


def owns(name: str, paper: Paper) -> bool:
    """Whether the paper is the one called ``name``: by its title, or because its abstract introduces it as its own.

    Others' methods are spelled out in brackets too, so that brackets alone tell nothing.
    """
    return naming.mentions(name.casefold(), paper.title.casefold()) or introduces(name, paper)


def is_title(question: Question, paper: Paper) -> bool:
    """Whether the question is nothing but the paper's title, in whatever capitals."""
    return terms.squeezed(question.text) == terms.squeezed(paper.title)


def introduces(name: str, paper: Paper) -> bool:
    """Whether the abstract introduces ``name`` as its own."""
    own = re.escape(name)
    before = rf"(?i:{_INTRODUCES})"
    introduced = rf"{before}(?:(?i:the|an?|it|our)\s+)?{own}(?![\w+*-])|{before}{_SPELLED_OUT}\({own}s?\)"
    return bool(re.search(introduced, paper.abstract))


def speaks(paper: Paper, question: Question) -> bool:
    """Whether the paper mentions every name of the question, which has some."""
    names, text = names_of(question), f"{paper.title} {paper.abstract}"
    return bool(names) and all(mentioned(name, text) for name in names)


def unmentioned(question: Question, papers: Sequence[Paper]) -> list[str]:
    """The names, as the question spells them, that none of the papers mentions."""
    names = [n for n in terms.spelled_names(question.text) if n.casefold() not in terms.COMMON_ABBREVIATIONS]
    texts = [terms.squeezed(f"{paper.title} {paper.abstract}") for paper in papers]
    return [name for name in dict.fromkeys(names) if not any(terms.squeezed(name) in text for text in texts)]


def named(question: Question, judged: Judged, statistics: Statistics) -> float:
    """1 where the question calls the paper by its name or title, or the conversation is about it; less for less."""
    paper = judged.paper
    if paper.id in question.about or _within(question.text, judged.reading.short_name):
        return 1.0
    if called(question, paper, statistics):
        return 1.0
    names = names_of(question)
    return float(naming.bearing(names, [paper])[0]) if names else 0.0


def _within(text: str, short_name: str) -> bool:
    """Whether the text has a paper's short name, as a word or, where it is several, anywhere."""
    name = terms.squeezed(short_name)
    if not name:
        return False
    return name in map(terms.squeezed, text.split()) or (" " in short_name and name in terms.squeezed(text))


def mentioned(name: str, text: str) -> bool:
    """Whether ``text`` has the name, whole or part by part ("ROME-modified"), or what its capitals stand for."""
    squeezed = terms.squeezed(text)
    if terms.squeezed(name) in squeezed:
        return True
    words = name.split()
    if len(words) > 1 and not all(terms.spelled_names(w) or w.isdigit() for w in words):
        return False  # "Game of 24" is no game and no 24, but "SAHSD F1" is two names side by side
    parts = [part for word in words for part in re.split("[–-]", word) if part]
    held = frozenset(terms.content_stems(text))
    return all(_held(part, held) or _spelled_out(part, text) for part in parts)


def _held(part: str, stems: frozenset[str]) -> bool:
    """Whether a part of a name is among the stems; "of" need not be, but the X of GRPO-X must."""
    own = terms.content_stems(part)
    return stems.issuperset(own) if own else part.islower()


def _spelled_out(abbreviation: str, text: str) -> bool:
    """Whether consecutive words of ``text`` begin with the letters: ASR, automatic speech recognition."""
    if not (2 <= len(abbreviation) <= 6 and abbreviation.isalpha() and abbreviation.isupper()):
        return False
    between = r"[\s–-]+(?:(?:of|for|with|from|in|on|and|to|via|the|by)\s+)?"
    return bool(re.search(r"\b" + between.join(rf"{c}\w+" for c in abbreviation), text, re.IGNORECASE))
