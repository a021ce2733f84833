"""An answer's last word where an abstract disputes what the question is about: who does, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.answers import Draft, Numbering, Passage
from assistant.evidence import dispute
from assistant.evidence.features import Clause, Similarity
from assistant.readers.builtin import wording

#: Passages among which a dissenting paper is looked for.
AMONG = 8


def added(
    draft: Draft, asked: Clause, passages: Sequence[Passage], similarity: Similarity, numbering: Numbering
) -> Draft:
    """The draft with the view that one of the papers disputes, and its dissent; unless both are quoted already."""
    found = dispute.first(asked, passages[:AMONG], similarity)
    if found is None:
        return draft
    read, disputed = found
    quoted = {(c.paper.id, c.start) for c in draft.citations}
    if (read.paper.id, read.sentences[disputed.against].start) in quoted:
        return draft
    shown = wording.quote(read, sorted({disputed.view, disputed.against}), numbering)
    others = any(c.paper.id != read.paper.id for c in draft.citations)
    opening = f"This is disputed. {wording.title(read.paper)}:" if others else "It disputes a view:"
    text = f"{draft.text}\n\n{opening} {wording.joined(shown)}"
    return replace(draft, text=text, citations=(*draft.citations, *wording.citations(shown)))
