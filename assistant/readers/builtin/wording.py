"""How the built-in reader words what it found: marks, titles, names in brackets, lists and tables.

Decides nothing. A sentence of an abstract stays word for word; only a mark goes in before its last full stop, and
where it leans on a sentence that isn't shown, the paper's name in square brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.answers import Citation, Numbering
from assistant.evidence.reading import Reading, Sentence
from ingest.papers import Paper

#: A mark or link that stands in an abstract; shown as text, never as a mark of ours.
_BRACKETS = re.compile(r"\[(?=[^\]]*\](?:\(|(?<=\d\])))|\[(?=\d+(?:\s*[,–-]\s*\d+)*\])")
_LEADS = re.compile(
    r"^(?:it|they|(?:our|the|this|the proposed|the resulting) (?:[\w-]+ )?(?:method|approach|model|framework|"
    r"algorithm|system|"
    r"technique|agent|architecture|dataset|benchmark|optimizer|pipeline|strategy|paradigm))\b",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?]+[\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of answer text with the citations that it bears."""

    text: str
    citations: tuple[Citation, ...] = ()


def title(paper: Paper) -> str:
    """The title as it is shown in running text."""
    return f"“{plain(paper.title)}”"


def plain(text: str) -> str:
    """``text`` on one line, with marks and links of its own made harmless."""
    return _BRACKETS.sub(r"\\[", " ".join(text.split()))


def marked(sentence: str, numbers: Iterable[int]) -> str:
    """The sentence with its marks before the closing full stop."""
    marks = "".join(f"[{n}]" for n in dict.fromkeys(numbers))
    end = _END.search(sentence)
    if not end or re.search(r"https?://\S+$", sentence):
        return f"{sentence} {marks}"
    return f"{sentence[: end.start()]} {marks}{end.group()}" if len(end.group()) == 1 else f"{sentence} {marks}"


def quote(reading: Reading, ordinals: Sequence[int], numbering: Numbering) -> list[Line]:
    """The sentences in the abstract's order, each with its mark and citation."""
    number = numbering.number_of(reading.paper.id)
    lines = []
    for ordinal in sorted(ordinals):
        sentence = reading.sentences[ordinal]
        shown = sentence.text if ordinal - 1 in ordinals else named(sentence, reading)
        text = marked(plain(shown), [number])
        lines.append(Line(text, (cited(reading.paper, number, sentence, text),)))
    return lines


def cited(paper: Paper, number: int, sentence: Sentence, text: str) -> Citation:
    """The citation of a whole sentence."""
    return Citation(number, paper, sentence.text, sentence.start, sentence.end, sentence=text)


def named(sentence: Sentence, reading: Reading) -> str:
    """The sentence with the paper's name in brackets after the word that stands for it."""
    name = reading.short_name
    if not name or name.casefold() in sentence.text.casefold():
        return sentence.text
    return _LEADS.sub(lambda m: f"{m.group()} [{name}]", sentence.text, count=1)


def joined(lines: Iterable[Line]) -> str:
    """Lines as one paragraph."""
    return " ".join(line.text for line in lines)


def citations(lines: Iterable[Line]) -> tuple[Citation, ...]:
    """The citations of all lines, in order."""
    return tuple(c for line in lines for c in line.citations)


def cell(text: str) -> str:
    """``text`` fit for a cell of a Markdown table."""
    return text.replace("|", "\\|")


def count(number: int, noun: str) -> str:
    """``1 paper``, ``12 papers``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
