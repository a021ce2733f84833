r"""An abstract or a title as listed, made readable. Knows nothing of pages or papers.

Listings carry the TeX that authors typed, and lose parts of it: dollars, backslashes, spaces around links::

    20\%   Models~(LLMs)   ``forwards''   2--5times   66.3 %rightarrow73.4 %   researchhttps://github.com/...
    20%    Models (LLMs)   “forwards”     2–5×        66.3 %→73.4 %            research https://github.com/...

Prose keeps its dollars, percent signs, underscores and braces; links and addresses are never touched.
"""

from __future__ import annotations

import re
import unicodedata

from ingest.listing.tex import untex

_LINK = re.compile(r"(?:https?://|www\.)(?:\\[_%#&~]|[^\s<>\"{}|^`\\])+", re.IGNORECASE)
_LINK_ESCAPE = re.compile(r"\\([_%#&~])")
_TRAILING = ".,;:!?'\"’”»*"
_GLUED_LINK = re.compile(r"(?<=[A-Za-z0-9.,;:!?)])(?=https?://)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,190}")
#: The private-use characters that stand for links while the rest is worked on.
_PLACEHOLDERS = range(0xE000, 0xF8FF)

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ENTITY = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#39);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " ", "#39": "'"}
_RESIDUE = re.compile(
    r"[\\$^_~{}`]|''|--|\dtimes|\dpm\d|rrow|varepsilon|leq|geq|infty|cdot|approx\d|sim\d|[a-z][.!?][A-Z]"
)

_STYLES = "math(?:bf|cal|bb|rm|it|sf|tt|frak|scr)|text(?:bf|it|tt|sc|rm|sf)|emph|operatorname|boldsymbol|underline"
#: What remains of "$2\times$" and the like when dollars and backslashes are lost.
_LOST = (
    (re.compile(r"(?<=\d)\s?\\?times(?=\d|\W|$)(?<!\stimes)"), "×"),
    (re.compile(r"(?<=\d)pm(?=\d)"), "±"),
    (re.compile(r"(?<![\w\\])(?:approx)(?=\d)"), "≈"),
    (re.compile(r"(?<![\w\\])sim(?=\d)"), "~"),
    (
        re.compile(
            r"(?<![A-Za-z\\])(?=(?:(?:left|right|leftright|Right|long|up|down)(?:right)?arrow|varepsilon|leq|geq|infty|cdot)(?![a-z]))"
        ),
        "\\\\",
    ),
    (re.compile(rf"(?<![A-Za-z\\])(?=(?:{_STYLES})\{{)"), r"\\"),
)
_QUOTES = (
    (re.compile(r"(?<!\\)``(?=\S)|(?<!\S)''(?=\w[^']{0,80}[\"”])"), "“"),
    (re.compile(r"(?<=[^\s\\])''|''(?=[\s.,;:)]|$)"), "”"),
    (re.compile(r"“([^“”\"]{1,300})\""), r"“\1”"),
    (re.compile(r"(?<![\\`\w])`([^`'\s](?:[^`']{0,120}?[^`'\s])?)'(?![\w'])"), r"‘\1’"),
)
_DASHES = (
    (re.compile(r"(?<!-)---(?!-)"), "—"),
    (re.compile(r"(?<=[\w)\]%.”’] )--(?= )|(?<=[\w)\]%”’])--(?=[\w(“‘\\$])"), "–"),
)
# A tilde ties words together; between digits it is a range, and before a number "about".
_TIE = re.compile(r"(?<=[\w)\].,:;%”’}])~(?=[\w(\[\\$“‘{])(?<!\d~(?=\d))")
_STARTERS = (
    "We|The|In|This|Our|However|To|Furthermore|Moreover|Specifically|Experiments|Extensive|Code|It|These|Finally"
)
_GLUED_SENTENCE = re.compile(rf"(?:(?<=[a-z]{{3}}[.!?])|(?<=[A-Za-z0-9]\)\.))(?=(?:{_STARTERS})(?:[\s,]|$))")


def readable(raw: str) -> str:
    """``raw`` as readable Unicode on one line: TeX resolved, quotes and dashes set, glued links freed. Never raises."""
    text = _UNSEEN.sub("", _SURROGATE.sub("\ufffd", unicodedata.normalize("NFC", raw)))
    text = _ENTITY.sub(lambda found: _ENTITIES[found[1]], _GLUED_LINK.sub(" ", text))
    if _RESIDUE.search(text):
        text = _resolved(text)
    return " ".join(text.split())


def links(raw: str) -> tuple[str, ...]:
    """The links of the text, each once, in order, without the punctuation that follows them."""
    text = _GLUED_LINK.sub(" ", raw)
    return tuple(dict.fromkeys(_link(found[0])[0] for found in _LINK.finditer(text)))


def _link(found: str) -> tuple[str, str]:
    """The link itself, its TeX escapes resolved, and what follows it without being part of it."""
    link = found
    while link and (
        link[-1] in _TRAILING or (link[-1] in ")]" and link.count("(["[link[-1] == "]"]) < link.count(link[-1]))
    ):
        link = link[:-1]
    return _LINK_ESCAPE.sub(r"\1", link), found[len(link) :]


def _resolved(text: str) -> str:
    """The text without residue. Links and addresses are set aside: their tildes and underscores are their own."""
    kept: dict[str, str] = {}
    free = (chr(code) for code in _PLACEHOLDERS if chr(code) not in text)

    def keep(found: re.Match[str]) -> str:
        link, after = _link(found[0]) if found.re is _LINK else (found[0], "")
        placeholder = next(free, None)
        if placeholder is None:
            return found[0]
        kept[placeholder] = link
        return placeholder + after

    text = _ADDRESS.sub(keep, _LINK.sub(keep, text))
    for pattern, written in (*_LOST, *_QUOTES, (_TIE, " ")):
        text = pattern.sub(written, text)
    text = untex(text)
    for pattern, written in (*_DASHES, (_GLUED_SENTENCE, " ")):
        text = pattern.sub(written, text)
    return "".join(kept.get(char, char) for char in text) if kept else text
