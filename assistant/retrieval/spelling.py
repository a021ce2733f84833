"""Misspelt words of a question, put right from the library's own words: "retreived", "Tidepol".

A word is doubted only if no paper has it and the embedder doesn't know it whole either, so that a real word that
the library happens to lack ("blurt") is mostly left alone. Knows no ranking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from assistant.language.terms import Token, stems, tokens
from assistant.retrieval.candidates import Rarity
from ingest.library import Library

#: Letters from which on a word is doubted. Short words have too many neighbours; a name, with a capital or a digit,
#: has fewer.
SHORTEST, SHORTEST_NAME = 6, 4
#: Letters from which on a name may be wrong in two places.
LONG_NAME = 8
#: Misspelt words put right in one question.
MOST = 6
#: Papers looked through for the word that was meant.
NEAREST = 12
_WORD = re.compile(r"\w+")


def respelled(library: Library, query: str, rarity: Rarity, familiar: Callable[[str], bool]) -> str:
    """``query`` with its misspelt words put right; ``familiar`` says which words are known outside the library."""
    for token in _doubtful(query, rarity, familiar):
        meant = _name(library, token.text) if _is_name(token.text) else _word(library, token)
        if meant:
            query = re.sub(rf"\b{re.escape(token.text)}\b", meant, query)
    return query


def _doubtful(query: str, rarity: Rarity, familiar: Callable[[str], bool]) -> list[Token]:
    words = {t.text: t for t in tokens(query) if t.content and t.text.isascii() and any(c.isalpha() for c in t.text)}
    long = (t for t in words.values() if len(t.text) >= (SHORTEST_NAME if _is_name(t.text) else SHORTEST))
    return [t for t in long if not rarity.frequency(t.text) and not familiar(t.text)][:MOST]


def _is_name(word: str) -> bool:
    return not word.islower()


def _name(library: Library, word: str) -> str | None:
    """The name that was meant: the nearest capitalised word of the papers that a fuzzy search brings."""
    hits = library.lexical(word, NEAREST, fuzzy=True)
    words = _words_of(library, [hit.paper_id for hit in hits])
    return _nearest(word, (w for w in words if _is_name(w)), slips=2 if len(word) >= LONG_NAME else 1)


def _word(library: Library, token: Token) -> str | None:
    """The ordinary word that was meant, as some paper writes it: its American form, or the stem one slip away."""
    (own,) = stems([token.text])
    stem = _nearest(own, (term for term, _ in library.terms(own[:1])), slips=1)
    if stem is None:
        return None
    words = [w for w in _words_of(library, [hit.paper_id for hit in library.lexical(stem, NEAREST)]) if w.islower()]
    alike = [word for word, other in zip(words, stems(words), strict=True) if other == stem]
    return min(alike, key=lambda word: (len(word), word), default=None)


def _words_of(library: Library, paper_ids: list[str]) -> list[str]:
    """The papers' words, each once, in their order: of two that are as near the same one is meant at every run."""
    papers = library.get(list(dict.fromkeys(paper_ids))).values()
    return list(dict.fromkeys(word for paper in papers for word in _WORD.findall(f"{paper.title} {paper.abstract}")))


def _nearest(word: str, words: Iterable[str], slips: int) -> str | None:
    """The first word at the least distance, at most ``slips``; a swap of neighbours is one slip."""
    from rapidfuzz.distance import OSA

    best: tuple[int, str] | None = None
    for other in words:
        distance = OSA.distance(word.lower(), other.lower(), score_cutoff=slips)
        if distance <= slips and (best is None or distance < best[0]):
            best = distance, other
    return best[1] if best else None
