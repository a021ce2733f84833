"""A follow-up made whole: what "it", "the second one" or "And 2023?" means, from the conversation so far.

Rules, no model. The papers of a conversation are those its turns cite; where an answer from elsewhere cites none,
its words are searched for in the library. A question that names another paper, or needs nothing from before, is
left as it is. Knows no reader.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from assistant.answers import Filters, Passage, Turn
from assistant.language import courtesy, dates, naming, phrases, terms, wishes
from assistant.questions import Kind, Question, analyse, is_topic, reworded
from ingest.papers import Paper

#: Exchanges looked back over for what a conversation is about.
LOOK_BACK = 3
#: Answers looked back over for a second paper, or for a list, where several are meant.
FAR_BACK = 8
#: Papers looked at for a name that earlier turns mention.
CLOSE = 4
#: A search by an earlier turn's words must find a paper this surely for the conversation to be about it.
SURE = 0.35


class Search(Protocol):
    """What finds papers by words."""

    def search(self, question: Question | str, *, limit: int = 10, filters: Filters = ...) -> list[Passage]: ...


class Shelf(Protocol):
    """What hands out papers by id."""

    def get(self, ids: Sequence[str]) -> dict[str, Paper]: ...


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that stands alone, and the papers of the conversation that it is about (none for a new subject).

    ``asked`` is the question without the titles added to it.
    """

    text: str
    asked: str
    about: tuple[Paper, ...] = ()

    def understood(self, *, today: date) -> Question:
        """The question analysed by its own words, searched for with the titles."""
        question = analyse(self.asked, today=today)
        if len(self.about) > 1 and _HOW_MANY.match(self.asked):
            question = replace(question, kind=Kind.COUNT, subject="")
        elif len(self.about) > 1 and question.kind is Kind.POINT and question.filters != Filters():
            question = replace(question, kind=Kind.SURVEY)  # "only those since 2025"
        elif not self.about and is_topic(question):
            plain = wishes.about(question.text)
            question = replace(question, kind=Kind.SURVEY, subject=plain, sought=plain)
        if self.text != self.asked:
            question = reworded(question, self.text)
        return replace(question, about=tuple(paper.id for paper in self.about))


_OPENING = re.compile(
    r"^\W*(?:and|but|so|or|then|also|ok(?:ay)?|what about|how about|what if|which one|which of|now|y|et|und|aber|"
    r"pero|mais|那|那么|还有)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:it|its|itself|they|their|theirs|them|themselves|he|she|his|her|this|these|those|there|former|latter|"
    r"(?:about|of|in|for|with|on|to|from|like|by|than|is|was|does|did|do|train|learn) that\b(?! \w+s\b)|that(?=\W*$)|"
    r"^that|"
    r"(?:the|this|that) (?:same|paper|work|study|authors?|method|approach|model|algorithm|framework|dataset|benchmark|"
    r"idea|technique|system|result|other|others|one|two|three|first|second|third|fourth|fifth|last|latter|former)|"
    r"both|each of (?:them|these)|the others?|otherwise|instead|elsewhere|above|su|sus|eso|esto|ese|lo|cela|ça|"
    r"leurs?|dessen|deren|ihr|ihre|dies\w*)\b|它|其|他们|该|这个|这些|那个|那些",
    re.IGNORECASE,
)
#: Words that point at nothing before: "is there a …", "those who", "this year".
_EMPTY = re.compile(
    r"\b(?:is|was|does|would|will|can) (?:it|there)(?= (?:help|possible|true|known|any|a|an|some|work|like|matter|"
    r"better|worth|papers?|maths?|evidence|research))\b|\bthere (?:is|are|was|were)\b|\b(?:is|are|was|were) there\b|"
    r"\bthose who\b|\bthis (?:year|month|week|library|collection)\b|\beach other\b|\bthese days\b",
    re.IGNORECASE,
)
#: A part of something that must have been named before: "the RL side", "the first stage", "the baselines".
_PART = re.compile(
    r"\bthe (?:[\w-]+ ){0,2}(?:side|half|part|stage|step|phase|training|baselines?|loss|reward|experiments?|results?|"
    r"code|"
    r"dataset|benchmark|gains?|improvements?|authors?|limitations?|website)\b",
    re.IGNORECASE,
)
_PLACES = {
    "first": 0,
    "former": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "latter": -1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
}
_PLACED = re.compile(
    rf"\bthe ({'|'.join(_PLACES)})(?: (?:one|paper|work|study|result|entry))?(?=\W|$)(?! (?:stage|step|phase|part|"
    rf"author|token|layer|"
    r"half|term|time|round|case|year|training|loss|model|experiment|set|point|kind|type|thing))",
    re.IGNORECASE,
)
_BY_MARK = re.compile(
    r"(?<!\w)\[(\d{1,3})\]|\b(?:paper|number|no\.?|source|reference) #?(\d{1,2})\b|(?<!\w)#(\d{1,2})\b", re.IGNORECASE
)
_MARKS = re.compile(r"\s*\[[^\]\s]{1,12}\]")
_SEVERAL = re.compile(
    r"\b(?:both|they|them|their|these|those|each|which one|which of|the two|the others?|all of)\b|它们|他们",
    re.IGNORECASE,
)
#: Several papers for sure, where "they" may be the authors of one.
_PAPERS = re.compile(
    r"\b(?:both|the two|(?:these|those) (?:two|three|papers|works|ones|methods)|only (?:these|those)|"
    r"(?:each|one|which|any|some|all|none|many) of (?:them|these|those|the two)|compare (?:them|these|those))\b",
    re.IGNORECASE,
)
#: Two papers for sure; otherwise a list that was given.
_TWO = re.compile(r"\b(?:both|the two|(?:these|those) two|compare (?:them|these|those))\b", re.IGNORECASE)
#: How many papers the last answer named: "how many are there?".
_HOW_MANY = re.compile(
    r"^\W*(?:(?:and|so|but) )?how many (?:(?:are|were) (?:there|they)|of (?:them|these|those)|is that|"
    r"in (?:all|total))\W*$",
    re.IGNORECASE,
)
#: Words and content words up to which a question that names nothing leans on what came before.
SHORT, FEW = 12, 1


def standalone(question: str, history: Sequence[Turn], search: Search, shelf: Shelf, *, today: date) -> Standalone:
    """``question`` as it would be asked without ``history``, with the papers it is about.

    The text keeps the question's words and adds the title of each paper meant, in quotation marks. Raises the
    errors of :mod:`ingest.errors` where the library can't be read.
    """
    text = courtesy.stripped(" ".join(question.split()))
    if not history or phrases.SMALLTALK.fullmatch(text):
        return Standalone(text, text)
    if whole := _replaced(text, history, today):
        return Standalone(whole, whole)
    if not leans(text):
        return Standalone(text, text)
    marked = _by_mark(text, history)
    spoken = [shelf.get([i]).get(i) for i in marked] if marked else _spoken_of(text, history, search, shelf)
    papers = [paper for paper in spoken if paper is not None]
    if not papers or (not marked and _points_elsewhere(text, papers, search)):
        return Standalone(text, text)
    meant = papers if marked else _meant(text, papers)
    titles = " and ".join(f"“{paper.title}”" for paper in meant)
    return Standalone(f"{text} (about {titles})", text, tuple(meant))


def leans(text: str) -> bool:
    """Whether a question needs what came before: it points back, begins with "and", or is short and names nothing."""
    if _OPENING.match(text) or _BY_MARK.search(text) or _PLACED.search(text):
        return True
    if _POINTING.search(_EMPTY.sub(" ", text)):
        return True
    if terms.proper_names(text) or terms.quoted(text) or phrases.SURVEY.search(text) or phrases.COUNT.search(text):
        return False
    return len(text.split()) <= SHORT and (len(terms.content_stems(text)) <= FEW or bool(_PART.search(text)))


def _replaced(text: str, history: Sequence[Turn], today: date) -> str:
    """ "And 2023?" after "which papers from 2024 …?": the earlier question with its time phrase exchanged."""
    bare = _OPENING.sub("", text).strip(" ,?!.")
    year = re.fullmatch(r"(?:in|from|for|of)?\s*((?:19|20)\d{2})", bare, re.IGNORECASE)
    phrase = f"in {year.group(1)}" if year else bare
    when = dates.read(f"papers {phrase}", today=today) if phrase else None
    if when is None or not when.bounded or terms.content_stems(when.rest):
        return ""
    earlier = next((turn.text for turn in reversed(history) if turn.role == "user"), "")
    before = dates.read(earlier, today=today)
    if not before.bounded and not phrases.SURVEY.search(earlier) and not phrases.COUNT.search(earlier):
        return ""
    return f"{before.rest.rstrip(' ?.!')} {phrase}?"


def _by_mark(text: str, history: Sequence[Turn]) -> list[str]:
    """Ids of the papers that the question calls by their marks: "[2]", "paper 2"."""
    marks = [int(next(filter(None, m.groups()))) for m in _BY_MARK.finditer(text)]
    known: dict[int, str] = {}
    for turn in history:
        known |= turn.sources
    return [known[mark] for mark in marks if mark in known]


def _spoken_of(text: str, history: Sequence[Turn], search: Search, shelf: Shelf) -> list[Paper]:
    """The papers that the last answer with any is about, in order of first mention.

    Where the question means several and that is about one: the last two spoken of, or the last list that was given.
    """
    several = bool(_PAPERS.search(text) or _PLACED.search(text))
    answers = [turn for turn in history if turn.role == "assistant"]
    found: list[Paper] = []
    for turn in reversed(answers[-(FAR_BACK if several else LOOK_BACK) :]):
        new = _cited(turn, shelf)
        if new and (not several or len(new) > 1):
            return new
        found = [*new, *(p for p in found if p.id not in {q.id for q in new})]
        if len(found) > 1 and _TWO.search(text):
            return found
    return found or _searched(history, search)


def _cited(turn: Turn, shelf: Shelf) -> list[Paper]:
    ids = [turn.sources[number] for number in sorted(turn.sources, key=lambda n: _first_mention(turn.text, n))]
    papers = shelf.get(ids) if ids else {}
    return [papers[key] for key in ids if key in papers]


def _first_mention(text: str, number: int) -> int:
    place = text.find(f"[{number}]")
    return place if place >= 0 else len(text) + number


def _searched(history: Sequence[Turn], search: Search) -> list[Paper]:
    """The paper that the last exchanges speak of, found by their words: one called by its name, else the surest."""
    spoken = [_MARKS.sub("", turn.text) for turn in history[-2 * LOOK_BACK :]]
    answers = " ".join(turn.text for turn in history[-2 * LOOK_BACK :] if turn.role == "assistant")
    found = [search.search(" ".join(words), limit=CLOSE) for words in (spoken[-2:], spoken)]
    for passages in found:
        for passage in passages:
            if _named(passage.paper, answers):
                return [passage.paper]
    # All that was said finds a paper better than the last exchange alone, unless the subject has changed.
    for passages in reversed(found):
        if passages and passages[0].score >= SURE:
            return [passages[0].paper]
    return []


def _named(paper: Paper, text: str) -> bool:
    """Whether ``text`` calls the paper by its title or its own name."""
    if terms.squeezed(paper.title) in terms.squeezed(text):
        return True
    names = [name for name in terms.proper_names(text) if len(name) > 1]
    return any(float(naming.bearing([name], [paper])[0]) >= naming.OWN for name in names)


def _points_elsewhere(text: str, papers: Sequence[Paper], search: Search) -> bool:
    """Whether the question names what is another paper's own, and not a word of the conversation's papers."""
    known = terms.squeezed(" ".join(f"{p.title} {p.abstract}" for p in papers))
    foreign = [name for name in naming.names_in(text) if terms.squeezed(name) not in known]
    if not foreign:
        return False
    others = [p.paper for p in search.search(text, limit=3)]
    return any(float(naming.bearing([name], [paper])[0]) >= naming.IN_TITLE for name in foreign for paper in others)


def _meant(text: str, papers: Sequence[Paper]) -> list[Paper]:
    """Which of the papers: the one in the place named, all of them for "both" and "which of them", else the first."""
    if placed := _PLACED.search(text):
        place = _PLACES[placed.group(1).lower()]
        if -len(papers) <= place < len(papers):
            return [papers[place]]
    if len(papers) > 1 and (_SEVERAL.search(text) or _HOW_MANY.match(text)):
        return list(papers)
    return [papers[0]]
