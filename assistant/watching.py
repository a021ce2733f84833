"""What is new on a topic: the papers listed since a day that belong to it, each with the sentence that shows it.

Which papers belong is the built-in reader's judgement, as for a question about many papers, but a digest comes
unasked: it tells a paper only where it more likely belongs than not, and shares a word with the topic or was found
beyond doubt. Remembers nothing: a Watch says since when, and which papers were told before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal, get_args

from assistant.answering import Answerer, check, combine
from assistant.answers import Citation, Digest, Filters, Finding, Numbering, Passage, Section, Watch
from assistant.errors import UsageError
from assistant.evidence import membership
from assistant.evidence.membership import Member
from assistant.language import terms
from assistant.questions import Kind, Question, analyse
from assistant.readers.builtin import wording
from assistant.readers.builtin.survey import WIDEST

Order = Literal["relevant", "newest"]
#: How likely a paper must belong to be told, and how surely it must be found that shares no word with the topic.
LIKELY, BEYOND_DOUBT = 0.5, 0.3


def digest(
    answerer: Answerer, watches: Iterable[Watch], *, limit: int, order: Order = "relevant", filters: Filters
) -> Digest:
    """A section for each watch, of at most ``limit`` papers, most relevant or newest first.

    Raises UsageError for a topic that is empty or too long or an unknown order, and the errors of
    :mod:`ingest.errors`.
    """
    watches = list(watches)
    if order not in get_args(Order):
        raise UsageError(f"A digest's order is {' or '.join(get_args(Order))}, not '{order}'.")
    for watch in watches:
        check(watch.topic)
    numbering = Numbering()
    sections = tuple(_section(answerer, watch, numbering, limit, order, filters) for watch in watches)
    return Digest(answerer.today(), sections, _undated(answerer, filters) if watches else ())


def _section(
    answerer: Answerer, watch: Watch, numbering: Numbering, limit: int, order: Order, filters: Filters
) -> Section:
    wanted = replace(filters, since=max(watch.since, filters.since or watch.since))
    question = _asked(watch.topic, wanted, answerer.today())
    members, passages = answerer.builtin.members(question)
    by_id = {passage.paper.id: passage for passage in passages}
    stems = frozenset(membership.subject_stems(question))
    fresh = [
        member
        for member in members
        if member.paper.id not in watch.told and _worth_telling(member, by_id[member.paper.id], stems)
    ]
    if order == "newest":
        fresh.sort(key=lambda member: member.paper.listed or date.min, reverse=True)
    findings = tuple(
        Finding(_cited(member, numbering), member.probability, by_id[member.paper.id].duplicates)
        for member in fresh[:limit]
    )
    return Section(watch.topic, watch.since, findings, max(0, len(fresh) - limit), _cut(members, passages))


def _worth_telling(member: Member, passage: Passage, stems: frozenset[str]) -> bool:
    words = terms.content_stems(f"{member.paper.title} {member.paper.abstract}")
    return member.probability >= LIKELY and (passage.score >= BEYOND_DOUBT or not stems.isdisjoint(words))


def _asked(topic: str, filters: Filters, today: date) -> Question:
    """The topic as a question about many papers; one that is such a question already stays as it is."""
    asked = analyse(topic, today=today)
    if asked.kind is not Kind.SURVEY or membership.topicless(asked):
        asked = analyse(f"Which papers are about {topic.strip().rstrip('.?!')}?", today=today)
    return replace(asked, kind=Kind.SURVEY, order=None, filters=combine(filters, asked.filters))


def _cited(member: Member, numbering: Numbering) -> Citation:
    paper = member.paper
    number = numbering.number_of(paper.id)
    if member.best is None:
        return Citation(number, paper, "", 0, 0)
    sentence = member.judged.reading.sentences[member.best]
    return wording.cited(paper, number, sentence, wording.marked(wording.plain(sentence.text), [number]))


def _cut(members: Sequence[Member], passages: Sequence[Passage]) -> tuple[str, ...]:
    if len(passages) < WIDEST or not any(member.paper == passages[-1].paper for member in members):
        return ()
    return (f"Only the {WIDEST} likeliest papers were looked through; more may match.",)


def _undated(answerer: Answerer, filters: Filters) -> tuple[str, ...]:
    """A note of the papers that no digest can find, since nobody knows when they came."""
    others = replace(filters, since=None, until=None)
    count = sum(paper.listed is None for paper in answerer.library.papers(others))
    if not count:
        return ()
    return (f"{wording.count(count, 'paper')} without a date in the listing {'is' if count == 1 else 'are'} left out.",)
