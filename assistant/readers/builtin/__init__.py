"""The reader that needs no model: it answers by choosing the abstracts' own sentences.

Knows no prompt and no search; passages come ready, and for questions about the whole library a search is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from assistant.answers import Draft, Numbering, Passage
from assistant.evidence import calling, confidence, dispute, features, membership, notions, reading
from assistant.evidence.meaning import Meaning
from assistant.evidence.membership import Member
from assistant.evidence.rarity import Frequencies
from assistant.evidence.reading import Reading, Sentence
from assistant.evidence.selection import Judge, Judged, foremost
from assistant.language import naming, phrases, terms
from assistant.questions import LISTING_SLOTS, Kind, Question, Wants
from assistant.readers.builtin import alike, compare, dissent, notion, point, premise, survey
from assistant.readers.builtin.refusal import otherwise, refuse
from assistant.readers.builtin.wording import plain
from assistant.verification import Verifier
from ingest.papers import Filters, Paper

if TYPE_CHECKING:
    from ingest.library import Library

#: Passages that a point question looks into.
LOOKED_INTO = 3
#: Passages among which the paper that a question calls by its name is looked for.
CALLED_AMONG = 8
#: Below this the best paper is one candidate among several; a passage's score is the chance that it is the right one.
OBVIOUS = 0.3
#: How likely it is that papers found to be like another are so.
ALIKE = 0.9
#: How likely a question is answered whose premise the abstract denies.
DENIED = 0.1
_GREETING = (
    "Ask me about the papers in this library: what a method is, how it works, how much it gains, or which papers do "
    "something."
)


class Search(Protocol):
    """What finds papers: :class:`assistant.retrieval.Retriever` does."""

    def search(self, question: Question | str, *, limit: int = 10, filters: Filters = ...) -> list[Passage]: ...


class BuiltinReader:
    """Answers from the passages' own sentences; the same question over the same library gets the same answer."""

    name = "builtin"

    def __init__(self, library: Library, search: Search | None = None) -> None:
        self.library = library
        self._search = search
        # Only an embedder with a vector a token makes single words cheap to compare.
        self.meaning = Meaning(library.embedder, words=hasattr(library.embedder, "token_vectors"))
        self._frequencies = Frequencies(library)
        self.judge = Judge(self._frequencies, self.meaning)
        self._verifier = Verifier()

    def prepare(self, papers: Sequence[Paper]) -> None:
        """Read the papers beforehand: whatever is kept of a paper once a question has come to it."""
        self.judge.prepare(papers)
        for paper in papers:
            reading.names(paper)
            features.own_traits(paper)
            dispute.disputes(paper)

    def read(self, question: Question, passages: Sequence[Passage], numbering: Numbering) -> Draft:
        """The answer to ``question`` from ``passages``, best first, or a refusal.

        Raises the errors of :mod:`ingest.errors` where the library can't be read.
        """
        if question.kind is Kind.SMALLTALK:
            return Draft(_GREETING, answered=True, confidence=1.0)
        self._frequencies.refresh()
        if self._search and (like := self._like(question, passages)):
            nearest = self._search.search(alike.query(like), limit=alike.NEAREST + 1, filters=question.filters)
            return alike.read(like, nearest, self.judge, numbering, ALIKE)
        listed = question.kind in (Kind.SURVEY, Kind.COUNT) and not any(
            calling.is_title(question, p.paper) for p in passages[:CALLED_AMONG]
        )
        if listed or question.order:
            question = survey.with_organization(question, self.library)
            return survey.read(question, self._wide(question, passages), self.judge, self.library, numbering)
        if not passages:
            return refuse([], 0.0)
        question, passages, sides = self.settled(question, passages)
        if sides:
            return compare.read(question, sides, self.judge, numbering, confidence.compared())
        return self._point(question, passages, numbering)

    def _point(self, question: Question, passages: Sequence[Passage], numbering: Numbering) -> Draft:
        judged = self.judged(question, passages)
        if first := self._beforehand(question, passages, judged, numbering):
            return first
        sure = confidence.probability(question, judged, passages, self.judge)
        if sure < confidence.threshold():
            return refuse(judged, sure)
        best = judged[0].paper
        if (lone := self._somebody_elses(question, best)) is not None:
            return refuse(judged, DENIED, why=f"No paper here is called {plain(lone)}.")
        if meaning := self._abbreviation(question, passages, best):
            return point.quoted(*meaning, numbering, sure)
        if denial := premise.denied(question, judged[0], self.judge.ask(question)[0], self._verifier):
            return otherwise(best, best.abstract[denial.start : denial.end], DENIED)
        name = calling.named(question, judged[0], self._frequencies)
        if max(passages[0].score, name) < OBVIOUS:
            likely = [p for p in passages[: point.CANDIDATES] if p.score >= point.LIKELY * passages[0].score]
            draft = point.candidates(self.judged(question, likely, len(likely)), numbering, sure)
        else:
            draft = point.read(question, judged, numbering, sure, called=name >= 1.0)
        strangers = calling.unmentioned(question, [p.paper for p in passages])
        draft = replace(draft, notes=(*draft.notes, *(f"No paper found mentions {plain(n)}." for n in strangers)))
        # Who asks what one paper says is told what it says.
        if name >= 1.0 or not draft.answered or question.language != "en":
            return draft
        return dissent.added(draft, self.judge.ask(question)[0], passages, self.meaning, numbering)

    def _beforehand(
        self, question: Question, passages: Sequence[Passage], judged: Sequence[Judged], numbering: Numbering
    ) -> Draft | None:
        """What is said whatever the passages' chances: of a question for a notion, or for nothing at all."""
        if not question.about and not terms.content_stems(question.text):
            return refuse([], DENIED, why="The question names nothing to look for; name a method, a paper or a topic.")
        if not (wanted := self._notion(question, passages)):
            return None
        speaking = notion.papers(wanted, question, self.library)
        if notion.unspoken(wanted, speaking, self.library):
            return refuse(judged, notion.UNSPOKEN, why=f"No paper here speaks of “{plain(wanted)}”.")
        return notion.read(wanted, speaking, numbering) if notions.explained(question) else None

    def _notion(self, question: Question, passages: Sequence[Passage]) -> str:
        """The notion that is asked for, where it is no paper's own; empty for none."""
        wanted = notions.asked(question)
        first = [reading.read(p.paper) for p in passages[:CALLED_AMONG]] if wanted else []
        return "" if any(notions.owned(wanted, one) for one in first) else wanted

    def _like(self, question: Question, passages: Sequence[Passage]) -> Paper | None:
        """The paper that the question wants others like, by its name or from the conversation."""
        if not phrases.ALIKE.search(question.text):
            return None
        papers = [p.paper for p in passages[:CALLED_AMONG]]
        if question.about:
            return next((paper for paper in papers if paper.id in question.about), None)
        names = calling.names_of(question)
        return next((paper for paper in papers if any(calling.owns(name, paper) for name in names)), None)

    def _somebody_elses(self, question: Question, best: Paper) -> str | None:
        """The name by which a listing's facts are asked for, where it is not the paper's own but only mentioned."""
        if question.about or not set(question.wants) & LISTING_SLOTS:
            return None
        lone = calling.lone_name(question)
        return None if lone is None or calling.owns(lone, best) else lone

    def _abbreviation(
        self, question: Question, passages: Sequence[Passage], best: Paper
    ) -> tuple[Reading, Sentence] | None:
        """A sentence that spells out the lone abbreviation that is asked for, where it is not the paper's own name."""
        lone = calling.lone_name(question) if Wants.DEFINITION in question.wants and not question.about else None
        if lone is None or naming.titled(lone, best.title) or calling.introduces(lone, best):
            return None
        readings = [reading.read(p.paper) for p in passages]
        return next(((r, s) for r in readings if (s := calling.spelled_out(lone, r))), None)

    def members(self, question: Question) -> tuple[list[Member], Sequence[Passage]]:
        """The papers that belong in the answer to a question about many, likeliest first, and what was looked through.

        Raises the errors of :mod:`ingest.errors` where the library can't be read.
        """
        self._frequencies.refresh()
        question = survey.with_organization(question, self.library)
        passages = self._wide(question, ())
        return membership.members(question, passages, self.judge)[0], passages

    def settled(
        self, question: Question, passages: Sequence[Passage]
    ) -> tuple[Question, Sequence[Passage], tuple[Paper, Paper] | None]:
        """A question about two papers with these first; what compares nothing between papers is a point question."""
        two = question.kind is Kind.COMPARE or len(question.about) == 2
        sides = compare.sides(question, passages, self._frequencies) if two else None
        if not sides and not question.about:
            sides = compare.called(question, passages)
        if sides:
            return replace(question, kind=Kind.COMPARE), foremost(passages, sides), sides
        question = replace(question, kind=Kind.POINT)
        return question, self._called_first(question, passages), None

    def _called_first(self, question: Question, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The passages, a paper that the question calls by its own name first.

        Words around a name ("when was … listed") or in another language can outweigh it in the search.
        """
        if question.about:
            return passages
        first = next(
            (p.paper for p in passages[:CALLED_AMONG] if calling.called(question, p.paper, self._frequencies)), None
        )
        # "UCB for predictive state representations" means no paper that spells UCB out in passing.
        if first is None or (calling.lone_name(question) is None and calling.speaks(passages[0].paper, question)):
            return passages
        return foremost(passages, [first])

    def confidence(self, question: Question, passages: Sequence[Passage]) -> float:
        """The probability, 0..1, that the passages answer the question, whoever reads them."""
        if not passages:
            return 0.0
        self._frequencies.refresh()
        question, passages, sides = self.settled(question, passages)
        if sides:
            return confidence.compared()
        wanted = self._notion(question, passages)
        speaking = notion.papers(wanted, question, self.library) if wanted else []
        if wanted and notion.unspoken(wanted, speaking, self.library):
            return notion.UNSPOKEN
        return confidence.probability(question, self.judged(question, passages), passages, self.judge)

    def judged(self, question: Question, passages: Sequence[Passage], most: int = LOOKED_INTO) -> list[Judged]:
        """The first passages' papers, each sentence scored; those the conversation is about alone, if it is."""
        looked = passages[: len(question.about) or most]
        asked = self.judge.ask(question)
        self.meaning.prepare([reading.read(p.paper) for p in looked])
        return [self.judge.judge(asked, p.paper, parts=place == 0) for place, p in enumerate(looked)]

    def _wide(self, question: Question, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The passages for a question about many papers: more than a point question needs, or those spoken of."""
        if question.about:
            return [p for p in passages if p.paper.id in question.about]
        if self._search is None:
            return passages
        return self._search.search(question, limit=survey.WIDEST, filters=question.filters)
