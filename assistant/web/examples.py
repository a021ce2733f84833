"""Example questions made from the library at hand: its methods' names and its recurring topics.

A question is offered only where the built-in reader answers it. Knows no HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, pairwise

from ingest.papers import Paper

#: How many questions a page offers, and how many papers are read to make them.
OFFERED, READ = 4, 3_000
#: A topic is worth a question when its two words stand in this many titles, and in at most this share of them.
TOPIC_TITLES, TOPIC_SHARE = 3, 0.06
_NAMED = re.compile(r"^(?P<name>[\w.+-]{2,20}):\s")
_GENERIC = {"model", "models", "language", "large", "learning", "neural", "network", "networks", "deep", "data", "via"}
_WORDS = {"the", "of", "for", "and", "with", "from", "towards", "toward", "using", "through", "to", "in", "on", "by"}


def example_questions(papers: Iterable[Paper], answers: Callable[[str], bool]) -> tuple[str, ...]:
    """Up to :data:`OFFERED` questions; ``answers`` says of each whether the library answers it."""
    known = list(islice(papers, READ))
    kinds = [_about_names(known), _about_topics(known), _about_gains(known), _comparing(known)]
    chosen: list[str] = []
    for kind in (*kinds, *kinds):
        found = next((q for q in islice(kind, 12) if q not in chosen and answers(q)), None)
        if found and len(chosen) < OFFERED:
            chosen.append(found)
    return tuple(chosen)


def _about_names(papers: list[Paper]) -> Iterator[str]:
    for paper in _spread(papers):
        if name := _name(paper):
            yield f"What does {name} do?"


def _about_gains(papers: list[Paper]) -> Iterator[str]:
    # From the other end, so that two questions seldom ask about one paper.
    for paper in reversed(_spread(papers)):
        if (name := _name(paper)) and re.search(r"\d(?:\.\d+)?%", paper.abstract):
            yield f"How much does {name} gain?"


def _comparing(papers: list[Paper]) -> Iterator[str]:
    """Two named papers that share a topic."""
    for topic in _topics(papers):
        names = [name for paper in papers if topic in paper.title.casefold() and (name := _name(paper))]
        if len(names) >= 2:
            yield f"Compare {names[0]} and {names[1]}"


def _about_topics(papers: list[Paper]) -> Iterator[str]:
    for topic in _topics(papers):
        yield f"Which papers are about {topic}?"


def _topics(papers: list[Paper]) -> list[str]:
    counts: Counter[str] = Counter()
    for paper in papers:
        words = re.findall(r"[a-z][a-z-]+", paper.title.casefold())
        pairs = {f"{a} {b}" for a, b in pairwise(words) if not {a, b} & _WORDS}
        counts.update(pair for pair in pairs if not set(pair.split()) <= _GENERIC)
    most = max(TOPIC_TITLES, int(len(papers) * TOPIC_SHARE))
    fit = [(count, topic) for topic, count in counts.items() if TOPIC_TITLES <= count <= most]
    return [topic for count, topic in sorted(fit, key=lambda pair: (-pair[0], pair[1]))]


def _name(paper: Paper) -> str:
    """The name that a title gives before its colon, where it looks like a name and not like a word."""
    match = _NAMED.match(paper.title)
    name = match["name"] if match else ""
    return name if sum(char.isupper() or char.isdigit() for char in name) >= 2 else ""


def _spread(papers: list[Paper]) -> list[Paper]:
    """The papers in an order that leaps through the library, the same every time."""
    return sorted(papers, key=lambda paper: paper.id)
