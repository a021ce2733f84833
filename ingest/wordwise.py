"""A tokenizer asked word by word, with what it said of each word kept: texts repeat their words.

Most of the time that a static embedding takes is the tokenizer's. BERT's cuts at white space and around every
punctuation mark before it does anything else, so what it gives for a text is what it gives for the parts, one after
another, and a part need be cut up only once::

    "Pre-trained LLMs"   →   "pre"  "-"  "trained"  "llms"

Any other tokenizer is asked for the whole text. Knows no model.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Parts that are kept, some 150 bytes each, and characters of one that is not likely to come again.
KEPT, LONGEST = 100_000, 40
# Parts of an ASCII text in lower case: BERT counts every mark of ASCII as punctuation.
_PART = re.compile(r"[a-z0-9]+|[^a-z0-9 \t\n\r]")
# Other white space and control characters stay in a part: the tokenizer knows best what it makes of them.
_SPACE = re.compile(r"[ \t\n\r]+")
_PLAIN = re.compile(r"[\t\n\r -~]*")


class WordwiseTokenizer:
    """Token ids of texts, the same as ``tokenizer``'s own. Thread-safe."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, tuple[int, ...]] = {}
        cuts = type(tokenizer.pre_tokenizer).__name__ == "BertPreTokenizer"
        normalizer = tokenizer.normalizer
        self._cuts = cuts and type(normalizer).__name__ == "BertNormalizer" and bool(normalizer.lowercase)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, unknown ones among them, no more than the tokenizer's truncation leaves."""
        if not self._cuts:
            return self._whole(texts)
        cut = [_parts(text) for text in texts]
        known = self._ids_of(cut)
        truncation = self._tokenizer.truncation
        longest = truncation["max_length"] if truncation else None
        return [list(chain.from_iterable(map(known.__getitem__, parts)))[:longest] for parts in cut]

    def _ids_of(self, cut: Iterable[Sequence[str]]) -> Mapping[str, tuple[int, ...]]:
        """What holds the ids of all those parts."""
        known = self._known
        missing = list({part for parts in cut for part in parts if part not in known})
        if not missing:
            return known
        found = dict(zip(missing, map(tuple, self._whole(missing)), strict=True))
        short = {part: ids for part, ids in found.items() if len(part) <= LONGEST}
        # A dictionary that another thread may be reading only grows; instead of shrinking it is left to that thread.
        if len(known) + len(short) > KEPT:
            self._known = short
        else:
            known.update(short)
        return known if len(short) == len(found) and self._known is known else ChainMap(found, known)

    def _whole(self, texts: Sequence[str]) -> list[list[int]]:
        return [found.ids for found in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def _parts(text: str) -> list[str]:
    if _PLAIN.fullmatch(text):
        return _PART.findall(text.lower())
    words = _SPACE.split(text)
    return [part for word in words for part in (_PART.findall(word.lower()) if _PLAIN.fullmatch(word) else (word,))]
