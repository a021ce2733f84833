"""A sentence as a row of units that can be compared: words by stem, numbers by value, names without their spelling.

``GAIN-RL gains 4.3 % on eight tasks`` is the name ``gainrl``, the word ``gain``, the number 4.3, the word ``task`` and
so on; ``Gain-RL gained 4.3 percent on 8 tasks`` is the same row. Knows no paper and makes no judgment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from assistant.language.terms import STOP, squeezed, stems
from assistant.verification.quantities import Quantity, quantities

#: Compounds with their inner hyphens, points, stars and plus signs.
_COMPOUND = re.compile(r"[\w*+]+(?:[-–.’'&@][\w*+]+)*")
#: What makes a part of a compound a name: two capitals, a capital inside, letters beside digits, a star or a plus.
_NAME_PART = re.compile(r"[A-Z][^a-z]*[A-Z]|[a-z][A-Z]|[A-Z]+\d|[a-z]{2,}\d|\d+[A-Z]+\b|[A-Za-z][*+]")
_CAPITALISED = re.compile(r"\b[A-Z][\w’']*(?:[ -](?:(?:of|the|for|and|with|in)[ -])?[A-Z][\w’']*)+")
_BREAK = re.compile(r"[,;:.!?()\[\]—–]")
_TITLE_CASE = re.compile(r"[A-Z][a-z]{2,}\Z")
_JOINED_TITLE = re.compile(r"[A-Z][a-z]+(?:[-–][A-Z][a-z]+)+")
_ADVERB = re.compile(r"(?<=[a-z]{3})ly\Z")
#: After these a capital letter says nothing: the start of a sentence, a quotation, a bracket, a list item, a heading.
_OPENING = re.compile(r"(?:\A|[.!?:;\"“”‘’'(\[*_#|>–—-])\s*\Z")
#: Words whose first letter is large for reasons of grammar or manners.
_NO_NAMES = frozenset(
    """the this that these those it its we our they their he she his her in on at by for from with without of to as an a
    and but or so if while when where however thus therefore hence moreover furthermore additionally also both each all
    english chinese french german spanish january february march april may june july august september october november
    december monday tuesday wednesday thursday friday saturday sunday internet web figure table section paper source
    """.split()  # noqa: SIM905
)
#: Abbreviations that a writer may use of any paper.
_FREE = frozenset("ai ml nlp api sota us uk eu pdf url id ok vs".split())  # noqa: SIM905
#: Abbreviations of the field, and the words that bear them out where the abstract spells them.
_SPELLED_OUT = {
    "llm": ("language model", "lm"),
    "lm": ("language model",),
    "slm": ("small language model",),
    "rl": ("reinforcement",),
    "vlm": ("vision-language", "vision language"),
    "mllm": ("multimodal",),
    "sft": ("supervised fine-tuning",),
    "rlhf": ("human feedback",),
    "cot": ("chain-of-thought", "chain of thought"),
    "icl": ("in-context",),
    "rag": ("retrieval-augmented", "retrieval augmented"),
    "peft": ("parameter-efficient",),
    "moe": ("mixture-of-experts", "mixture of experts"),
    "qa": ("question",),
    "vqa": ("visual question",),
    "ood": ("out-of-distribution", "out of distribution"),
    "cv": ("computer vision",),
    "gpu": ("graphics",),
    "gnn": ("graph neural",),
    "cnn": ("convolutional",),
    "rnn": ("recurrent",),
    "gan": ("adversarial network",),
    "vae": ("variational",),
    "2d": ("two-dimensional",),
    "3d": ("three-dimensional",),
}
NEGATORS = frozenset("not no never without cannot neither nor hardly bare fail lack unabl".split())  # noqa: SIM905


class Sort(StrEnum):
    """What a unit is compared as."""

    WORD = "word"
    NUMBER = "number"
    NAME = "name"
    NEGATOR = "negator"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a text, ``text[start:end]``; ``key`` is what two texts share.

    Function words and adverbs in -ly have ``content`` False. ``parted`` says that punctuation stands before it.
    """

    sort: Sort
    key: str
    start: int
    end: int
    content: bool = True
    quantity: Quantity | None = None
    parted: bool = False


def units(text: str, *, titles: bool = True) -> list[Unit]:
    """The units of ``text`` in order; numbers inside names belong to the names.

    ``titles`` says whether a capital letter in mid-sentence shows a name, which in German it doesn't.
    """
    numbers = [q for q in quantities(text) if not q.loose]
    found = [Unit(Sort.NUMBER, f"{q.value:.6g}", q.start, q.end, quantity=q) for q in numbers]
    taken = [(q.start, q.end) for q in numbers]
    for compound in _COMPOUND.finditer(text):
        start, end = compound.span()
        if not any(a < end and start < b for a, b in taken):
            found += _compound_units(text, start, end, titles)
        else:  # "24-layer": the number is one unit, what is left of the compound another
            found += _remainder(text, start, end, taken)
    found.sort(key=lambda unit: unit.start)
    return [_parted(text, unit, found[at - 1].end if at else 0) for at, unit in enumerate(found)]


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of a sentence are looked up in: everything in a text that a name could be recognised by."""

    tokens: frozenset[str]
    squeezed: frozenset[str]
    text: str

    def bear_out(self, name: str) -> bool:
        """Whether ``name``, its abbreviation's long form, or each of its hyphenated parts stands in the text."""
        if self._has(name):
            return True
        parts = [part for part in re.split(r"[-–’'&@]", name) if part]
        return len(parts) > 1 and all(self._has(part) for part in parts)

    def _has(self, name: str) -> bool:
        forms = {name.casefold(), name.casefold().removesuffix("s")}
        if forms & self.tokens or forms & _FREE:
            return True
        bare = {squeezed(name), squeezed(name).removesuffix("s")}
        if bare & self.squeezed:
            return True
        return any(words in self.text for form in bare for words in _SPELLED_OUT.get(form, ()))


def names_of(text: str) -> Names:
    """The names that ``text`` bears out.

    Spelling counts loosely (``GAIN RL`` is ``GAIN-RL``, ``LLMs`` is ``LLM``) where capitals or digits show a name, and
    exactly elsewhere, lest "multiple" bear out MultiPL-E.
    """
    compounds = [m.group() for m in _COMPOUND.finditer(text)]
    words = [part for compound in compounds for part in re.split(r"[-–’'&@]", compound) if part]
    tokens = {form.casefold() for form in (*compounds, *words)}
    runs = [*compounds, *words]
    runs += [a + b for a, b in pairwise(words)]
    runs += [a + b + c for a, b, c in zip(words, words[1:], words[2:], strict=False)]
    bare = {squeezed(run) for run in runs if any(c.isupper() or c.isdigit() for c in run)} | set(_initials(text))
    return Names(_singular(tokens), _singular(bare), text.casefold())


def _singular(keys: set[str]) -> frozenset[str]:
    return frozenset(keys | {key.removesuffix("s") for key in keys if len(key) > 2})


def _initials(text: str) -> Iterator[str]:
    """The initials of capitalised runs and of hyphenated words: Chain of Thought and chain-of-thought give cot."""
    for run in _CAPITALISED.finditer(text):
        words = re.split(r"[\s-]+", run.group())
        for start in range(len(words)):
            for end in range(start + 2, len(words) + 1):
                yield "".join(word[0] for word in words[start:end]).casefold()
                yield "".join(word[0] for word in words[start:end] if word[0].isupper()).casefold()
    for compound in re.finditer(r"\b[a-z]+(?:-[a-z]+){1,4}\b", text):
        yield "".join(part[0] for part in compound.group().split("-"))


def _parted(text: str, unit: Unit, before: int) -> Unit:
    return replace(unit, parted=True) if _BREAK.search(text, before, unit.start) else unit


def _compound_units(text: str, start: int, end: int, titles: bool) -> list[Unit]:
    compound = text[start:end]
    if re.search(r"n['’]t\Z", compound):
        return [Unit(Sort.NEGATOR, "not", start, end)]
    joined = titles and _JOINED_TITLE.fullmatch(compound)
    if joined or any(_NAME_PART.search(part) for part in re.split("[-–’'&]", compound)):
        return [Unit(Sort.NAME, squeezed(compound).removesuffix("s") or squeezed(compound), start, end)]
    if titles and _is_titled(text, start, compound):
        return [Unit(Sort.NAME, stems([compound])[0], start, end)]
    spans = [(start + m.start(), start + m.end()) for m in re.finditer(r"[^\W_]+", compound)]
    words = [text[a:b] for a, b in spans]
    if not words:
        return []
    return [_word(word, stem, a, b) for word, stem, (a, b) in zip(words, stems(words), spans, strict=True)]


def _remainder(text: str, start: int, end: int, taken: list[tuple[int, int]]) -> list[Unit]:
    found: list[Unit] = []
    for part in re.finditer(r"[^\W\d_]{2,}", text[start:end]):
        a, b = start + part.start(), start + part.end()
        if not any(x < b and a < y for x, y in taken):
            found.append(_word(part.group(), stems([part.group()])[0], a, b))
    return found


def _word(word: str, stem: str, start: int, end: int) -> Unit:
    if stem in NEGATORS or word.lower() in NEGATORS:
        return Unit(Sort.NEGATOR, "not", start, end)
    content = word.lower() not in STOP and len(word) > 1 and not _ADVERB.search(word)
    return Unit(Sort.WORD, stem, start, end, content)


def _is_titled(text: str, start: int, compound: str) -> bool:
    """Whether a word has a capital letter that only a name gives it: Llama, Sudoku."""
    if not _TITLE_CASE.match(compound) or compound.lower() in _NO_NAMES:
        return False
    return not _OPENING.search(text[max(0, start - 12) : start])
