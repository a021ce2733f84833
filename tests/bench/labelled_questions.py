"""What the built-in reader is fitted on: questions of a file, understood, found for, and told by features."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from assistant.answers import Passage, Turn
from assistant.conversation import standalone
from assistant.evaluation.questions import title_key
from assistant.evidence import calling, confidence, membership, reading
from assistant.evidence import features as evidence
from assistant.evidence.selection import foremost
from assistant.language import terms
from assistant.questions import Kind, Question, analyse
from assistant.readers.builtin import BuiltinReader
from assistant.readers.builtin.survey import WIDEST
from assistant.retrieval.retriever import Retriever
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper
from ingest.pipeline import ingest_pages

Array = NDArray[np.float64]
TODAY = date(2026, 11, 21)
#: What a near miss weighs that was made by cutting the evidence out, or by asking by a name of no paper.
CUT_WEIGHT, RENAMED_WEIGHT = 0.1, 0.4


@dataclass(frozen=True)
class Labelled:
    """A question of the file, understood, with what was found for it."""

    id: str
    kind: str
    question: Question
    gold: frozenset[str]
    facts: tuple[tuple[str, ...], ...]
    evidence: dict[str, str]
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Corpus:
    """A library with its labelled questions; ``main`` is the one whose questions set the thresholds."""

    library: Library
    retriever: Retriever
    items: tuple[Labelled, ...]
    main: bool

    def reader(self) -> BuiltinReader:
        return BuiltinReader(self.library, self.retriever)


@dataclass(frozen=True)
class Row:
    """Features with a label; ``made`` tells near misses made of the file's own questions, by cutting or renaming."""

    id: str
    x: tuple[float, ...]
    y: float
    made: bool = False
    main: bool = True
    weight: float = 1.0


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def holds(text: str, alternatives: Sequence[str]) -> bool:
    return any(fold(a) in fold(text) for a in alternatives)


def load(path: Path, library: Library, retriever: Retriever, name: str) -> list[Labelled]:
    found = []
    ids = {title_key(paper.title): paper.id for paper in library.papers()}
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        turns = tuple(Turn(role, text) for role, text in item.get("history") or ())
        whole = standalone(item["question"], turns, retriever, library, today=TODAY)
        question = retriever.spelled(whole.understood(today=TODAY))
        wide = question.kind in (Kind.SURVEY, Kind.COUNT)
        wordings = (question.gloss,) if question.gloss else ()
        passages = retriever.search(
            question, limit=WIDEST if wide else 8, filters=question.filters, extra_queries=wordings
        )
        found.append(
            Labelled(
                id=f"{name}:{item['id']}",
                kind=item["kind"],
                question=question,
                gold=frozenset(ids[title_key(t)] for t in item["gold"]),
                facts=tuple(tuple(f) for f in item["facts"]),
                evidence={ids[title_key(t)]: _quoted(text) for t, text in (item.get("evidence") or {}).items()},
                passages=tuple(foremost(passages, whole.about)),
            )
        )
    return found


def _quoted(evidence: str | Sequence[str]) -> str:
    return evidence if isinstance(evidence, str) else " ".join(evidence)


def lists(item: Labelled, papers: dict[str, Paper], reader: BuiltinReader) -> list[tuple[Array, Array]]:
    """For each gold paper the features of its sentences and, fact by fact, which of them hold it."""
    if item.kind in ("survey", "unanswerable"):
        return []
    asked = reader.judge.ask(item.question)[0]
    found = []
    for key in sorted(item.gold):
        read = reading.read(papers[key])
        held = [[holds(s.text, f) for s in read.sentences] for f in item.facts]
        if quote := item.evidence.get(key):
            held.append([fold(s.text) in fold(quote) or fold(quote) in fold(s.text) for s in read.sentences])
        kept = [row for row in held if any(row) and sum(row) <= 0.6 * len(row)]
        if kept:
            rows = evidence.features(asked, read, reader.meaning)
            found.append((np.array(rows, float), np.array(kept, float)))
    return found


def answer_rows(item: Labelled, reader: BuiltinReader, retriever: Retriever) -> list[Row]:
    question, passages = item.question, item.passages
    if question.kind in (Kind.SURVEY, Kind.COUNT, Kind.SMALLTALK) or not passages:
        return []
    x = _answer_features(question, passages, reader)
    if x is None:
        return []
    rows = [Row(item.id, x, float(bool(item.gold)))]
    cut = _without_evidence(item, passages[0].paper)
    if cut and item.kind in ("lookup", "figure", "followup"):
        missed = (replace(passages[0], paper=cut), *passages[1:])
        if near_miss := _answer_features(question, missed, reader):
            rows.append(Row(item.id, near_miss, 0.0, made=True, weight=CUT_WEIGHT))
    if (stranger := _renamed(item, reader, retriever)) and (x := _answer_features(*stranger, reader)):
        rows.append(Row(item.id, x, 0.0, made=True, weight=RENAMED_WEIGHT))
    return rows


def _renamed(item: Labelled, reader: BuiltinReader, retriever: Retriever) -> tuple[Question, Sequence[Passage]] | None:
    """The question, about a name of no paper instead of the one that its paper bears, with what is found for it."""
    own = [p.paper for p in item.passages if p.paper.id in item.gold]
    spelled = terms.spelled_names(item.question.text)
    names = [n for n in spelled if own and calling.calls(n, own[0], reader.judge.statistics)]
    if not names or item.kind == "followup":
        return None
    question = analyse(item.question.text.replace(names[0], names[0][::-1]), today=TODAY)
    passages = retriever.search(question, limit=8, filters=question.filters)
    return (question, passages) if passages else None


def _answer_features(
    question: Question, passages: Sequence[Passage], reader: BuiltinReader
) -> tuple[float, ...] | None:
    """None for a comparison of two papers, which has a probability of its own."""
    question, passages, sides = reader.settled(question, passages)
    if sides:
        return None
    judged = reader.judged(question, passages)
    return tuple(confidence.features(question, judged, passages, reader.judge))


def _without_evidence(item: Labelled, paper: Paper) -> Paper | None:
    if paper.id not in item.gold:
        return None
    quote = fold(item.evidence.get(paper.id, ""))
    kept = [
        s.text
        for s in reading.read(paper).sentences
        if not any(holds(s.text, f) for f in item.facts)
        and not (quote and (fold(s.text) in quote or quote in fold(s.text)))
    ]
    return replace(paper, abstract=" ".join(kept)) if len(kept) > 2 else None


def member_rows(item: Labelled, reader: BuiltinReader) -> list[Row]:
    if item.kind != "survey" or item.question.kind is not Kind.SURVEY:
        return []
    rows = membership.table(item.question, item.passages, reader.judge)
    return [Row(item.id, tuple(x), float(p.paper.id in item.gold)) for x, p in zip(rows, item.passages, strict=True)]


def present_rows(item: Labelled, reader: BuiltinReader) -> list[Row]:
    if item.kind != "survey" or item.question.kind is not Kind.SURVEY:
        return []
    return [Row(item.id, tuple(membership.signs(item.question, item.passages, reader.judge)), 1.0)]


def topic_rows(path: Path, corpora: Sequence[Corpus]) -> list[Row]:
    """Rows of short questions for a topic, each with whether the library holds papers on it."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        corpus = next(c for c in corpora if c.main == (item["among"] == "bundled"))
        question = analyse(item["question"], today=TODAY)
        passages = corpus.retriever.search(question, limit=WIDEST)
        signs = membership.signs(question, passages, corpus.reader().judge)
        rows.append(Row(item["id"], tuple(signs), float(item["there"])))
    return rows


def open_corpus(stack: ExitStack, pages: Sequence[Path], files: Sequence[Path], main: bool) -> Corpus:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    library = stack.enter_context(Library.open(folder, load_embedder("default"), create=True))
    ingest_pages(pages, library)
    retriever = Retriever(library)
    items = [item for path in files for item in load(path, library, retriever, path.stem)]
    return Corpus(library, retriever, tuple(items), main)
