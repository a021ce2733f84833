"""Libraries of any size to measure on: real abstracts as far as they go, then new ones put together of their sentences.

Text comes from a folder of ``*.jsonl.xz`` files, or from the bundled pages where none is given::

    {"title": "Soft Exponential Networks", "abstract": "We show how to train …", …}

Papers are made as they are asked for, so that a million of them take no memory; the same count gives the same papers.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from ingest.chunking import sentences
from ingest.pages import bundled, read_page
from ingest.papers import Paper, Source, merge_all

#: Real abstracts in memory at a time, of whose sentences new ones are made.
WINDOW = 2_000
#: Papers on a page, and organisations, of which one paper in five names none.
PAGE, ORGANIZATIONS = 100, 400
#: Days over which the papers are spread, evenly: 2001 to 2026.
FIRST, DAYS = date(2001, 1, 1), 9_400

Text = tuple[str, str]


def papers(count: int, folder: Path | None = None) -> Iterator[Paper]:
    """``count`` papers that differ from each other, dated and with organisations."""
    for number, (title, abstract) in enumerate(islice(_texts(folder), count)):
        yield _paper(number, title, abstract)


class Timed:
    """An iterator over papers that knows how many seconds their making took, of the clock and of the processor."""

    def __init__(self, papers: Iterator[Paper]) -> None:
        self._papers = papers
        self.seconds = self.cpu = 0.0

    def __iter__(self) -> Iterator[Paper]:
        while True:
            began, cpu = time.perf_counter(), time.thread_time()
            paper = next(self._papers, None)
            self.seconds += time.perf_counter() - began
            self.cpu += time.thread_time() - cpu
            if paper is None:
                return
            yield paper


def _texts(folder: Path | None) -> Iterator[Text]:
    """Real titles and abstracts, each once; then, for ever, made ones."""
    seen: set[int] = set()
    for title, abstract in _real(folder):
        if (key := hash(title.casefold())) not in seen:
            seen.add(key)
            yield title, abstract
    seen.clear()
    draw = random.Random(0)
    while True:
        source = _real(folder)
        while window := list(islice(source, WINDOW)):
            yield from _made(window, draw)


def _made(window: list[Text], draw: random.Random) -> Iterator[Text]:
    """As many new papers as there are in ``window``: the beginning of one, the end of another, a sentence of a third.

    Abstracts of one subject after another would be too good a mixture of all: a real paper is about one thing.
    """
    cut = [[abstract[start:end] for start, end in sentences(abstract)] for _, abstract in window]
    for _ in window:
        first, second, third = draw.sample(range(len(window)), 3)
        middle = (len(cut[first]) + 1) // 2
        parts = [*cut[first][:middle], draw.choice(cut[third] or [""]), *cut[second][len(cut[second]) // 2 :]]
        head, tail = window[first][0].split(), window[second][0].split()
        title = " ".join([*head[: (len(head) + 1) // 2], *tail[len(tail) // 2 :]])
        yield f"{title} {draw.randrange(16**6):06x}", " ".join(parts)


def _real(folder: Path | None) -> Iterator[Text]:
    if folder is None:
        for paper in merge_all(paper for page in bundled() for paper in read_page(page).papers).values():
            yield paper.title, paper.abstract
        return
    for path in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                item = json.loads(line)
                if "abstract" not in item:  # a file of something else
                    break
                if item["title"] and item["abstract"]:
                    yield item["title"], item["abstract"]


def _paper(number: int, title: str, abstract: str) -> Paper:
    draw = random.Random(number)
    return Paper(
        hashlib.sha256(str(number).encode()).hexdigest()[:16],
        title,
        abstract,
        abstract,
        listed=date.fromordinal(FIRST.toordinal() + draw.randrange(DAYS)),
        authors_count=draw.randrange(1, 12),
        organization=f"Institute {draw.randrange(ORGANIZATIONS)}" if draw.random() > 0.2 else None,
        sources=(Source(f"page-{number // PAGE:05d}.txt", number % PAGE + 1),),
    )
