"""Names in questions: which paper a question calls by its name, and whether a paper mentions a name at all.

Knows the library by how rare its words are, and no wording of answers.
"""

from __future__ import annotations

import re

from assistant.evidence import reading
from assistant.evidence.features import Statistics
from assistant.evidence.selection import Judged
from assistant.language import naming, terms
from assistant.questions import Question
from ingest.papers import Paper

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
    if any(calls(name, paper, statistics) for name in names_of(question)):
        return True
    words = {w.strip("?.,:;!()\"'“”‘’") for w in question.text.split()}
    known = reading.read(paper).names
    return any(terms.squeezed(w) in known and _pointed(w, statistics) for w in words if len(w) > 2)


def _pointed(word: str, statistics: Statistics) -> bool:
    """Whether a word written without capitals can be but a name: letters with digits, or hardly any paper has it."""
    digits = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    stems = terms.content_stems(word)
    return bool(stems) and (digits or min(statistics.document_frequency(s) for s in stems) <= RARE)


def named(question: Question, judged: Judged, statistics: Statistics) -> float:
    """1 where the question calls the paper by its name or title, or the conversation is about it; less for less."""
    paper = judged.paper
    if paper.id in question.about or _within(paper, question.text, judged.reading.short_name):
        return 1.0
    if called(question, paper, statistics):
        return 1.0
    names = names_of(question)
    return float(naming.bearing(names, [paper])[0]) if names else 0.0


def _within(paper: Paper, text: str, short_name: str) -> bool:
    asked = terms.squeezed(text)
    words = {terms.squeezed(w) for w in text.split()}
    name = terms.squeezed(short_name)
    return terms.squeezed(paper.title) in asked or (
        bool(name) and (name in words or (" " in short_name and name in asked))
    )


def mentioned(name: str, text: str) -> bool:
    """Whether ``text`` has the name, whole or part by part ("ROME-modified"), or what its capitals stand for."""
    squeezed = terms.squeezed(text)
    if terms.squeezed(name) in squeezed:
        return True
    words = name.split()
    if len(words) > 1 and not all(terms.spelled_names(w) or w.isdigit() for w in words):
        return False  # "Game of 24" is no game and no 24, but "SAHSD F1" is two names side by side
    parts = [part for word in words for part in re.split("[–-]", word) if part]
    held = set(terms.content_stems(text))
    return all(
        not terms.content_stems(p) or set(terms.content_stems(p)) <= held or _spelled_out(p, text) for p in parts
    )


def _spelled_out(abbreviation: str, text: str) -> bool:
    """Whether consecutive words of ``text`` begin with the letters: ASR, automatic speech recognition."""
    if not (2 <= len(abbreviation) <= 6 and abbreviation.isalpha() and abbreviation.isupper()):
        return False
    return bool(re.search(r"\b" + r"[\s–-]+".join(rf"{c}\w+" for c in abbreviation), text, re.IGNORECASE))
