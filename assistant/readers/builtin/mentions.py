"""Papers that mention something, counted to the last: "how many papers mention GRPO?" asks for the words themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.evidence import membership
from assistant.evidence.membership import Member
from assistant.evidence.selection import Judge
from assistant.language import naming
from assistant.questions import Question

if TYPE_CHECKING:
    from ingest.library import Library
    from ingest.papers import Paper

#: Chunks looked through at most; the lexical index gives those first that have all words.
MOST = 5_000
#: Words, at most, of what is looked for as it is written.
WORDS = 4
_MENTION = re.compile(r"\bmention(?:s|ed|ing)?\b", re.IGNORECASE)


def asked(question: Question) -> str:
    """What papers are to mention, as the question writes it; empty where it asks for no mention."""
    subject = membership.subject(question).strip(" ?.!\"'“”")
    return subject if _MENTION.search(question.text) and 0 < len(subject.split()) <= WORDS else ""


def papers(words: str, question: Question, library: Library) -> Iterator[Paper]:
    """The papers that pass the question's filters and have ``words`` in title or abstract, by BM25.

    Raises the errors of :mod:`ingest.errors` where the library can't be read.
    """
    hits = library.lexical(words, MOST, question.filters)
    for paper in library.get(list(dict.fromkeys(hit.paper_id for hit in hits))).values():
        if naming.spoken(words, f"{paper.title} {paper.abstract}"):
            yield paper


def member(words: str, question: Question, paper: Paper, judge: Judge) -> Member:
    """A paper that has the words, shown by a sentence that has them where there is one."""
    judged = judge.judge(judge.ask(question), paper)
    has = [naming.spoken(words, sentence.text) for sentence in judged.reading.sentences]
    scores = [score if said or not any(has) else -float("inf") for score, said in zip(judged.whole, has, strict=True)]
    return Member(replace(judged, whole=type(judged.whole)(scores)), 1.0)
