"""Two papers side by side: who is meant by each side, and where they speak to the same point.

A comparison inside one paper ("InstructGPT vs the original GPT-3") is no business of this module: :func:`sides`
then finds no two papers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answers import Draft, Numbering, Passage
from assistant.evidence import absence, calling, reading, selection
from assistant.evidence import features as evidence
from assistant.evidence.features import Clause, Statistics
from assistant.evidence.reading import Sentence
from assistant.evidence.selection import Judge, Judged
from assistant.language import naming, terms
from assistant.questions import Question, Wants
from assistant.readers.builtin import wording
from ingest.papers import Paper

#: Passages among which the two sides are looked for.
CANDIDATES = 12
#: Below this a side is not taken to mean a paper; 1 is a title that holds every word of the side.
MEANT = 0.6
#: What a name is worth that an abstract uses more than once.
OFTEN = 0.9
#: Papers of the library, as a number and as a share of them all, that may mention a lone name before it stands for a
#: technique, such as PPO, rather than for a paper.
BEARERS, BEARING = 4, 0.01
#: What it is worth to be the first that the search finds for a side.
FOUND = 0.15
#: Content words from which a side is a description, to be met by the abstract as well as by the title.
DESCRIBED = 3
#: Sentences shown of each side.
EACH = 3
_LABELS = {
    Wants.FIGURE: "How much",
    Wants.REASON: "Why",
    Wants.MECHANISM: "How",
    Wants.DEFINITION: "What",
}


def sides(question: Question, passages: Sequence[Passage], statistics: Statistics) -> tuple[Paper, Paper] | None:
    """The two papers that the question's parts mean, in its order; None where they don't mean two."""
    papers = [p.paper for p in passages[:CANDIDATES]]
    if len(question.about) == 2:
        about = [p for p in papers if p.id in question.about]
        return (about[0], about[1]) if len(about) == 2 else None
    if len(papers) < 2 or question.about:
        return None
    if len(question.parts) < 2:
        return _namesakes(question, papers, statistics)
    if any(_stranger(part, papers) for part in question.parts[:2]) or _both(question.parts[:2], papers):
        return None
    if not all(_means_a_paper(part, papers, statistics) for part in question.parts[:2]):
        return _namesakes(question, papers, statistics)
    first, second = (_likeness(part, papers, statistics) for part in question.parts[:2])
    # The search looks for each side and puts what it finds best for them first, in their order.
    first[0] += FOUND
    second[1] += FOUND
    pairs = [(a, b) for a in range(len(papers)) for b in range(len(papers)) if a != b]
    a, b = max(pairs, key=lambda pair: first[pair[0]] + second[pair[1]])
    if first[a] < MEANT or second[b] < MEANT:
        return _namesakes(question, papers, statistics)
    return papers[a], papers[b]


def called(question: Question, passages: Sequence[Passage]) -> tuple[Paper, Paper] | None:
    """The two papers that the question calls by their own names, in its order; None where it calls more or fewer."""
    papers = [p.paper for p in passages[:CANDIDATES]]
    owners: dict[str, Paper] = {}
    for name in sorted(naming.names_in(question.text), key=question.text.find):
        own = [p for p in papers if _own(name, p)]
        if len(own) == 1:
            owners.setdefault(own[0].id, own[0])
    found = [*owners.values()]
    return (found[0], found[1]) if len(found) == 2 else None


def _own(name: str, paper: Paper) -> bool:
    """Whether the paper is called so: by its title, or by introducing the name and keeping to it.

    Two letters that a paper spells out, such as RL and KL, are nobody's name.
    """
    kept = len(name) > 2 and paper.abstract.count(name) > 1
    return naming.titled(name, paper.title) or (kept and calling.introduces(name, paper))


def _stranger(part: str, papers: Sequence[Paper]) -> bool:
    """Whether one side is but a name, and no paper found bears or mentions it."""
    names = naming.names_in(part)
    return len(names) == 1 and names[0] == part.strip() and not naming.bearing(names, papers).any()


def _both(parts: Sequence[str], papers: Sequence[Paper]) -> bool:
    """Whether the title of one paper has the words of both sides: "Combining Induction and Transduction"."""
    stems = [set(terms.content_stems(part)) for part in parts]
    titles = [set(terms.content_stems(paper.title)) for paper in papers]
    return all(stems) and any(all(own <= title for own in stems) for title in titles)


def _means_a_paper(part: str, papers: Sequence[Paper], statistics: Statistics) -> bool:
    """Whether one side of a comparison can mean a paper: half the field writes of "PPO", and no paper is called so."""
    names = naming.names_in(part)
    # A compound is one word here: "full fine-tuning" describes no paper.
    if len([w for w in part.split() if terms.content_stems(w)]) >= DESCRIBED:
        return True
    if not names:
        stems = set(terms.content_stems(part))
        # One word without a capital, such as "baseline", stands in too many titles.
        return (len(stems) > 1 or part[:1].isupper()) and any(
            stems <= set(terms.content_stems(p.title)) for p in papers
        )
    if any(_alone_titled(n, papers) or any(naming.titled(n, p.title) for p in papers) for n in names):
        return True
    return not all(_common(n, statistics) for n in names)


def _alone_titled(name: str, papers: Sequence[Paper]) -> bool:
    """Whether a name of several words stands in the title of one paper only: "Rubric Anchors"."""
    return " " in name and sum(naming.mentions(name, paper.title) for paper in papers) == 1


def _common(name: str, statistics: Statistics) -> bool:
    found = min((statistics.document_frequency(stem) for stem in terms.content_stems(name)), default=0)
    return found > max(BEARERS, BEARING * statistics.n_documents)


def _namesakes(question: Question, papers: Sequence[Paper], statistics: Statistics) -> tuple[Paper, Paper] | None:
    """The first two papers whose own name is the one that the question mentions."""
    for name in naming.names_in(question.subject):
        if _common(name, statistics):
            continue
        own = [p for p in papers if float(naming.bearing([name], [p])[0]) >= naming.IN_TITLE]
        if len(own) >= 2:
            return own[0], own[1]
    return None


def _likeness(part: str, papers: Sequence[Paper], statistics: Statistics) -> list[float]:
    """How far each paper is the one that ``part`` means, by name, title and abstract; better found papers first."""
    asked = evidence.clause(part, (), statistics)
    total = sum(asked.weights.values()) or 1.0
    names = naming.names_in(part)
    # A lone name is met by the paper that bears it, never by one that happens to share the word.
    described = len(asked.weights) >= DESCRIBED
    likeness = []
    for place, paper in enumerate(papers):
        read = reading.read(paper)
        titled = [w for s, w in asked.weights.items() if s in read.title]
        in_title = sum(titled) / total if len(titled) > 1 else 0.0
        anywhere = sum(w for s, w in asked.weights.items() if s in read.vocabulary) / total
        called = _called(names or (part,), paper, statistics)
        words = max(in_title, anywhere if described else 0.0) if len(asked.weights) > 1 and not called else 0.0
        likeness.append(max(called, words) + 0.1 * (in_title + 1 / (1 + place)))
    return likeness


def _called(names: Sequence[str], paper: Paper, statistics: Statistics) -> float:
    """How surely the paper bears one of the names: by its title, or because its abstract keeps using it."""
    often = max((len(re.findall(rf"(?<![\w-]){re.escape(n)}(?![\w+*])", paper.abstract)) for n in names), default=0)
    rare = any(calling.calls(name, paper, statistics) for name in names)
    return max(float(naming.bearing(names, [paper])[0]), OFTEN if often > 1 or rare else 0.0)


def read(
    question: Question, papers: tuple[Paper, Paper], judge: Judge, numbering: Numbering, confidence: float
) -> Draft:
    """A table with one row a point that both speak to, and a line for what only one of them says."""
    asked = judge.ask(question)
    judged = [judge.judge(asked, paper) for paper in papers]
    rows = _rows(asked, judged)
    numbers = [numbering.number_of(p.id) for p in papers]
    citations: list[wording.Line] = []
    head = " | ".join(f"{wording.cell(wording.plain(p.title))} [{n}]" for p, n in zip(papers, numbers, strict=True))
    table = [f"| | {head} |", "|---|---|---|"]
    for label, ordinals in rows:
        cells = []
        for side, ordinal in zip(judged, ordinals, strict=True):
            line = (
                wording.quote(side.reading, [ordinal], numbering)[0]
                if ordinal is not None
                else wording.Line("says nothing of this")
            )
            citations.append(line)
            cells.append(wording.cell(line.text))
        table.append(f"| {label} | {' | '.join(cells)} |")
    return Draft("\n".join(table), True, confidence, wording.citations(citations))


def _rows(asked: tuple[Clause, tuple[Clause, ...]], judged: Sequence[Judged]) -> list[tuple[str, list[int | None]]]:
    whole, parts = asked
    asks = list(parts) or [whole]
    used: list[set[int]] = [set(), set()]
    rows: list[tuple[str, list[int | None]]] = []
    for place, clause in enumerate(asks[: EACH - 1]):
        row = [_pick(side, place if parts else None, clause, seen) for side, seen in zip(judged, used, strict=True)]
        _note(row, used)
        rows.append((_label(clause), row))
    while len(rows) < EACH:
        row = [_pick(side, None, None, seen) for side, seen in zip(judged, used, strict=True)]
        _note(row, used)
        if None in row:
            break
        rows.append(("Also", row))
    return rows


def _note(row: Sequence[int | None], used: Sequence[set[int]]) -> None:
    for ordinal, seen in zip(row, used, strict=True):
        if ordinal is not None:
            seen.add(ordinal)


def _pick(side: Judged, place: int | None, clause: Clause | None, seen: set[int]) -> int | None:
    """The best sentence not shown yet; None where the clause wants a figure that the sentence doesn't give."""
    scores = (
        side.whole
        if place is None
        else tuple(p + selection.WHOLE * w for p, w in zip(side.parts[place], side.whole, strict=True))
    )
    free = [i for i in range(len(scores)) if i not in seen]
    if not free:
        return None
    best = max(free, key=scores.__getitem__)
    return None if clause is not None and _silent(clause, side.reading.sentences[best]) else best


def _silent(clause: Clause, sentence: Sentence) -> bool:
    """Whether the clause wants a figure that the sentence doesn't give."""
    if Wants.FIGURE not in clause.wants:
        return False
    return not sentence.numbers or absence.counted(clause, [sentence]) == 1.0


def _label(clause: Clause) -> str:
    return next((label for slot, label in _LABELS.items() if slot in clause.wants), "On this")
