"""What was changed in a sentence when it is laid beside the source's own.

Looked for: a number or name in another's place, two sides of a comparison exchanged, a negation added or taken away,
a word turned into its opposite, an "only" that the source hasn't. Each rule speaks only where both sides are
recognisably about the same thing, since elsewhere a difference may be mere rewording.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from assistant.language.opposites import DOWN, UP
from assistant.verification.wording import Sort, Unit

#: Share of the sentence's words that must run alike before another number or name in a place means anything.
ALIKE = 0.75
#: Units around a negator that it may bear upon.
REACH = 3
#: After "not" these make it no negation: not only, not merely.
NO_NEGATION = frozenset("onli just mere simpli sole necessarili".split())  # noqa: SIM905
#: Stems that compare, in favour of what stands before them and against it; "short" is that of "falls short of".
_WINS = frozenset("outperform surpass exceed beat superior better".split())  # noqa: SIM905
_LOSES = frozenset("wors inferior underperform short behind lag trail".split())  # noqa: SIM905
_ONLY = frozenset("onli sole exclus alon just mere".split())  # noqa: SIM905
#: Stems that say without a negator what one says with it: training-free, an absence, a deficient mouse.
_ABSENT = frozenset("free non zero absenc absent defici devoid knockout".split())  # noqa: SIM905
_PREFIXES = ("in", "un", "im", "ir", "dis", "non")
#: A stem shorter than this is no word with a prefix: "form" in "inform".
SHORTEST_STEM = 5

NEGATION = "a negation was added or left out"
OPPOSITE = "the source says the opposite"
Row = Sequence[Unit]


def contradiction(claim: Row, source: Row) -> str:
    """What was changed, as a reason for a person, or nothing."""
    rules: tuple[Callable[[Row, Row], str], ...] = (_exchanged, _misplaced, _compared, _turned, _prefixed, _narrowed)
    return next((reason for rule in rules if (reason := rule(claim, source))), "")


def _exchanged(claim: Row, source: Row) -> str:
    """A number or name in the place of another, in a sentence that otherwise runs like the source's."""
    words = [u.key for u in claim if u.sort is Sort.WORD]
    theirs = [u.key for u in source if u.sort is Sort.WORD]
    if not words or _matched(words, theirs) < ALIKE * len(words):
        return ""
    numbers = [u.key for u in claim if u.sort is Sort.NUMBER]
    if not _in_order(numbers, [u.key for u in source if u.sort is Sort.NUMBER]):
        return "the numbers do not stand as in the source"
    names = {u.key for u in source if u.sort is Sort.NAME}
    for tag, i1, i2, j1, j2 in _aligned(claim, source):
        own, others = ({u.key for u in row if u.sort is Sort.NAME} for row in (claim[i1:i2], source[j1:j2]))
        if tag == "replace" and own and others and own <= names - others:
            return "the names do not stand as in the source"
    return ""


def _misplaced(claim: Row, source: Row) -> str:
    """A number given to one name that the source, in the same breath, gives to another: 5 on A, 3 on B."""
    named = {u.key for u in claim if u.sort is Sort.NAME}
    own, theirs = _segments(claim), _segments(source)
    for segment in own:
        for number in _keys(segment, Sort.NUMBER):
            at = [s for s in theirs if number in _keys(s, Sort.NUMBER)]
            elsewhere = [s for s in theirs if s not in at and _keys(s, Sort.NUMBER)]
            for name in _keys(segment, Sort.NAME):
                others = [_keys(s, Sort.NAME) - named for s in at]
                given = any(name in _keys(s, Sort.NAME) for s in at)
                if at and all(others) and not given and any(name in _keys(s, Sort.NAME) for s in elsewhere):
                    return "the source gives this number to something else"
    return ""


def _compared(claim: Row, source: Row) -> str:
    """The two sides of a comparison exchanged, or its outcome turned round."""
    own, theirs = {u.key for u in claim}, {u.key for u in source}
    for good, bad in ((_WINS, _LOSES), (_LOSES, _WINS)):
        if own & good and not own & bad and theirs & bad and not theirs & good and not _negators(claim):
            return OPPOSITE
    before, after = _sides(claim)
    left, right = _sides(source)
    if before and after and before != after and (before, after) == (right, left):
        return "the source has the two sides the other way round"
    return ""


def _turned(claim: Row, source: Row) -> str:
    """A negation or an opposite on one side only, between stretches that both sides share."""
    own, theirs = _heads(claim), _heads(source)
    denied, denied_there = {claim[i].key for i in own}, {source[j].key for j in theirs}
    for tag, i1, i2, j1, j2 in _aligned(claim, source):
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                if (i in own and not _near_negator(source, j)) or (j in theirs and not _near_negator(claim, i)):
                    return NEGATION
        elif _negated(claim, i1, i2, source[max(0, j1 - REACH) : j2 + REACH], denied_there) or _negated(
            source, j1, j2, claim[max(0, i1 - REACH) : i2 + REACH], denied
        ):
            return NEGATION
        elif tag == "replace" and _opposite([u.key for u in claim[i1:i2]], [u.key for u in source[j1:j2]]):
            return OPPOSITE
    return ""


def _prefixed(claim: Row, source: Row) -> str:
    """Sensitive for insensitive, or the other way round."""
    if _negators(claim) or _negators(source):
        return ""
    own, theirs = {u.key for u in claim}, {u.key for u in source}
    for one, other in ((own - theirs, theirs - own), (theirs - own, own - theirs)):
        if any(p + key in other for key in one if len(key) >= SHORTEST_STEM for p in _PREFIXES):
            return NEGATION
    return ""


def _narrowed(claim: Row, source: Row) -> str:
    """An "only" that the source hasn't."""
    if any(u.key in _ONLY for u in source) or not any(u.key == "onli" for u in claim):
        return ""
    return "the source does not say 'only'"


def _aligned(claim: Row, source: Row) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, [u.key for u in claim], [u.key for u in source], autojunk=False).get_opcodes()


def _negated(row: Row, start: int, end: int, other: Row, denied: set[str]) -> bool:
    """Whether little but a negator was put in at ``row[start:end]``, and the other side denies nothing of the kind."""
    own = row[start:end]
    if len(own) > REACH or not _negators(own) or any(u.parted for u in own[1:]):
        return False
    if _negators(other) or any(u.key in _ABSENT for u in other):
        return False
    return not any(u.key in denied for u in row[start : end + REACH])


def _heads(row: Row) -> set[int]:
    """Places of the first content unit within reach of each negator, in the same clause."""
    heads: set[int] = set()
    for at, unit in enumerate(row):
        if unit.sort is not Sort.NEGATOR or (at + 1 < len(row) and row[at + 1].key in NO_NEGATION):
            continue
        for place in range(at + 1, min(len(row), at + 1 + REACH)):
            if row[place].parted:
                break
            if row[place].content and row[place].sort is not Sort.NEGATOR:
                heads.add(place)
                break
    return heads


def _near_negator(row: Row, place: int) -> bool:
    """Whether a negator stands close by: "does not need labels" and "needs no labels" say the same."""
    return _negators(row[max(0, place - REACH) : place + REACH])


def _negators(row: Row) -> bool:
    return any(unit.sort is Sort.NEGATOR for unit in row)


def _opposite(own: Sequence[str], theirs: Sequence[str]) -> bool:
    if len(own) > REACH or len(theirs) > REACH:
        return False
    mine, others = set(own), set(theirs)
    up, down = bool(mine & UP), bool(mine & DOWN)
    return (up and not down and bool(others & DOWN) and not others & UP) or (
        down and not up and bool(others & UP) and not others & DOWN
    )


def _sides(row: Row) -> tuple[str, str]:
    """The nearest number or name on each side of the first stem that compares; nothing in the passive voice."""
    at = next((i for i, u in enumerate(row) if u.key in _WINS), None)
    if at is None or (at + 1 < len(row) and row[at + 1].key == "by"):
        return "", ""
    slots = (Sort.NUMBER, Sort.NAME)
    before = next((u.key for u in reversed(row[:at]) if u.sort in slots), "")
    return before, next((u.key for u in row[at:] if u.sort in slots), "")


def _segments(row: Row) -> list[list[Unit]]:
    """The row cut at punctuation and at "and"."""
    parts: list[list[Unit]] = [[]]
    for unit in row:
        if unit.parted or unit.key == "and":
            parts.append([])
        parts[-1].append(unit)
    return [part for part in parts if part]


def _keys(row: Row, sort: Sort) -> set[str]:
    return {unit.key for unit in row if unit.sort is sort}


def _matched(own: Sequence[str], theirs: Sequence[str]) -> int:
    return sum(block.size for block in SequenceMatcher(None, own, theirs, autojunk=False).get_matching_blocks())


def _in_order(own: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether ``own`` is what is left of ``theirs`` when some are struck out."""
    rest = iter(theirs)
    return all(key in rest for key in own)
