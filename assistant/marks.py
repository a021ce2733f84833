"""A model's text as it streams in, and out again with only whole, valid marks and no foreign link.

What models write, and what comes out where the sources are 1 to 3::

    gains 4.3 % [1, 3]        gains 4.3 % [1][3]
    as shown【2†L3-L5】        as shown[2]
    in all [1-3] papers       in all [1][2][3] papers
    see [source 2] and [9].   see [2] and.
    ![x](https://a.b/?q=…)    (nothing)
    [code](https://a.b)       code                       unless the address stands in a source

Text may be cut anywhere, inside ``[1`` too: what can't be judged yet is held back, so that the pieces put out are
the same whatever the cuts were. Knows no paper: whoever makes the stream says which numbers stand for what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

#: Longest bracket that is waited for, and longest link, in characters.
LONGEST_BRACKET = 200
LONGEST_LINK = 2_000
#: Widest range of marks that is spelled out: [1-9] is nine marks, [1-2024] isn't a mark at all.
WIDEST_RANGE = 20
_BRACKETS = str.maketrans({"【": "[", "】": "]", "［": "[", "］": "]", "〔": "[", "〕": "]"})
_WORD = r"(?:(?:sources?|papers?|passages?|abstracts?|documents?|refs?|references?|citations?|no|nr)\b[.:]?\s*|[#^№])"
_NUMBER = rf"{_WORD}?\d{{1,6}}(?:\s?†[^\],;]*)?"
_MARK = re.compile(rf"\s*\[?\s*{_NUMBER}(?:\s*(?:[,;&–—-]|to|and)\s*{_NUMBER})*\s*\]?\s*", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)(?:\s?†[^\],;]*)?\s*(?:[–—-]|to)\s*(\d+)|(\d+)(?:\s?†[^\],;]*)?")
#: A mark that was begun and never closed.
_UNCLOSED = re.compile(r"\[[ \t]*\d[\d \t,;–—-]*(?=\n|\Z)")
#: Elements that a page might render; other words between angle brackets are names of tokens and the like. A comment may
#: end where it begins: browsers take <!--> and <!---> for whole ones.
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|audio|b|base|big|body|br|button|center|code|details|div|em|embed|font|form|frame|h[1-6]|"
    r"head|hr|html|i|iframe|img|input|li|link|main|math|meta|object|ol|option|p|picture|pre|s|script|section|select|"
    r"small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|th|thead|tr|u|ul|video)"
    r"(?:[\s/][^<>]*)?/?>|<!--(?:-?>|.*?-->)",
    re.IGNORECASE | re.DOTALL,
)
_TAG_START = re.compile(r"<[/!a-zA-Z]")
_URL = re.compile(rf"(?:https?://|www\.)(?P<rest>[^\s<>\"'`)\]}}|]{{1,{LONGEST_LINK}}})", re.IGNORECASE)
_URL_STARTS = ("https://", "http://", "www.")
#: The first character at which something may begin that has to be judged.
_TRIGGER = re.compile(r"!?\[|<|https?://|www\.", re.IGNORECASE)
#: What stands for a link that no source contains.
REMOVED = "(link removed)"
_TRAILING = ".,;:!?"


class MarkStream:
    """Text in, text out, mark by mark.

    ``number`` says what is shown for a mark that the model wrote, or None for one that stands for nothing.
    ``allowed`` are the addresses that may stay.
    """

    def __init__(self, number: Callable[[int], int | None], allowed: Collection[str] = ()) -> None:
        self._number = number
        self._allowed = frozenset(_plain(url) for url in allowed)
        self._buffer = ""
        self._space = ""
        self._run: list[int] = []
        self._gap = False
        self._begun = False

    def feed(self, piece: str) -> str:
        """What can be shown now that ``piece`` has come."""
        self._buffer += piece.translate(_BRACKETS)
        return self._drain(final=False)

    def close(self) -> str:
        """What was still held back; white space at the end is dropped."""
        rest = self._drain(final=True)
        self._space = ""
        return rest

    def _drain(self, *, final: bool) -> str:
        out: list[str] = []
        while self._buffer:
            found = _TRIGGER.search(self._buffer)
            start = found.start() if found else self._held(final)
            out.append(self._plain_text(self._buffer[:start]))
            self._buffer = self._buffer[start:]
            if found is None or not self._judge(out, final):
                break
        return "".join(out)

    def _held(self, final: bool) -> int:
        """Where the end of the buffer may be the beginning of an address or an image."""
        if final:
            return len(self._buffer)
        if self._buffer.endswith("!"):
            return len(self._buffer) - 1
        tail = self._buffer[1 - len(_URL_STARTS[0]) :].lower()
        for length in range(len(tail), 0, -1):
            if any(start.startswith(tail[-length:]) for start in _URL_STARTS):
                return len(self._buffer) - length
        return len(self._buffer)

    def _judge(self, out: list[str], final: bool) -> bool:
        """Deal with what the buffer begins with; False where more text is needed first."""
        if self._buffer[0] == "<":
            return self._tag(out, final)
        if self._buffer[0] in "![":
            return self._bracket(out, final)
        return self._address(out, final)

    def _tag(self, out: list[str], final: bool) -> bool:
        found = _TAG.match(self._buffer)
        if found and found.end() <= LONGEST_LINK:
            self._buffer = self._buffer[found.end() :]
            return True
        comment = "<!--".startswith(self._buffer[:4])
        waiting = len(self._buffer) < 2 or comment or _TAG_START.match(self._buffer)
        ended = ("-->" if comment else ">") in self._buffer or len(self._buffer) > LONGEST_LINK
        if waiting and not ended and not final:
            return False
        self._take(out, 1)
        return True

    def _address(self, out: list[str], final: bool) -> bool:
        found = _URL.match(self._buffer)
        if found is None:  # "www." or "http://" with nothing after it
            if not final and len(self._buffer) <= len(_URL_STARTS[0]):
                return False
            self._take(out, 4)
            return True
        if found.end() == len(self._buffer) and not final and len(found["rest"]) < LONGEST_LINK:
            return False
        url = found.group().rstrip(_TRAILING)
        self._buffer = self._buffer[len(url) :]
        out.append(self._plain_text(url if _plain(url) in self._allowed else REMOVED))
        return True

    def _bracket(self, out: list[str], final: bool) -> bool:
        image = self._buffer[0] == "!"
        opening = 2 if image else 1
        closing = _matching(self._buffer, opening - 1, "[]", LONGEST_BRACKET)
        if closing is None:
            if not final and not self._given_up(LONGEST_BRACKET):
                return False
            unclosed = _UNCLOSED.match(self._buffer)
            if unclosed and (final or unclosed.end() < len(self._buffer)):
                self._buffer = self._buffer[unclosed.end() :]
                self._gap = True
                return True
            self._take(out, opening)
            return True
        if closing + 1 == len(self._buffer) and not final:
            return False
        inner = self._buffer[opening:closing]
        if self._buffer[closing + 1 : closing + 2] == "(":
            end = _matching(self._buffer, closing + 1, "()", LONGEST_LINK)
            if end is None and not final and not self._given_up(LONGEST_LINK, closing):
                return False
            if end is not None:
                self._link(out, inner, self._buffer[closing + 2 : end], image)
                self._buffer = self._buffer[end + 1 :]
                return True
        return self._marks(out, inner, opening, closing)

    def _marks(self, out: list[str], inner: str, opening: int, closing: int) -> bool:
        if _MARK.fullmatch(inner):
            self._buffer = self._buffer[closing + 1 :]
            out.append(self._shown(inner))
        else:
            self._take(out, opening)
        return True

    def _link(self, out: list[str], inner: str, target: str, image: bool) -> None:
        url = target.strip().partition(" ")[0].strip("<>")
        if _MARK.fullmatch(inner):
            out.append(self._shown(inner))
        elif not image:
            text = MarkStream(self._number, self._allowed).whole(inner)
            out.append(self._plain_text(f"[{text}]({url})" if _plain(url) in self._allowed else text))

    def _shown(self, inner: str) -> str:
        numbers = [self._number(n) for n in _numbers(inner)]
        fresh = [n for n in dict.fromkeys(numbers) if n is not None and n not in self._run]
        if not fresh:
            self._gap = True
            return ""
        self._run.extend(fresh)
        return self._spaced() + "".join(f"[{n}]" for n in fresh)

    def _plain_text(self, text: str) -> str:
        """``text``, with white space held back until it is known that no dropped mark follows it."""
        if not text:
            return ""
        stripped = text.lstrip()
        self._space += text[: len(text) - len(stripped)]
        if not stripped:
            return ""
        if self._gap and stripped[0] in ".,;:!?)":
            self._space = ""
        shown = self._spaced()
        body = stripped.rstrip()
        self._space = stripped[len(body) :]
        self._run.clear()
        return shown + body

    def _spaced(self) -> str:
        space, self._space = self._space, ""
        if not self._begun:
            space = ""
        elif self._gap:
            space = re.sub(r"[ \t]+(?=\n|[ \t])", "", space)
        self._gap, self._begun = False, True
        return space

    def _take(self, out: list[str], length: int) -> None:
        out.append(self._plain_text(self._buffer[:length]))
        self._buffer = self._buffer[length:]

    def _given_up(self, longest: int, since: int = 0) -> bool:
        return "\n" in self._buffer[since:] or len(self._buffer) - since > longest

    def whole(self, text: str) -> str:
        """All of ``text`` at once."""
        return self.feed(text) + self.close()


def _matching(text: str, start: int, pair: str, longest: int) -> int | None:
    """Where the bracket that opens at ``start`` closes, on the same line; None where it doesn't."""
    depth = 0
    for at in range(start, min(len(text), start + longest)):
        if text[at] == "\n":
            return None
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return at
    return None


def _numbers(inner: str) -> list[int]:
    found: list[int] = []
    for first, last, alone in _RANGE.findall(re.sub(r"†[^\],;]*", "", inner)):
        low, high = (int(alone), int(alone)) if alone else (int(first), int(last))
        found += range(low, high + 1) if high - low < WIDEST_RANGE else ()
    return found


def _plain(url: str) -> str:
    """An address as compared: without scheme, "www." and a slash at the end, host and path in small letters."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.strip().lower()).rstrip("/" + _TRAILING)
