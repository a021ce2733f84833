"""Papers as those would ask for them who don't know their words: written questions, and a glossary of terms.

A glossary makes pairs of three sorts: plain words with their term; a paper's title in which a term has given way to
plain words, with the abstract; and plain words with a paper whose title has the term. Knows no vectors.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from ingest.training.corpus import NOT_A_LETTER, Pair, Paper, Question, Term
from ingest.training.encoding import EncodedPairs, encode, encode_pairs
from ingest.training.ragged import Ints, Ragged

WORD = re.compile(r"[^\W_]+")
#: Words of the longest name that is looked for.
LONGEST_NAME = 6
#: Papers that stand for one term; a few terms are in every tenth title.
MOST_PAPERS = 100
#: Tokens of a paper that are kept.
LONGEST_TEXT = 192
#: The sorts of a glossary's pairs.
TERM, TITLE, PAPER = "term", "title", "paper"


@dataclass(frozen=True, slots=True)
class Asked:
    """Papers that were asked for: the questions for text i are rows ``first[i]`` to ``first[i + 1]``."""

    questions: Ragged
    first: Ints
    texts: Ragged

    def __len__(self) -> int:
        return len(self.texts)


def encode_questions(tokenizer: Tokenizer, questions: Iterable[Question], papers: Iterable[Paper]) -> Asked:
    """The questions whose paper is among ``papers``. Raises ValueError where none is."""
    wanted: dict[str, list[str]] = {}
    for question in questions:
        wanted.setdefault(_folded(question.title), []).append(question.text)
    found = {key: paper for paper in papers if (key := _folded(paper.title)) in wanted}
    if not found:
        raise ValueError("None of the papers is one that the questions ask for.")
    asked = [wanted[key] for key in found]
    return Asked(
        encode(tokenizer, [text for texts in asked for text in texts]),
        np.cumsum([0, *map(len, asked)], dtype=np.int64),
        _shortened(encode(tokenizer, [f"{paper.title}. {paper.abstract}" for paper in found.values()])),
    )


def encode_glossary(tokenizer: Tokenizer, terms: Sequence[Term], papers: Iterable[Paper], seed: int) -> EncodedPairs:
    """The glossary's pairs, told apart by kind; the same seed chooses the same wordings."""
    pairs = encode_pairs(tokenizer, _glossed(Glossary(terms), papers, random.Random(seed)))
    return EncodedPairs(pairs.anchors, _shortened(pairs.positives), pairs.kinds, pairs.names)


class Glossary:
    """Finds terms in titles, in any case and number."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = terms
        self._known: dict[tuple[str, ...], int] = {}
        for number, term in enumerate(terms):
            for name in term.names:
                words = tuple(map(_singular, WORD.findall(name)))
                if words and len(words) <= LONGEST_NAME and len(name) > 2:
                    self._known.setdefault(words, number)
        self._beginnings = {words[0] for words in self._known}

    def split(self, title: str) -> list[tuple[str, int | None]]:
        """The title's words, each with None, but for a term, which is one piece with its number."""
        words = WORD.findall(title)
        folded = tuple(map(_singular, words))
        if self._beginnings.isdisjoint(folded):
            return [(word, None) for word in words]
        pieces, place = [], 0
        while place < len(words):
            length, number = self._longest(folded[place : place + LONGEST_NAME])
            pieces.append((" ".join(words[place : place + length]), number))
            place += length
        return pieces

    def _longest(self, words: tuple[str, ...]) -> tuple[int, int | None]:
        for length in range(len(words), 0, -1):
            if (number := self._known.get(words[:length])) is not None:
                return length, number
        return 1, None


def _glossed(glossary: Glossary, papers: Iterable[Paper], chance: random.Random) -> Iterator[Pair]:
    for term in glossary.terms:
        yield from (Pair(plain, " ".join(term.names), TERM) for plain in term.plain)
    seen = np.zeros(len(glossary.terms), np.int64)
    for paper in papers:
        pieces = glossary.split(paper.title)
        numbers = [number for _, number in pieces if number is not None and seen[number] < MOST_PAPERS]
        if not numbers:
            continue
        seen[numbers] += 1
        plain = [word if number is None else chance.choice(glossary.terms[number].plain) for word, number in pieces]
        yield Pair(" ".join(plain), paper.abstract, TITLE)
        yield Pair(
            chance.choice(glossary.terms[chance.choice(numbers)].plain), f"{paper.title}. {paper.abstract}", PAPER
        )


def _singular(word: str) -> str:
    small = word.lower()
    return small[:-1] if len(small) > 3 and small.endswith("s") and not small.endswith("ss") else small


def _folded(title: str) -> str:
    return NOT_A_LETTER.sub("", title.casefold())


def _shortened(rows: Ragged) -> Ragged:
    return rows.cut(rows.offsets[:-1], np.minimum(rows.offsets[1:], rows.offsets[:-1] + LONGEST_TEXT))
