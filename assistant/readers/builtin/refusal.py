"""The answer when the abstracts don't say: so, and what the nearest papers do say, without a mark."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import REFUSAL, Draft
from assistant.evidence.selection import Judged
from assistant.readers.builtin.wording import plain, title
from ingest.papers import Paper

#: Papers named under a refusal.
NEAREST = 3


def refuse(nearest: Sequence[Judged], confidence: float, *, why: str = "", notes: tuple[str, ...] = ()) -> Draft:
    """A refusal; ``why`` says what is missing, and each of ``nearest`` is shown with its best sentence."""
    opening = " ".join(part for part in (REFUSAL, why) if part)
    lines = [
        f"- {title(judged.paper)}: {plain(judged.reading.sentences[judged.foremost].text)}"
        for judged in nearest[:NEAREST]
        if judged.foremost is not None
    ]
    if not lines:
        return Draft(opening, answered=False, confidence=confidence, notes=notes)
    text = "\n".join([f"{opening} What the nearest papers do say:", "", *lines])
    return Draft(text, answered=False, confidence=confidence, notes=notes)


def otherwise(paper: Paper, sentence: str, confidence: float) -> Draft:
    """A refusal because the abstract denies what the question takes for granted, by ``sentence``."""
    text = f"{REFUSAL} {title(paper)} says otherwise: {plain(sentence)}"
    return Draft(text, answered=False, confidence=confidence)
