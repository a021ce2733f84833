"""Learns the tokens: the commonest words whole, and pieces from which every other word is put together.

A static model has one vector a token, so a word kept whole has a meaning of its own while a word in pieces has
only the mean of theirs. An ordinary WordPiece trainer spends a third of its vocabulary on stepping stones between
letters and words that no text ever uses; here pieces are learnt on a small budget and the rest goes to words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

PADDING, UNKNOWN = "[PAD]", "[UNK]"
WORD = re.compile(r"[^\W_]+")
#: Letters that get a token of their own; a word with any other letter is dropped from the text.
ALPHABET = 300
LONGEST_WORD = 40


def count_words(texts: Iterable[str]) -> Counter[str]:
    """How often each word occurs, folded as the tokenizer will fold it."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(WORD.findall(_fold(text)))
    return counts


def learn_tokenizer(counts: Counter[str], size: int, pieces: int) -> Tokenizer:
    """A tokenizer of at most ``size`` tokens, ``pieces`` of them learnt as parts of words.

    Punctuation has no token: model2vec leaves unknown tokens out of the mean, which is what punctuation deserves.
    """
    parts = _learn_pieces(counts, pieces)
    tokens = {token for token in parts if any(letter.isalnum() for letter in token)}
    for word, _ in counts.most_common():
        if len(tokens) >= size - 2:
            break
        if all(letter in tokens for letter in word):
            tokens.add(word)
    ordered = [PADDING, UNKNOWN, *sorted(tokens, key=lambda token: (-counts.get(token, 0), token))]
    return _wordpiece({token: number for number, token in enumerate(ordered)})


def _learn_pieces(counts: Counter[str], size: int) -> set[str]:
    tokenizer = _wordpiece({})
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        limit_alphabet=ALPHABET,
        special_tokens=[PADDING, UNKNOWN],
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_words_by_root(counts), trainer)
    return set(tokenizer.get_vocab()) - {PADDING, UNKNOWN}


def _words_by_root(counts: Counter[str]) -> Iterator[str]:
    """Each word as often as the root of its count, 50 times at most: pieces are for rare words, not for common ones."""
    for word, count in sorted(counts.items()):
        if count >= 2:
            yield " ".join([word] * min(50, 1 + math.isqrt(int(count))))


def _wordpiece(vocabulary: dict[str, int]) -> Tokenizer:
    model = models.WordPiece(vocabulary, unk_token=UNKNOWN, max_input_chars_per_word=LONGEST_WORD)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def _fold(text: str) -> str:
    text = text.lower()
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter) != "Mn")
