"""The words of a text as the reader compares them: stems, names and numbers, with their offsets.

Stems come from tantivy's English analyser, so that they are the terms of the lexical index. Knows no question,
no paper and no library.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import filterfalse
from typing import Any, NamedTuple

#: Runs of letters and digits: what tantivy's simple tokenizer cuts a text into.
_WORD = re.compile(r"[^\W_]+")
#: British endings whose American twins stem differently: optimisation, behaviour, modelled.
_BRITISH = (
    (re.compile(r"(?<=[a-z]{3})is(?=(?:e|ed|es|er|ers|ing|ation|ations|able)$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})our(?=(?:s|ed|ing|al|able|ite|ites)?$)"), "or"),
    (re.compile(r"(?<=[aeiou]l)l(?=(?:ed|ing|er|ers)$)"), ""),
)
#: A number as abstracts write it: 2,728 · 46.8% · 7B · 10x · 24pp · 1.5-billion. A digit inside a name is not one.
NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)(?!\d\))[~≈$±+−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?[%×‰]|[kKmMbBxX](?![A-Za-z])|(?![\w])|"
    r"(?:pp|ms|s|min|h|hrs?|fps|[kKMGT]i?[Bb]|[kMG]?Hz|dB|px|[kcmnμ]m|k?g|k?W)(?![\w]))"
)
#: Spelled numbers, multiples and fractions, in lower case: to ignore the case takes three times as long.
NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|"
    r"millions?|billions?|half|third|quarter|twice|double|triple|percent|(?:two|three|four|five|ten)fold)\b"
)
URL = re.compile(
    r"https?://[^\s<>\"'）)\]}]+|\b(?:github|gitlab|huggingface)\.(?:com|io|co)/[^\s<>\"')\]}]+", re.IGNORECASE
)
#: Words with their hyphens, points, stars and plus signs; those spelled like a name are sifted out below.
_COMPOUND = re.compile(r"(?<![\w/])[\w*+]+(?:[-–.][\w*+]+)*")
#: What makes a part of a compound a name: two capitals, a capital inside, letters beside digits, a star or a plus.
_NAME_PART = re.compile(r"[A-Z].*[A-Z]|[a-z][A-Z]|[A-Z]+\d|[a-z]{2,}\d|^\d+[A-Z]+$|[A-Za-z][*+]")
#: A run of capitalised words, joined by small ones: "Tree of Thoughts", "Robot Utility Models".
_CAPITALISED = re.compile(r"\b[A-Z][\w'’]*(?:[- ](?:(?:of|the|for)\s){0,2}[A-Z][\w'’]*|\s\d+\b)*")
#: What a squeezed name goes without.
_UNSPOKEN = re.compile(r"[^\w+*]|_")
_POSSESSIVE = re.compile(r"['’]s?$")
_QUOTED = re.compile(
    r"[\"“«„‘「『《]([^\"”»“’」』》]{3,200})[\"”»“」』》]|(?<!\w)['‘]([^'’]{3,200}(?:['’]\w[^'’]*)*)['’](?!\w)"
)
#: Abbreviations that everybody uses and that name no paper's own thing.
COMMON_ABBREVIATIONS = frozenset(
    """ai api apis cpu cpus faq gpu gpus id llm llms lm lms ml nlp nn ok pc pdf rl ui url urls us usa vs""".split()  # noqa: SIM905
)
#: Words that carry no content in a question or a sentence.
STOP = frozenset(
    """a about above after again against all also am an and any anybody anyone anything are as at be because been before
    being below between both but by can cannot could did do does doing don done down during each either else ever every
    exactly few for from further get gets give given gives go goes got had has have having he her here hers him his how
    i if in into is it its itself just ll let like made make makes many may me might more most much must my neither no
    nor not now of off on once one only or other others our ours out over own paper papers per please re really same
    say says she should show shows so some somebody someone something such t tell than that the their theirs them then
    there these they thing things this those though through to too under until up upon us use used uses using ve very
    via was we well were what whats when where whether which while who whom whose why will with within without work
    works would yes yet you your yours author authors study studies method approach explain describe mean means
    exist exists called know known find article articles abstract abstracts s d m""".split()  # noqa: SIM905
)


class Token(NamedTuple):
    """One word: ``text[start:end]`` of its source, and its stem. A tuple, because an abstract has two hundred."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def content(self) -> bool:
        """Whether the word says what a text is about."""
        return self.text.lower() not in STOP and (len(self.text) > 1 or self.text.isdigit())


#: Words of which it is kept what was found out: papers repeat them.
KEPT_WORDS = 20_000


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()


@lru_cache(maxsize=KEPT_WORDS)
def american(word: str) -> str:
    """A lower-case word with the commonest British endings made American; wrong words come out alike on both sides."""
    for pattern, to in _BRITISH:
        word = pattern.sub(to, word)
    return word


def stems(words: Sequence[str]) -> list[str]:
    """The stem of each word (letters and digits only), spelling made American first."""
    folded = [american(word.lower()) for word in words]
    found = _analyzer().analyze(" ".join(folded))
    return found if len(found) == len(words) else [_alone(word) for word in folded]


@lru_cache(maxsize=4096)
def _alone(word: str) -> str:
    found = _analyzer().analyze(word)
    return found[0] if found else word


def tokens(text: str) -> list[Token]:
    """Every word of ``text`` with its stem and offsets."""
    spans = [m.span() for m in _WORD.finditer(text)]
    words = [text[a:b] for a, b in spans]
    return [Token(w, s, a, b) for w, s, (a, b) in zip(words, stems(words), spans, strict=True)]


def content_stems(text: str) -> list[str]:
    """Distinct stems of the content words, in order."""
    return list(dict.fromkeys(t.stem for t in tokens(text) if t.content))


#: Characters of a name; a longer run is an address, a sequence or an attack on whoever looks at each of its letters.
LONGEST_NAME = 80


def spelled_names(text: str) -> list[str]:
    """Names recognisable by spelling: ``GAIN-RL``, ``A*-PO``, ``R1-Searcher++``, ``MATH500``; each once, in order."""
    compounds = (m.group().rstrip(".-–") for m in _COMPOUND.finditer(URL.sub(" ", text)))
    # Most words are plain ones, which takes less to see than to look up.
    return list(dict.fromkeys(c for c in compounds if not (c.isalpha() and c.islower()) and _is_name(c)))


@lru_cache(maxsize=KEPT_WORDS)
def _is_name(compound: str) -> bool:
    """Whether a word is spelled like a name, or is a capital letter joined to a capitalised word: ``V-Reason``."""
    if len(compound) > LONGEST_NAME:
        return False
    parts = re.split("[-–]", compound)
    return any(_NAME_PART.search(part) for part in parts) or bool(re.match(r"[A-Z]{1,2}[-–][A-Z][a-z]", compound))


def quoted(text: str) -> list[str]:
    """What stands in quotation marks, three characters and more."""
    return [(m.group(1) or m.group(2)).strip() for m in _QUOTED.finditer(text)]


#: Verbs that open a request: no name begins with them.
IMPERATIVES = frozenset(
    """summarize summarise compare contrast outline discuss define review describe explain sketch recap paraphrase
    translate""".split()  # noqa: SIM905
)


def capitalised_names(text: str) -> list[str]:
    """Runs of capitalised words that don't open a sentence: ``Tree of Thoughts``, ``Dita``."""
    found: list[str] = []
    for match in _CAPITALISED.finditer(text):
        name, opens = (
            match.group(),
            not text[: match.start()].strip() or text[: match.start()].rstrip()[-1:] in ".?!:¿¡",
        )
        first = name.split()[0].lower()
        if opens and (first in STOP or first in IMPERATIVES or " " not in name):
            name = re.sub(r"^\S+\s*(?:[a-z]+\s)*", "", name)
        name = _POSSESSIVE.sub("", name)
        if len(name) > 1 and name.lower() not in STOP:
            found.append(name)
    return list(dict.fromkeys(found))


def proper_names(text: str) -> list[str]:
    """Names by spelling or capitals, common abbreviations left out; each once."""
    found = list(dict.fromkeys((*spelled_names(text), *capitalised_names(text))))
    whole = [name for name in found if not any(name != other and name in other for other in found)]
    return [name for name in whole if name.casefold() not in COMMON_ABBREVIATIONS]


def squeezed(name: str) -> str:
    """A name without case, accents, spacing and punctuation but for plus signs and stars, which tell variants apart.

    Greek letters are spelled out, as by those who cannot type them: π0 is "pi0".
    """
    if not name.isascii():
        name = "".join(map(_spoken, filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", name))))
    return _UNSPOKEN.sub("", name.casefold())


def _spoken(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return name.rsplit(" ", 1)[-1] if name.startswith("GREEK ") and " LETTER " in name else letter


def numbers(text: str) -> list[tuple[int, int]]:
    """Spans of the numbers in ``text``, digits first, then spelled ones."""
    folded = text.lower()
    words = folded if len(folded) == len(text) else text  # some capitals have no small letter of the same length
    return [m.span() for m in NUMBER.finditer(text)] + [m.span() for m in NUMBER_WORD.finditer(words)]
