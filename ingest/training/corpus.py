"""Reads training text: one JSON object a line, plain or compressed with xz.

Papers::

    {"title": "Feasible Learning", "abstract": "We introduce Feasible Learning (FL), a sample-centric …"}

Everyday pairs, two texts that mean nearly the same, with the kind of likeness and where it comes from::

    {"anchor": "tray", "positive": "an open receptacle for holding …", "kind": "lemma_definition", "source": "wordnet"}

Questions in everyday words, each with the title of the paper that it asks for, and a glossary of terms::

    {"title": "Feasible Learning", "question": "Can a net be made to do passably on every example, not well on …?"}
    {"term": "knowledge distillation (KD)", "plain": ["teaching a small model to copy a big one", …]}

Other keys are ignored. Knows nothing of tokens.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(\[])")

IN_BRACKETS = re.compile(r"\(.*?\)")
NOT_A_LETTER = re.compile(r"[\W_]+")
#: So many letters at the beginning of an abstract tell it from every other.
TELLING = 80


class TrainingTextError(ValueError):
    """A file of training text holds a line that can't be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A title and the abstract below it."""

    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two everyday texts that belong together; ``kind`` says how, and pairs are drawn evenly over the kinds."""

    anchor: str
    positive: str
    kind: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question in everyday words and the title of the paper that it asks for."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """What a field calls a thing (a term and its short forms), and what others would say."""

    names: tuple[str, ...]
    plain: tuple[str, ...]


def read_papers(files: Iterable[Path]) -> Iterator[Paper]:
    """Every paper of the files that has both a title and an abstract."""
    for file in files:
        for row in _rows(file, ("title", "abstract")):
            if row["title"] and row["abstract"]:
                yield Paper(row["title"], row["abstract"])


def read_pairs(file: Path) -> Iterator[Pair]:
    """The everyday pairs of one file; the kind is told apart by source, for their sizes differ a thousandfold."""
    for row in _rows(file, ("anchor", "positive")):
        if row["anchor"] and row["positive"]:
            yield Pair(row["anchor"], row["positive"], f"{row.get('kind', '')}|{row.get('source', '')}")


def read_questions(file: Path) -> Iterator[Question]:
    """Every question of the file."""
    return (Question(row["title"], row["question"]) for row in _rows(file, ("title", "question")))


def read_glossary(file: Path) -> Iterator[Term]:
    """Every term of the file that has plain words beside it; what stands in brackets is another name."""
    for row in _rows(file, ("term",)):
        plain = row.get("plain")
        if not isinstance(plain, list) or not all(isinstance(wording, str) for wording in plain):
            raise TrainingTextError(f"{file}: {row['term']!r} needs a list of plain wordings.")
        names = [IN_BRACKETS.sub("", row["term"]).strip(), *IN_BRACKETS.findall(row["term"])]
        yield Term(tuple(name.strip("() ") for name in names if name), tuple(plain))


def without(papers: Iterable[Paper], unwanted: Iterable[Paper]) -> Iterator[Paper]:
    """The papers but those that are unwanted, known by their title or by how their abstract begins."""
    known = {mark for paper in unwanted for mark in _marks(paper)}
    return (paper for paper in papers if known.isdisjoint(_marks(paper)))


def sentences(text: str) -> list[str]:
    """The sentences of an abstract, roughly: a full stop, white space, then something that can begin a sentence."""
    return SENTENCE_END.split(text)


def _marks(paper: Paper) -> tuple[str, str]:
    title, abstract = (NOT_A_LETTER.sub("", text.casefold()) for text in (paper.title, paper.abstract))
    return f"title {title}", f"abstract {abstract[:TELLING]}"


def _rows(file: Path, keys: tuple[str, ...]) -> Iterator[dict[str, str]]:
    open_text = lzma.open if file.suffix == ".xz" else open
    with open_text(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise TrainingTextError(f"{file}, line {number}: not JSON ({error.msg}).") from error
            if not all(isinstance(row.get(key), str) for key in keys):
                raise TrainingTextError(f"{file}, line {number}: an object with {' and '.join(keys)} is needed.")
            yield row
