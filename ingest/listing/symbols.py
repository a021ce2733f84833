"""What single TeX commands look like. Knows nothing of the text around them.

pylatexenc's tables are asked first for accents and for every symbol that is not given here: here stand those that
it lacks, and those that it writes as nobody would search for them (``\\sim`` is "~", ``\\mathbb{R}`` "ℝ").
"""

from __future__ import annotations

import logging
import unicodedata
from functools import lru_cache

SYMBOLS = {
    "sim": "~", "ldots": "...", "dots": "...", "cdots": "...", "to": "→", "prime": "′", "circ": "∘", "ast": "*",
    "star": "*", "checkmark": "✓", "xmark": "✗", "euro": "€", "S": "§", "copyright": "©", "colon": ":", "mid": "|",
    "hbar": "ℏ", "eps": "ε", "epsilon": "ε", "lg": "log", "textbackslash": "\\", "textasciitilde": "~", "lbrace": "{",
    "rbrace": "}", "textbar": "|", "vert": "|", "Vert": "‖", "textsuperscript": "^", "textsubscript": "_", "top": "⊤",
    "quad": " ", "qquad": " ", "space": " ", "newline": " ", "par": " ", "linebreak": " ", "xspace": "", "item": " • ",
    "R": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ", "textquotesingle": "'", "bullet": "•", "LaTeX": "LaTeX",
    "TeX": "TeX",
}  # fmt: skip
FUNCTIONS = frozenset(["log", "ln", "lg", "exp", "max", "min", "sup", "inf", "arg", "argmax", "argmin", "sin", "cos"])
#: Commands that only change how what follows looks.
SWITCHES = frozenset([
    "bf", "it", "em", "rm", "tt", "sc", "sf", "sl", "cal", "frak", "small", "large", "footnotesize", "displaystyle",
    "textstyle", "limits", "nolimits", "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "noindent",
    "centering", "protect", "relax", "unboldmath", "boldmath", "mathrel", "mathbin", "mathop", "ensuremath",
])  # fmt: skip
#: Letters by name: the blank behind one only ends the name, "S\\o rensen" is Sørensen.
LETTERS = frozenset(["o", "O", "l", "L", "ss", "ae", "AE", "oe", "OE", "aa", "AA", "i", "j"])
TEXT_MARKS = frozenset(["textemdash", "textendash", "textquoteleft", "textquoteright", "textquotedblleft"])
DOUBLE_STRUCK = dict(zip("CEHNPQRZ", "ℂ𝔼ℍℕℙℚℝℤ", strict=True))
ACCENT_NAMES = frozenset(["hat", "tilde", "bar", "vec", "dot", "ddot", "acute", "grave", "breve", "check", "widehat"])


@lru_cache(maxsize=4096)
def symbol(tex: str) -> str:
    """What a symbol or an accented letter looks like; empty where pylatexenc does not know it."""
    from pylatexenc.latex2text import LatexNodes2Text  # 17 ms, needed by one abstract in ten

    # It logs a warning for each command that misses its argument; here a missing one is an answer.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    try:
        found = LatexNodes2Text(math_mode="text").latex_to_text(tex)
    except Exception:  # its parser raises many kinds on malformed input, and there is nothing to learn from them
        return ""
    # A command that writes its argument shows itself as "<%s>" or "<cit.>" when it is asked for alone.
    return "" if "%s" in found or "<" in found else unicodedata.normalize("NFC", found.strip())


def code_point(number: str) -> str:
    """The character of MathJax's ``x2013`` or ``8211``."""
    try:
        return chr(int(number[1:], 16) if number[:1] == "x" else int(number))
    except (ValueError, OverflowError):
        return number


def is_known(name: str) -> bool:
    """Whether a command has a look of its own."""
    return name == "deg" or (len(name) > 1 and (name in SYMBOLS or name in FUNCTIONS or bool(symbol("\\" + name))))
