"""What a notion is, by the sentences of papers that tell it; said to be unknown where no paper speaks of it."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from assistant.answers import Draft, Numbering
from assistant.evidence import notions, reading
from assistant.language import terms
from assistant.questions import Question
from assistant.readers.builtin import wording

if TYPE_CHECKING:
    from assistant.evidence.reading import Reading
    from ingest.library import Library

#: Papers looked through, those that have the notion's words most and densest first.
LOOKED_THROUGH = 60
#: Papers that explain, at most, and how likely it is that they do.
EXPLAINING, SURE = 2, 0.9
#: Papers shown that only mention it, and how likely that answers the question.
MENTIONING, HARDLY = 3, 0.5
#: How likely a notion is explained of which no paper speaks.
UNSPOKEN = 0.05


def papers(notion: str, question: Question, library: Library) -> list[Reading]:
    """The papers that speak of the notion, best first. Raises the errors of :mod:`ingest.errors`."""
    hits = library.lexical(notion, LOOKED_THROUGH, question.filters)
    found = library.get(list(dict.fromkeys(hit.paper_id for hit in hits)))
    return [read for read in map(reading.read, found.values()) if notions.spoken_of(notion, read)]


def unspoken(notion: str, speaking: Sequence[Reading], library: Library) -> bool:
    """Whether no paper speaks of it, though its words are all words: of the library, or known to the embedder.

    Any other may be a misspelling of something that is there.
    """
    words = [token for token in terms.tokens(notion) if token.content]
    return not speaking and all(library.document_frequency(word.stem) or library.familiar(word.text) for word in words)


def read(notion: str, speaking: Sequence[Reading], numbering: Numbering) -> Draft | None:
    """The sentences that tell best what the notion is, of different papers, or else some that mention it.

    None where there is none of either.
    """
    best = [
        max(((notions.explains(notion, s), -s.ordinal) for s in paper.sentences), default=(0.0, 0))
        for paper in speaking
    ]
    telling = [place for place, (score, _) in enumerate(best) if score >= notions.EXPLAINS]
    lines: list[wording.Line] = []
    for place in heapq.nsmallest(EXPLAINING, telling, key=lambda place: -best[place][0]):
        (line,) = wording.quote(speaking[place], [-best[place][1]], numbering)
        lines.append(wording.Line(f"{wording.title(speaking[place].paper)}: {line.text}", line.citations))
    if not lines:
        return _mentioned(notion, speaking, numbering)
    return Draft("\n\n".join(line.text for line in lines), True, SURE, wording.citations(lines))


def _mentioned(notion: str, speaking: Sequence[Reading], numbering: Numbering) -> Draft | None:
    found = ((paper, sentence) for paper in speaking if (sentence := notions.mention(notion, paper)))
    lines: list[wording.Line] = []
    for paper, sentence in islice(found, MENTIONING):
        (line,) = wording.quote(paper, [sentence.ordinal], numbering)
        lines.append(wording.Line(f"- {wording.title(paper.paper)}: {line.text}", line.citations))
    if not lines:
        return None
    opening = f"No abstract explains “{wording.plain(notion)}”; this is said of it:"
    return Draft("\n".join([opening, "", *(line.text for line in lines)]), True, HARDLY, wording.citations(lines))
