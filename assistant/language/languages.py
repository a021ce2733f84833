"""Which language a question is in, and the English for the words of research that it uses.

A glossary of a few hundred words (``glossary.json``), not a translation: names, numbers and cognates carry most of
a question to the English abstracts, and these words the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

#: Function words by which a language shows.
FUNCTION_WORDS = {
    "es": frozenset(
        [
            "qué",
            "que",
            "cuál",
            "cuáles",
            "cómo",
            "cuánto",
            "cuántos",
            "cuánta",
            "dónde",
            "cuándo",
            "quién",
            "por",
            "para",
            "los",
            "las",
            "del",
            "una",
            "con",
            "se",
            "en",
            "el",
            "la",
            "un",
            "es",
            "y",
            "de",
            "son",
            "según",
            "logran",
            "entre",
        ]
    ),
    "fr": frozenset(
        [
            "quel",
            "quelle",
            "quels",
            "quelles",
            "est-ce",
            "comment",
            "combien",
            "pourquoi",
            "où",
            "quand",
            "qui",
            "les",
            "des",
            "une",
            "dans",
            "avec",
            "pour",
            "sur",
            "est",
            "sont",
            "du",
            "au",
            "et",
            "le",
            "la",
            "de",
            "un",
            "par",
            "ce",
            "cette",
            "entre",
        ]
    ),
    "de": frozenset(
        [
            "welche",
            "welcher",
            "welches",
            "wie",
            "was",
            "warum",
            "wann",
            "wer",
            "wo",
            "wieviele",
            "der",
            "die",
            "das",
            "und",
            "ist",
            "sind",
            "ein",
            "eine",
            "einer",
            "mit",
            "für",
            "auf",
            "im",
            "von",
            "zu",
            "bei",
            "nach",
            "den",
            "dem",
            "des",
            "nicht",
            "wird",
            "werden",
        ]
    ),
    "en": frozenset(
        [
            "what",
            "which",
            "how",
            "why",
            "when",
            "who",
            "where",
            "the",
            "a",
            "an",
            "of",
            "in",
            "to",
            "and",
            "is",
            "are",
            "does",
            "do",
            "did",
            "for",
            "with",
            "it",
            "its",
            "on",
            "that",
            "by",
            "from",
            "was",
            "were",
        ]
    ),
}


def language(text: str) -> str:
    """``zh``, ``ja``, ``es``, ``fr``, ``de`` or ``en``, from script and function words."""
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    if len(re.findall(r"[\u4e00-\u9fff]", text)) >= 2:
        return "zh"
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())
    counts = {code: sum(word in known for word in words) for code, known in FUNCTION_WORDS.items()}
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["en"] else "en"


def gloss(text: str, code: str) -> str:
    """The English for the words of ``text``, in language ``code``, that the glossary knows; empty for English."""
    words = _glossary().get(code)
    if not words:
        return ""
    if code == "zh":
        # Longest first, each stretch once: no spaces part the words.
        pattern = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
        return " ".join(words[m.group()] for m in pattern.finditer(text))
    return " ".join(words[word] for word in re.findall(r"[^\W\d_]+", text.lower()) if word in words)


@lru_cache(maxsize=1)
def _glossary() -> Mapping[str, Mapping[str, str]]:
    return json.loads(files("assistant.language").joinpath("glossary.json").read_text(encoding="utf-8"))
