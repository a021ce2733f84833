"""Training text as token numbers, once and for all: every later step works on arrays alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ingest.training.corpus import Pair, Paper, sentences
from ingest.training.ragged import Ints, Ragged, stack
from ingest.training.vocabulary import UNKNOWN

#: Texts handed to the tokenizer at a time; it spreads them over the cores.
BLOCK = 8_192

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class EncodedPapers:
    """``sentences`` holds the abstracts of all papers; those of paper i are rows ``first[i]`` to ``first[i + 1]``."""

    titles: Ragged
    sentences: Ragged
    first: Ints

    def __len__(self) -> int:
        return len(self.titles)


@dataclass(frozen=True, slots=True)
class EncodedPairs:
    """Row by row the two texts of a pair, and the number of its kind in ``names``."""

    anchors: Ragged
    positives: Ragged
    kinds: Ints
    names: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.anchors)


def encode_papers(tokenizer: Tokenizer, papers: Iterable[Paper]) -> EncodedPapers:
    """Titles and abstracts, the abstracts sentence by sentence."""
    titles, rows, counts = [], [], []
    for block in _blocks(papers):
        split = [sentences(paper.abstract) for paper in block]
        titles.append(encode(tokenizer, [paper.title for paper in block]))
        rows.append(encode(tokenizer, [sentence for abstract in split for sentence in abstract]))
        counts += [len(abstract) for abstract in split]
    return EncodedPapers(stack(titles), stack(rows), np.cumsum([0, *counts], dtype=np.int64))


def encode_pairs(tokenizer: Tokenizer, pairs: Iterable[Pair]) -> EncodedPairs:
    """Everyday pairs. Raises ValueError where there is none."""
    anchors, positives, kinds = [], [], []
    for block in _blocks(pairs):
        anchors.append(encode(tokenizer, [pair.anchor for pair in block]))
        positives.append(encode(tokenizer, [pair.positive for pair in block]))
        kinds += [pair.kind for pair in block]
    if not kinds:
        raise ValueError("The file of everyday pairs holds none.")
    names, numbers = np.unique(np.array(kinds), return_inverse=True)
    return EncodedPairs(stack(anchors), stack(positives), numbers, names)


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> Ragged:
    """The tokens of the texts without the unknown ones, as model2vec will see them."""
    unknown = tokenizer.token_to_id(UNKNOWN)
    rows = Ragged.of(found.ids for found in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False))
    return rows.keep(rows.values != unknown)


def _blocks(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while block := list(islice(rest, BLOCK)):
        yield block
