"""Misspelt words of a question, put right from words that are known: "retreived", "Tidepol".

A word is doubted only if no paper has it and the embedder doesn't know it whole either, so that a real word that
the library happens to lack ("blurt") is mostly left alone. Knows no ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Protocol, runtime_checkable

from assistant.language.languages import language
from assistant.language.terms import Token, american, stems, tokens
from assistant.retrieval.candidates import KEPT_WORDS, Rarity
from ingest.library import Library

#: Letters from which on a word is doubted. Short words have too many neighbours; a name, with a capital or a digit,
#: has fewer.
SHORTEST, SHORTEST_NAME = 5, 4
#: Letters from which on a name may be wrong in two places.
LONG_NAME = 8
#: Misspelt words put right in one question.
MOST = 6
#: Letters by which a word may differ whose stem is one slip away.
FARTHEST = 2
#: Stems that a misspelt word may have meant; papers looked through for the word itself.
STEMS = 4
NEAREST = 12
_WORD = re.compile(r"\w+")
_QUANTITY = re.compile(r"\d+[a-z]{1,3}")
#: What makes another word of one that is known.
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ly", "y", "ies", "ier", "iest", "est", "ness", "ish")
_BEGINNINGS = ("re", "un", "over", "mis", "dis", "pre", "non", "under", "out")


@runtime_checkable
class Worded(Protocol):
    """An embedder that can say which words it knows."""

    def words(self) -> Sequence[str]:
        """The words of plain letters that it has a vector for, in lower case, commonest first."""
        ...


class Speller:
    """Finds the misspelt words of a question, by the library's words and those that its embedder knows."""

    def __init__(self, library: Library, rarity: Rarity) -> None:
        self._library = library
        self._rarity = rarity
        self._found: dict[str, str | None] = {}

    @cached_property
    def _known(self) -> Mapping[tuple[str, int], list[str]]:
        """The embedder's words by first letter and length; most questions have no word that is looked for there."""
        known: dict[tuple[str, int], list[str]] = {}
        if isinstance(self._library.embedder, Worded):
            for word in self._library.embedder.words():
                known.setdefault((word[0], len(word)), []).append(word)
        return known

    def respelled(self, query: str) -> str:
        """``query`` with its misspelt words put right."""
        return put(self.slips(query), query)

    def slips(self, query: str, *, names: bool = True) -> dict[str, str]:
        """The misspelt words of ``query``, each with the one that was meant; names among them only if ``names``.

        Other words than names only in English: "neige" is no slip of "beige".
        """
        doubtful = self._doubtful(query)
        english = bool(doubtful) and language(query) == "en"
        asked = [token for token in doubtful if (names if _is_name(token.text) else english)]
        return {token.text: meant for token in asked if (meant := self._meant(token))}

    def _meant(self, token: Token) -> str | None:
        """What was meant, kept: who asks searches after what was put right, and the words that were not come again."""
        try:
            return self._found[token.text]
        except KeyError:
            meant = _name(self._library, token.text) if _is_name(token.text) else self._ordinary(token)
        if len(self._found) >= KEPT_WORDS:
            self._found.clear()
        self._found[token.text] = meant
        return meant

    def _doubtful(self, query: str) -> list[Token]:
        words = {t.text: t for t in tokens(query) if t.content and t.text.isascii() and any(map(str.isalpha, t.text))}
        whole = (t for t in words.values() if not _QUANTITY.fullmatch(t.text))
        long = (t for t in whole if len(t.text) >= (SHORTEST_NAME if _is_name(t.text) else SHORTEST))
        unknown = (t for t in long if not self._rarity.frequency(t.text) and not self._library.familiar(t.text))
        return list(islice(unknown, MOST))

    def _ordinary(self, token: Token) -> str | None:
        spelled = american(token.text)
        if spelled != token.text and self._rarity.frequency(spelled):
            return spelled
        if any(map(self._library.familiar, _bases(token.text))):
            return None
        return self._familiar(token) or _word(self._library, token)

    def _familiar(self, token: Token) -> str | None:
        """The word one slip away that the embedder knows and most papers of the library have."""
        word = token.text
        alike = (w for more in (-1, 0, 1) for w in self._known.get((word[:1], len(word) + more), ()))
        near = [w for _, w in _within(word, (w for w in alike if _slipped(word, w)), slips=1)]
        return max(near, key=self._rarity.frequency, default=None)


def _bases(word: str) -> Iterator[str]:
    """What the word may be a form of: "pecking", "scraps", "grinning" and "unasked" are no slips."""
    for ending in filter(word.endswith, _ENDINGS):
        base = word.removesuffix(ending)
        yield from (base, f"{base}e", f"{base}y", base[:-1] if base[-1:] == base[-2:-1] else base)
    for beginning in filter(word.startswith, _BEGINNINGS):
        rest = word.removeprefix(beginning)
        yield from (rest, *(rest.removesuffix(ending) for ending in _ENDINGS))


def _slipped(word: str, meant: str) -> bool:
    """Whether the difference looks like a slip of the hand and not like another word or another form of the word.

    Few slips are at the end of a word; and "blurt" is no "blunt".
    """
    swapped = sorted(word) == sorted(meant)
    return swapped or (word[-1] == meant[-1] and (len(word) > SHORTEST or len(meant) > len(word)))


def put(slips: Mapping[str, str], text: str) -> str:
    """``text`` with the words that were meant in the places of the misspelt ones."""
    for wrong, meant in slips.items():
        text = re.sub(rf"\b{re.escape(wrong)}\b", meant, text)
    return text


def _is_name(word: str) -> bool:
    return not word.islower()


def _name(library: Library, word: str) -> str | None:
    """The name that was meant: the nearest capitalised word of the papers that a fuzzy search brings."""
    hits = library.lexical(word, NEAREST, fuzzy=True)
    words = _words_of(library, [hit.paper_id for hit in hits])
    near = _within(word, (w for w in words if _is_name(w)), slips=2 if len(word) >= LONG_NAME else 1)
    return min(near, key=itemgetter(0))[1] if near else None


def _word(library: Library, token: Token) -> str | None:
    """The ordinary word that was meant, as some paper writes it: one whose stem is one slip away."""
    (own,) = stems([token.text])
    alike: set[str] = set()
    for _, stem in sorted(_within(own, (term for term, _ in library.terms(own[:1])), slips=1))[:STEMS]:
        words = [w for w in _words_of(library, [hit.paper_id for hit in library.lexical(stem, NEAREST)]) if w.islower()]
        alike.update(word for word, other in zip(words, stems(words), strict=True) if other == stem)
    near = _within(token.text, alike, slips=FARTHEST)
    return min(near, key=lambda found: (found[0], len(found[1]), found[1]), default=(0, None))[1]


def _words_of(library: Library, paper_ids: list[str]) -> list[str]:
    """The papers' words, each once, in their order: of two that are as near the same one is meant at every run."""
    papers = library.get(list(dict.fromkeys(paper_ids))).values()
    return list(dict.fromkeys(word for paper in papers for word in _WORD.findall(f"{paper.title} {paper.abstract}")))


def _within(word: str, others: Iterable[str], slips: int) -> list[tuple[int, str]]:
    """Those of the others that are at most ``slips`` away in whatever case; a swap of neighbours is one slip."""
    from rapidfuzz.distance import OSA

    typed = word.lower()
    found = ((OSA.distance(typed, other.lower(), score_cutoff=slips), other) for other in others)
    return [(distance, other) for distance, other in found if distance <= slips]
