r"""TeX to readable Unicode: commands, accents, groups, scripts and formulas. Knows nothing of pages, quotes or links.

::

    T\"ULU                      TÜLU
    H$^{\mathbf{3}}$DP          H³DP
    T_{2}^*-weighted            T₂*-weighted
    {\Delta}knowledge           Δknowledge
    $O(n\log n)$                O(n log n)
    (\eg, $k=1$)                (e.g., k=1)

pylatexenc's tables say what a symbol or an accent looks like; the reading around them is done here, because its
own conversion takes "%" for the start of a comment and drops every command that it does not know, with the text
after it. Nothing is dropped here: an unknown command leaves its name, an unpaired brace or dollar stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.listing.symbols import (
    ACCENT_NAMES,
    DOUBLE_STRUCK,
    FUNCTIONS,
    LETTERS,
    SWITCHES,
    SYMBOLS,
    TEXT_MARKS,
    code_point,
    is_known,
    symbol,
)

_SPECIAL = re.compile(r"[\\{$^_~]")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?|\\(.)", re.DOTALL)
_FORMULA = re.compile(r"(\${1,2})((?:\\.|[^$\\]){1,400}?)\1(?!\$)", re.DOTALL)
_PLAIN_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_TEX_MARK = re.compile(r"[\\^_{}]")

_ACCENT_MARKS = "\"'`^~=."
_ACCENTED = re.compile(r"\{\\?([^\W\d_])\s?\}|\\([ij])(?![A-Za-z])\s?|([^\W\d_])")
_SPACED_LETTER = re.compile(r" ([A-Za-z])")
_ACCENT_LETTERS = "cvuHkrdbt"
_SPACES, _NOTHING = " ,;:", "!-/@"
_ABBREVIATIONS = {
    "eg": "e.g.",
    "ie": "i.e.",
    "etc": "etc.",
    "etal": "et al.",
    "cf": "cf.",
    "wrt": "w.r.t.",
    "vs": "vs.",
}
_SUPERSCRIPTS = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPTS = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_RAISED = frozenset("*′°⊤†‡™∗⋆")
_BROKEN_BRACE = re.compile(r"(\d{1,2})([A-Z]{2,}\w*)")
_FORMULA_CHARS = 400
#: Groups nested deeper than any author writes are left as they are, so that no text can exhaust the stack.
_MAX_DEPTH = 40


def untex(text: str) -> str:
    """``text`` with its TeX turned into Unicode; what is no TeX stays as it is. Never raises."""
    return _Reader(text).read(0, len(text), math=False, depth=0) if _SPECIAL.search(text) else text


class _Reader:
    """One text, its braces paired beforehand; an escaped brace pairs with nothing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pairs = _pair_braces(text)

    def read(self, start: int, end: int, *, math: bool, depth: int) -> str:
        """The span as Unicode."""
        if depth > _MAX_DEPTH:
            return self.text[start:end]
        parts: list[str] = []
        while (found := _SPECIAL.search(self.text, start, end)) is not None:
            parts.append(self.text[start : found.start()])
            before = next((part[-1] for part in reversed(parts) if part), "")
            piece, start = self._special(found.start(), end, before, math, depth)
            parts.append(piece)
        parts.append(self.text[start:end])
        return "".join(parts)

    def _special(self, at: int, end: int, before: str, math: bool, depth: int) -> tuple[str, int]:
        char = self.text[at]
        if char == "\\":
            return self._command(at, end, before, math, depth)
        if char == "{":
            return self._group(at, end, math, depth)
        if char == "$":
            return self._formula(at, end, depth)
        if char == "~":
            return (" " if math else "~"), at + 1
        return self._script(at, end, before, math, depth)

    def _group(self, at: int, end: int, math: bool, depth: int) -> tuple[str, int]:
        close = self.pairs.get(at, end)
        if close >= end:
            return "{", at + 1
        inner = self.read(at + 1, close, math=math, depth=depth + 1)
        # A group in prose is TeX only if it holds some: {\Delta} is, {True, False} and {"a": 1} are not.
        is_tex = math or "\\" in self.text[at:close] or close == at + 1
        return (inner if is_tex else f"{{{inner}}}"), close + 1

    def _formula(self, at: int, end: int, depth: int) -> tuple[str, int]:
        found = _FORMULA.match(self.text, at, end)
        if found is None or not _is_formula(found[2], self.text[found.end() : found.end() + 1]):
            return "$", at + 1
        return self.read(found.start(2), found.end(2), math=True, depth=depth + 1), found.end()

    def _argument(self, at: int, end: int, math: bool, depth: int) -> tuple[str | None, int]:
        """The group that begins at ``at``, or None."""
        close = self.pairs.get(at, end) if at < end and self.text[at] == "{" else end
        if close >= end:
            return None, at
        return self.read(at + 1, close, math=math, depth=depth + 1), close + 1

    def _script(self, at: int, end: int, before: str, math: bool, depth: int) -> tuple[str, int]:
        char = self.text[at]
        if not math and not (before and (before.isalnum() or before in ")]}*+′")):
            return char, at + 1
        content, after = self._argument(at + 1, end, True, depth)
        if content is None:
            token = re.compile(r"\\[A-Za-z]+|[^\\\s{}$]" if math else _bare(char)).match(self.text, at + 1, end)
            if token is None or (not math and char == "_" and not before.isupper()):
                return char, at + 1
            content, after = self.read(token.start(), token.end(), math=True, depth=depth + 1), token.end()
        return _scripted(char, content), after

    def _command(self, at: int, end: int, before: str, math: bool, depth: int) -> tuple[str, int]:
        found = _COMMAND.match(self.text, at, end)
        if found is None:
            return "\\", at + 1
        name, mark = found[1], found[2]
        after = found.end()
        if mark is not None:
            return self._mark(mark, after, end, math, depth)
        if name in _ABBREVIATIONS:
            written = _ABBREVIATIONS[name]
            return (written[:-1] if self.text[after : after + 1] == "." else written), after
        if name in SWITCHES:
            blank = self.text[after : after + 1] == " " and not math
            return "", after + blank
        spaced = _SPACED_LETTER.match(self.text, after, end)
        if spaced and not math and (name in _ACCENT_LETTERS or name in LETTERS):
            accented = symbol(f"\\{name}{{{spaced[1]}}}") if name in _ACCENT_LETTERS else ""
            return (accented, spaced.end()) if accented else (symbol(f"\\{name}") or found[0], after + 1)
        if spaced and name.startswith("math"):
            return _written(name, [spaced[1]], math), spaced.end()
        return self._with_arguments(found, end, before, math, depth)

    def _with_arguments(self, found: re.Match[str], end: int, before: str, math: bool, depth: int) -> tuple[str, int]:
        name, after = found[1], found.end()
        arguments, after = self._arguments(name, after, end, math, depth)
        if not arguments and not math and (before.isalnum() or before in ("", ":", "\\")) and not is_known(name):
            return found[0], after  # no TeX but a path, or an expression with backslashes
        if name in FUNCTIONS and not arguments:
            return (" " if before.isalnum() else "") + name + (
                " " if self.text[after : after + 1].isalnum() else ""
            ), after
        if name in TEXT_MARKS and self.text[after : after + 1] == " ":
            after += 1
        return _written(name, arguments, math), after

    def _arguments(self, name: str, at: int, end: int, math: bool, depth: int) -> tuple[list[str], int]:
        arguments: list[str] = []
        optional = re.compile(r"\[[^\[\]{}$]{0,80}\](?=\{)").match(self.text, at, end)
        at = optional.end() if optional and name not in ("item",) else at
        while len(arguments) < 3:
            argument, after = self._argument(at, end, math, depth)
            if argument is None:
                break
            arguments.append(argument)
            at = after
        return arguments, at

    def _mark(self, mark: str, after: int, end: int, math: bool, depth: int) -> tuple[str, int]:
        """A backslash with what is no letter behind it."""
        if mark in "%&_#${}":
            return mark, after
        if mark in "([":
            close = self.text.find("\\" + ("]" if mark == "[" else ")"), after, min(end, after + _FORMULA_CHARS))
            if close > 0:
                return self.read(after, close, math=True, depth=depth + 1), close + 2
        if mark in _ACCENT_MARKS and not math:
            return self._accent(mark, after, end)
        if mark in _NOTHING:
            return "", after
        if mark in _SPACES or mark in "\\\n":
            return " ", after
        return ("‖", after) if mark == "|" else ("\\" + mark, after)

    def _accent(self, mark: str, after: int, end: int) -> tuple[str, int]:
        found = _ACCENTED.match(self.text, after, end)
        letter = (found[1] or found[2] or found[3]) if found else ""
        written = symbol(f"\\{mark}{{{letter}}}") if letter else ""
        return (written, found.end()) if found and written else ("\\" + mark, after)


def _pair_braces(text: str) -> dict[int, int]:
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for found in re.finditer(r"\\.|[{}]", text, re.DOTALL):
        if found[0] == "{":
            stack.append(found.start())
        elif found[0] == "}" and stack:
            pairs[stack.pop()] = found.start()
    return pairs


def _is_formula(content: str, after: str) -> bool:
    """Whether what stands between two dollars is a formula, and not prose between two prices."""
    words = len(_PLAIN_WORD.findall(content))
    if content != content.strip():
        return words == 0 and bool(_TEX_MARK.search(content))
    if _TEX_MARK.search(content) or not any(char.isalnum() for char in content):
        return True
    return not after.isdigit() and words < 2


def _bare(char: str) -> str:
    """A script in prose without braces: R^3, c^*, T_2; but not ReST^EM nor x_train."""
    return r"\d{1,3}(?!\w)|\d(?=[A-Z])|\*" if char == "^" else r"\d(?!\w)"


def _scripted(char: str, content: str) -> str:
    content = content.strip()
    if char == "^" and content == "∘":
        content = "°"
    if broken := _BROKEN_BRACE.fullmatch(content):
        return _scripted(char, broken[1]) + broken[2]
    if content in _RAISED:
        return "*" if content in "∗⋆" else content
    table = _SUPERSCRIPTS if char == "^" else _SUBSCRIPTS
    if content and all(ord(c) in table for c in content):
        return content.translate(table)
    return char + (content if content.isalnum() or len(content) < 2 else f"({content})")


def _written(name: str, arguments: list[str], math: bool) -> str:
    """A command with its arguments, already read."""
    if not arguments:
        return SYMBOLS[name] if name in SYMBOLS and (math or len(name) > 1) else _bare_command(name, math)
    first, *rest = arguments
    if len(rest) == 1 and name in _OF_TWO:
        return _OF_TWO[name](first, rest[0])
    if not rest and name in _OF_ONE:
        return _OF_ONE[name](first)
    if not rest and len(first) == 1 and (name in ACCENT_NAMES or name in _ACCENT_LETTERS):
        return symbol(f"\\{name}{{{first}}}") or first
    joined = " ".join(arguments)
    if name.startswith(("cite", "ref", "eqref", "cref", "label")):
        return f"[{joined}]"
    shown = SYMBOLS.get(name) or symbol("\\" + name) if len(name) > 1 and name not in _OF_TWO else ""
    return shown + joined


def _fraction(above: str, below: str) -> str:
    return f"{_bracketed(above)}/{_bracketed(below)}"


_OF_TWO: dict[str, Callable[[str, str], str]] = {
    "frac": _fraction,
    "dfrac": _fraction,
    "tfrac": _fraction,
    "nicefrac": _fraction,
    "href": lambda link, text: f"{text} ({link})",
    "textcolor": lambda _, text: text,
    "begin": lambda _, text: f" {text}",
}
_OF_ONE: dict[str, Callable[[str], str]] = {
    "mathbb": lambda text: "".join(DOUBLE_STRUCK.get(char, char) for char in text),
    "textsuperscript": lambda text: _scripted("^", text),
    "textsubscript": lambda text: _scripted("_", text),
    "begin": lambda _: " ",
    "end": lambda _: " ",
    "footnote": lambda text: f" ({text})",
    "thanks": lambda text: f" ({text})",
    "sqrt": lambda text: f"√{_bracketed(text)}",
    "unicode": code_point,
}


def _bare_command(name: str, math: bool) -> str:
    if name == "deg" and not math:
        return "°"
    known = symbol("\\" + name)
    if known:
        return known
    return name if math or len(name) > 1 else "\\" + name


def _bracketed(text: str) -> str:
    return text if text.isalpha() or text.replace(".", "").isdecimal() else f"({text})"
