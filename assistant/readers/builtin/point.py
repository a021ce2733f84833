"""A point question: at most three sentences of one paper, or a fact of its listing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers import Draft, Numbering
from assistant.evidence import selection
from assistant.evidence.reading import Reading, Sentence
from assistant.evidence.selection import Judged
from assistant.language import phrases
from assistant.questions import LISTING_SLOTS, Question, Wants
from assistant.readers.builtin import listing, wording
from assistant.readers.builtin.refusal import refuse

#: Sentences and words of a paper in short, at most.
IN_SHORT = 4, 110
#: Papers named where none is the obvious one.
CANDIDATES = 5
#: Sentences of the first of them; of the others one.
FIRST = 2
#: A candidate is named if it is this much as likely as the first.
LIKELY = 0.5
#: Who asks for the authors asks for their names, not for how many they are.
_NAMED = re.compile(r"\b(?:who|whose|names?|first author)\b", re.IGNORECASE)
_NUMBERS = {"a": 1, "one": 1, "a single": 1, "two": 2, "three": 3}
_SENTENCES = re.compile(rf"\bin ({'|'.join(_NUMBERS)}) sentences?\b", re.IGNORECASE)


def read(question: Question, judged: Sequence[Judged], numbering: Numbering, sure: float, called: bool) -> Draft:
    """The answer from the first of ``judged``; a refusal where the listing or abstract lacks what is asked.

    ``called`` says that the question calls the paper by its name.
    """
    best = judged[0]
    lines: list[wording.Line] = []
    missing: tuple[str, ...] = ()
    if set(question.wants) & LISTING_SLOTS:
        fact, missing = listing.facts(best.paper, question.wants, numbering)
        lines += [fact] if fact else []
        if Wants.AUTHORS in question.wants and not best.paper.authors and _NAMED.search(question.text):
            missing += ("no names of authors",)
    others = [w for w in question.wants if w not in LISTING_SLOTS]
    if Wants.CODE in others:
        link = listing.code(best.reading, numbering)
        lines += [link] if link else []
        missing += () if link else ("no link",)
        others.remove(Wants.CODE)
    if others:
        # Who calls the paper by its name need not be told its title; the words go to a further sentence.
        lead = "" if lines or called else f"{wording.title(best.paper)}: "
        most, words = IN_SHORT if phrases.OVERVIEW.search(question.text) else (selection.MOST, selection.BUDGET)
        if wanted := _SENTENCES.search(question.text):
            most = min(most, _NUMBERS[wanted.group(1).lower()])
        chosen = selection.choose(best, most=most, budget=words - len(lead.split()))
        shown = wording.quote(best.reading, chosen, numbering)
        lines += [wording.Line(lead + shown[0].text, shown[0].citations), *shown[1:]] if shown else []
    if not lines:
        gaps = " and ".join(missing)
        why = f"The listing and abstract of {wording.title(best.paper)} give {gaps}." if missing else ""
        return refuse([best], min(sure, 0.05), why=why)
    notes = tuple(f"The listing gives {gap} for {wording.title(best.paper)}." for gap in missing)
    return Draft(wording.joined(lines), True, sure, wording.citations(lines), notes=notes)


def quoted(read: Reading, sentence: Sentence, numbering: Numbering, sure: float) -> Draft:
    """One sentence of a paper, led by its title."""
    (line,) = wording.quote(read, [sentence.ordinal], numbering)
    return Draft(f"{wording.title(read.paper)}: {line.text}", True, sure, line.citations)


def candidates(judged: Sequence[Judged], numbering: Numbering, sure: float) -> Draft:
    """The likeliest papers, where the question describes a paper and none is the obvious one: most of the first."""
    lines = []
    for place, one in enumerate(judged):
        shown = wording.quote(one.reading, selection.choose(one, most=1 if place else FIRST), numbering)
        if shown:
            lines.append(
                wording.Line(f"- {wording.title(one.paper)}: {wording.joined(shown)}", wording.citations(shown))
            )
    likeliest = "likeliest is" if len(lines) == 1 else "likeliest are"
    text = "\n".join([f"No paper is an obvious match; the {likeliest}:", "", *(line.text for line in lines)])
    return Draft(text, True, sure, wording.citations(lines))
