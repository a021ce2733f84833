"""Judges one sentence against one abstract, or against several together.

A sentence passes where the words that carry it stand in one place of the abstract (or come near enough in
meaning), every number and every name in it stands in the paper, and beside the abstract's own sentence nothing was
exchanged, negated or turned into its opposite. Each judgment names its evidence, a verbatim span, and its reason.
Knows no marks and no answer.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any

from assistant.prompting import listing_facts
from assistant.verification.contradictions import contradiction
from assistant.verification.quantities import Quantity, missing, quantities
from assistant.verification.sources import Source, Window, best_windows, coverage
from assistant.verification.wording import Sort, Unit, units
from ingest.errors import EmbedderError
from ingest.papers import Paper

#: Texts to vectors of length 1, as an Embedder does it.
Embed = Callable[[Sequence[str]], Any]

#: Share of a sentence's weight that the best place of the abstract must cover; fitted on half of the bundled papers
#: and on the training claims of SciFact (Wadden et al., 2020), whose claims are reworded far more.
THRESHOLD = 0.45
#: Between these shares words leave it open whether a sentence is borne out, and nearness in meaning is asked. It
#: can only help, and little: on SciFact it tells what an abstract says from what it doesn't say far worse than the
#: words do (area under the curve 0.79 against 0.88; both together 0.88).
OPEN = (0.3, 0.6)
MEANING, TYPICAL = 0.2, 0.45
#: Share of a single clause's weight that the whole abstract must cover, so that no invention rides on a true sentence.
CLAUSE_THRESHOLD = 0.4
#: Share that several papers must cover all together; no place of them is looked for, so it must be more.
TOGETHER_THRESHOLD = 0.6
#: Content units below which a clause is too short to be judged alone.
CLAUSE_UNITS = 3
#: Papers whose sentences are kept taken apart, about 60 kB each: those of the last few answers.
KEPT = 32
#: Letters beyond this code point belong to other scripts than Latin.
LATIN = 0x24F
#: Small words of Spanish, French, German, Italian and Portuguese, and the share of them that tells such a sentence.
_FOREIGN = frozenset(
    """de la el los las una que del por para con como le les des est une dans pour sur avec qui par aux der die das und
    ist ein eine mit von den dem nicht auf zu werden di il che gli per della um uma os as dos em não o y se su lo al du
    et en un""".split()  # noqa: SIM905
)
FOREIGN_SHARE = 0.15
_CLAUSE = re.compile(r"[;:—]\s|,\s(?=(?:and|but|while|whereas|which|where|although|though|yet|so|or)\b)|\s–\s|\.\s")


@dataclass(frozen=True, slots=True)
class Judgment:
    """What was found for a sentence. ``paper.abstract[start:end]`` is the evidence, empty where there is none.

    ``score`` is the share of the sentence, 0..1, that the evidence covers. ``listing`` names the fact of the listing
    that bears the sentence out where the abstract doesn't.
    """

    supported: bool
    score: float
    start: int = 0
    end: int = 0
    reason: str = ""
    listing: str = ""


class Verifier:
    """Judges sentences against papers; keeps the papers it has taken apart. Safe to share between threads."""

    def __init__(self, embed: Embed | None = None) -> None:
        self._embed = embed
        self._sources: OrderedDict[tuple[str, str], Source] = OrderedDict()
        self._lock = Lock()

    def judge(self, claim: str, paper: Paper) -> Judgment:
        """Whether ``paper`` bears ``claim`` out, a sentence without marks."""
        source = self._source(paper)
        foreign = is_foreign(claim)
        row = units(claim, titles=not foreign)
        if (place := source.whole.get(tuple(u.key for u in row))) is not None:
            return Judgment(True, 1.0, *source.spans[place])
        windows = self._windows(claim, row, source)
        best = windows[0]
        wrong = missing((u.quantity for u in row if u.quantity), source.numbers)
        listing = _listing(wrong, source) if wrong else ""
        reason = _unknown(claim, row, [] if listing else wrong, [source])
        if not reason:
            reason = _unchecked(row, source) if foreign else _unsaid(claim, row, source, windows)
        span = source.span(best.sentences) if best.score > 0 and not listing else (0, 0)
        return Judgment(not reason, best.score, *span, reason, listing)

    def judge_together(self, claim: str, papers: Sequence[Paper]) -> Judgment:
        """Whether the papers bear ``claim`` out all together, as in "both X and Y use reinforcement learning".

        The evidence is left empty: it lies in more than one abstract.
        """
        sources = [self._source(paper) for paper in papers]
        row = units(claim, titles=not is_foreign(claim))
        wrong = missing((u.quantity for u in row if u.quantity), [q for s in sources for q in s.numbers])
        words = frozenset[str]().union(*(s.words | s.borne_out(claim, row) for s in sources))
        score = coverage(row, words)
        reason = _unknown(claim, row, wrong, sources)
        if not reason and score < TOGETHER_THRESHOLD:
            reason = "the sources do not say this"
        return Judgment(not reason, score, reason=reason)

    def _windows(self, claim: str, row: Sequence[Unit], source: Source) -> list[Window]:
        """The best places by words; where words leave it open, nearness in meaning has a say."""
        names = source.borne_out(claim, row)
        windows = best_windows(row, source, names, [0.0] * len(source.spans))
        if self._embed is None or not OPEN[0] <= windows[0].score < OPEN[1]:
            return windows
        nudges = [MEANING * max(0.0, near - TYPICAL) for near in self._nearness(claim, source)]
        return best_windows(row, source, names, nudges)

    def _nearness(self, claim: str, source: Source) -> list[float]:
        """Cosine similarity of the claim to each sentence; all of it typical where the embedder fails."""
        assert self._embed is not None
        try:
            if source.vectors is None:
                source.vectors = self._embed([source.paper.abstract[a:b] for a, b in source.spans])
            near = source.vectors @ self._embed([claim])[0]
        except EmbedderError:
            return [TYPICAL] * len(source.spans)
        return [float(value) for value in near]

    def _source(self, paper: Paper) -> Source:
        key = (paper.id, paper.abstract)
        with self._lock:
            if key not in self._sources:
                self._sources[key] = Source(paper, listing_facts(paper))
            self._sources.move_to_end(key)
            while len(self._sources) > KEPT:
                self._sources.popitem(last=False)
            return self._sources[key]


def is_foreign(claim: str) -> bool:
    """Whether a sentence is written in another language than English, as far as its letters and small words show."""
    letters = [c for c in claim if c.isalpha()]
    if sum(ord(c) > LATIN for c in letters) > len(letters) / 4:
        return True
    words = re.findall(r"[^\W\d_]+", claim.lower())
    return sum(word in _FOREIGN for word in words) >= max(2, FOREIGN_SHARE * len(words))


def _unknown(claim: str, row: Sequence[Unit], wrong: Sequence[Quantity], sources: Sequence[Source]) -> str:
    """The first number or name of the claim that stands in no source, as a reason."""
    names = [claim[u.start : u.end] for u in row if u.sort is Sort.NAME]
    unknown = [claim[q.start : q.end] for q in wrong]
    unknown += [name for name in names if not any(source.names.bear_out(name) for source in sources)]
    return f"'{unknown[0]}' does not stand in the source" if unknown else ""


def _unsaid(claim: str, row: Sequence[Unit], source: Source, windows: Sequence[Window]) -> str:
    if windows[0].score < THRESHOLD:
        return "the source does not say this"
    known = source.words | source.borne_out(claim, row)
    if any(coverage(part, known) < CLAUSE_THRESHOLD for part in _clauses(claim, row)):
        return "the source does not say a part of this"
    reasons = [contradiction(row, source.row(window.sentences)) for window in windows]
    return reasons[0] if all(reasons) else ""


def _unchecked(row: Sequence[Unit], source: Source) -> str:
    """In another language only numbers and names can be compared; without any of them nothing can."""
    slots = [u for u in row if u.sort in (Sort.NUMBER, Sort.NAME)]
    return "" if slots else "it is in another language than the source and names nothing that could be looked up"


def _listing(wrong: Sequence[Quantity], source: Source) -> str:
    """The facts of the listing that bear out numbers which the abstract doesn't have, or nothing."""
    used = {f"{name}: {fact}": missing(wrong, quantities(fact)) for name, fact in source.facts.items()}
    helpful = [fact for fact, left in used.items() if len(left) < len(wrong)]
    known = [q for fact in helpful for q in quantities(fact)]
    return "" if missing(wrong, known) else "; ".join(helpful)


def _clauses(claim: str, row: Sequence[Unit]) -> list[list[Unit]]:
    """The clauses that are long enough to be judged alone; none where there is only one."""
    cuts = [0, *(m.end() for m in _CLAUSE.finditer(claim)), len(claim)]
    parts = [[u for u in row if a <= u.start < b] for a, b in pairwise(cuts)]
    long = [p for p in parts if sum(u.content for u in p) >= CLAUSE_UNITS]
    return long if len(parts) > 1 else []
