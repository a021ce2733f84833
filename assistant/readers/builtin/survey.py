"""A question about many papers: one line a paper, in order of relevance or date, and how many there are in all."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from assistant.answers import Draft, Numbering, Passage
from assistant.evidence import membership
from assistant.evidence.membership import Member
from assistant.evidence.selection import Judge
from assistant.language import phrases
from assistant.questions import Kind, Question
from assistant.readers.builtin import listing, mentions, wording
from assistant.readers.builtin.refusal import refuse
from ingest.papers import admits

if TYPE_CHECKING:
    from ingest.library import Library
    from ingest.papers import Paper

#: Papers looked through for a question about many.
WIDEST = 60
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_NUMBER = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)})\b(?= (?:\w+ ){{0,3}}(?:papers|works|articles|studies)\b|\W*$)", re.IGNORECASE
)
#: Papers named where none belongs, and how likely it then is that some paper did.
NEAREST, UNLIKELY = 3, 0.1
#: How likely it is that a listing's own facts answer a question for them.
LISTED = 0.95
#: A name after a word that can lead to a maker; without a capital only after the two that mostly do.
_BY = re.compile(r"\b(?:(?:by|from|at|of)\s+(?=\S*[A-Z])|(?:by|from)\s+)([A-Za-z][\w&.-]{2,})(?=\W|$)")
#: Papers listed, at most, where an order or a date was asked for.
SHOWN = 20
#: A note where the listing does not say of any paper where it stands in the order asked for.
_UNPLACED = "The listing gives no {} for them: they stand in order of relevance."


def read(
    question: Question, passages: Sequence[Passage], judge: Judge, library: Library, numbering: Numbering
) -> Draft:
    """One line a paper that belongs, in order of relevance or as the question orders; how many there are first."""
    notes = _undated(question, library)
    if maker := _unknown_maker(question):
        return refuse([], UNLIKELY, why=f"The listing names no organization {wording.plain(maker)}.", notes=notes)
    if phrases.LEFT_OUT.search(question.text):
        nearest = [judge.judge(judge.ask(question), p.paper) for p in passages[:NEAREST]]
        return refuse(nearest, UNLIKELY, why="They tell what papers do, and rarely what they leave out.", notes=notes)
    words = mentions.asked(question)
    if membership.topicless(question):
        (members, total), sure = _listed(question, library, judge), LISTED
    elif words:
        papers = list(mentions.papers(words, question, library))
        members = [mentions.member(words, question, paper, judge) for paper in papers[:SHOWN]]
        total, sure = len(papers), LISTED
    else:
        found, sure = membership.members(question, passages, judge)
        members = _ordered(found, question.order)
        if found and question.order and not members:
            members, notes = found, (_UNPLACED.format("comments" if question.order == "discussed" else "date"),)
            question = replace(question, order=None)
        total = len(members)
        if len(passages) == WIDEST and any(m.paper == passages[-1].paper for m in members):
            notes += (f"Only the {WIDEST} likeliest papers were looked through; more may match.",)
    if not members:
        nearest = [judge.judge(judge.ask(question), p.paper) for p in passages[:NEAREST]]
        match = f"mentions {wording.plain(words)}" if words else "seems to match"
        why = f"None of the {wording.count(library.count(), 'paper')} {match}."
        return refuse(nearest, min(sure, UNLIKELY), why=why, notes=notes)
    shown = members[: _wanted(question)]
    lines = [_line(member, numbering, question) for member in shown]
    verb = "matches" if total == 1 else "match"
    opening = f"{total:,} of {wording.count(library.count(), 'paper')} {verb}:"
    text = "\n".join([opening, "", *(f"{i}. {line.text}" for i, line in enumerate(lines, start=1))])
    if total > len(shown):
        notes += (f"{total - len(shown):,} more match and are not shown.",)
    return Draft(text, True, sure, wording.citations(lines), notes=notes)


def with_organization(question: Question, library: Library) -> Question:
    """The question with a filter for the organization it names: "papers by Tencent"."""
    if question.filters.organization:
        return question
    known = [organization.casefold().split() for organization in library.organizations()]
    for match in _BY.finditer(question.subject):
        makers = [words for words in known if match.group(1).casefold() in words]
        if makers:
            rest = question.subject[match.end() :].split()
            # "By Princeton University": what goes on with the name is no subject.
            more = max(sum(1 for _ in takewhile(lambda word, own=own: _bare(word) in own, rest)) for own in makers)
            named = " ".join([match.group(1), *map(_bare, rest[:more])])
            subject = " ".join([question.subject[: match.start()], *rest[more:]])
            return replace(
                question, filters=replace(question.filters, organization=named), subject=" ".join(subject.split())
            )
    return question


def _bare(word: str) -> str:
    return word.strip(".,;:?!").casefold()


def _unknown_maker(question: Question) -> str | None:
    """Who is said to have made the papers, where nothing else is asked and the listing knows no such organization."""
    if question.filters.organization:
        return None
    match = next((m for m in _BY.finditer(question.subject) if m.group(1)[0].isupper()), None)
    if match is None:
        return None
    rest = " ".join(question.subject.replace(match.group(), " ").split())
    return match.group(1) if membership.topicless(replace(question, subject=rest)) else None


def _wanted(question: Question) -> int:
    """How many papers to show: "the oldest paper" wants one, "the newest five" five."""
    if match := _NUMBER.search(question.text):
        return min(SHOWN, max(1, _NUMBERS.get(match.group(1).lower()) or int(match.group(1))))
    return 1 if question.order and question.kind is Kind.POINT else SHOWN


def _line(member: Member, numbering: Numbering, question: Question) -> wording.Line:
    number = numbering.number_of(member.paper.id)
    when = (
        f" ({listing.date_of(member.paper)})"
        if (question.order or question.filters.since or question.filters.until) and member.paper.listed
        else ""
    )
    if member.best is None:
        text = wording.marked(f"{wording.title(member.paper)}{when}", [number])
        return wording.Line(text)
    sentence = member.judged.reading.sentences[member.best]
    shown = wording.marked(wording.plain(sentence.text), [number])
    citation = wording.cited(member.paper, number, sentence, shown)
    return wording.Line(f"{wording.title(member.paper)}{when}: {shown}", (citation,))


def _listed(question: Question, library: Library, judge: Judge) -> tuple[list[Member], int]:
    """The first papers that pass the question's filters, where it names no subject, and how many pass.

    Where the conversation is about some, these alone.
    """
    asked, total = judge.ask(question), 0
    spoken_of = [p for p in library.get(question.about).values() if admits(question.filters, p)]

    def papers() -> Iterable[Paper]:
        return spoken_of if question.about else library.papers(question.filters)

    def passing() -> Iterator[Paper]:
        nonlocal total
        for paper in papers():
            if question.order is None or _place(paper, question.order) is not None:
                total += 1
                yield paper

    if question.order:
        order = question.order
        first = heapq.nlargest(SHOWN, passing(), key=lambda paper: _place(paper, order) or 0)
    else:
        first = list(islice(passing(), SHOWN))
        total = sum(1 for _ in papers())
    return [Member(judge.judge(asked, paper), LISTED) for paper in first], total


def _ordered(members: Sequence[Member], order: str | None) -> list[Member]:
    """The members in the order asked for; those whose place in it isn't known are left out."""
    if order is None:
        return list(members)
    known = [m for m in members if _place(m.paper, order) is not None]
    return sorted(known, key=lambda m: _place(m.paper, order) or 0, reverse=True)


def _place(paper: Paper, order: str) -> int | None:
    """Where the paper stands, higher first; None where the listing doesn't say."""
    if order == "discussed":
        return paper.comments
    if paper.listed is None:
        return None
    return paper.listed.toordinal() if order == "newest" else -paper.listed.toordinal()


def _undated(question: Question, library: Library) -> tuple[str, ...]:
    """A note of the papers that no question about time can find."""
    if not (question.filters.since or question.filters.until or question.order in ("newest", "oldest")):
        return ()
    others = replace(question.filters, since=None, until=None)
    without = sum(paper.listed is None for paper in library.papers(others))
    if not without:
        return ()
    verb = "is" if without == 1 else "are"
    return (f"{wording.count(without, 'paper')} without a date in the listing {verb} left out.",)
