"""Which records are of one paper: by arXiv id, else by DOI, else by title and abstract. Knows no files or databases.

Records that may be of one paper share a *key*. What a set of records comes to is decided of the whole set at once,
in an order of its own, so that it does not matter in which order they were read. Two arXiv ids are two papers,
whatever else agrees.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ingest.papers import ID_DIGITS, Paper, by_richness, combined, fold_title, paper_id

#: A key that more papers than this have tells nothing ("Untitled", a publisher's boilerplate) and is left out.
CROWDED = 50
#: Under one title, abstracts are one paper's when this share of the shorter one's words is in both: listings cut them.
SAME_TITLE = 0.6
#: Under two titles, the share of all words of two abstracts that both have (Jaccard), and of the shorter title's.
OTHER_TITLE, TITLE_WORDS = 0.8, 0.5
#: Sentences of an abstract that are keys: those of the smallest hash, so that two versions choose alike.
SENTENCES = 2
#: Letters from which a sentence can tell papers apart.
LONG_SENTENCE = 40

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NO_LETTER = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+|\b[ivx]+\b")
_LAST = "\U0010ffff"


def keys(paper: Paper) -> tuple[str, ...]:
    """What another record of the same paper may share with this one, most telling first."""
    found = [f"arxiv:{paper.arxiv_id}"] if paper.arxiv_id else []
    if paper.doi:
        found.append(f"doi:{paper.doi}")
    return (*found, title_key(paper), *_sentence_keys(paper.abstract))


def repeats(record: Paper, seen: Paper) -> bool:
    """Whether ``record`` has no key that ``seen`` has not, and says the same: a file's second record of a paper."""
    return set(keys(record)) <= set(keys(seen)) and _Words().alike(record, seen)


def title_key(paper: Paper) -> str:
    """The key of the paper's title."""
    return f"title:{paper_id(paper.title)}"


def own_id(paper: Paper) -> str:
    """An id for a paper whose title others have too: from the title and what tells the paper from them."""
    told = paper.arxiv_id or paper.doi or _NO_LETTER.sub("", paper.abstract.casefold())
    text = f"{fold_title(paper.title)}\0{told}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:ID_DIGITS]


def settled(records: Sequence[Paper], crowded: Collection[str] = ()) -> list[list[Paper]]:
    """The papers that ``records`` come to, each as its records; keys that are ``crowded`` join nothing."""
    return [cluster.records for cluster in _clusters(records, crowded)]


def ids(papers: Sequence[Sequence[Paper]], crowded: Collection[str] = ()) -> list[str]:
    """An id for each of ``papers``, in their order, made from the title of its richest record.

    Where several papers have one title the first by its ids keeps that id, and the others get one from what tells
    them apart; all of them do where the title's key is ``crowded``. Papers that nothing tells apart share an id.
    """
    made = [""] * len(papers)
    for number in sorted(range(len(papers)), key=lambda number: min(map(_order, papers[number]))):
        whole = combined(papers[number])
        made[number] = paper_id(whole.title)
        if made.count(made[number]) > 1 or title_key(whole) in crowded:
            made[number] = own_id(min(papers[number], key=_order))
    return made


def _sentence_keys(abstract: str) -> list[str]:
    folded = (_NO_LETTER.sub("", sentence) for sentence in _SENTENCE_END.split(abstract.casefold()))
    hashes = {
        hashlib.blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        for sentence in folded
        if len(sentence) >= LONG_SENTENCE
    }
    return [f"sentence:{value}" for value in sorted(hashes)[:SENTENCES]]


# ----------------------------------------------------------------------------------------------- clusters


@dataclass(slots=True)
class _Cluster:
    """Records of one paper, as far as they have been gathered."""

    number: int
    arxiv_id: str | None = None
    records: list[Paper] = field(default_factory=list[Paper])

    def admits(self, record: Paper) -> bool:
        return record.arxiv_id is None or self.arxiv_id is None or record.arxiv_id == self.arxiv_id

    def add(self, record: Paper) -> None:
        self.arxiv_id = self.arxiv_id or record.arxiv_id
        self.records.append(record)


def _order(record: Paper) -> tuple[object, ...]:
    """Records with ids come first, so that those without find them whatever the order of reading was."""
    return record.arxiv_id or _LAST, record.doi or _LAST, *by_richness(record)


def _clusters(records: Iterable[Paper], crowded: Collection[str]) -> list[_Cluster]:
    clusters: list[_Cluster] = []
    by_key: dict[str, dict[int, _Cluster]] = {}
    words = _Words()
    for record in sorted(records, key=_order):
        mine = [key for key in keys(record) if key not in crowded]
        cluster = _first(record, mine, by_key, words)
        if cluster is None:
            cluster = _Cluster(len(clusters))
            clusters.append(cluster)
        cluster.add(record)
        for key in mine:
            by_key.setdefault(key, {})[cluster.number] = cluster
    return clusters


def _first(
    record: Paper, mine: Sequence[str], by_key: dict[str, dict[int, _Cluster]], words: _Words
) -> _Cluster | None:
    """The first cluster that the record belongs to, by the most telling key that both have."""
    for key in mine:
        for cluster in by_key.get(key, {}).values():
            if not cluster.admits(record):
                continue
            if key.startswith(("arxiv:", "doi:")) or any(words.alike(record, other) for other in cluster.records):
                return cluster
    return None


class _Words:
    """Compares records by their words, each of which is cut only once."""

    def __init__(self) -> None:
        self._known: dict[str, frozenset[str]] = {}

    def alike(self, one: Paper, other: Paper) -> bool:
        """Whether titles and abstracts are those of one paper."""
        mine, theirs = self._of(one.abstract), self._of(other.abstract)
        shared = len(mine & theirs)
        if fold_title(one.title) == fold_title(other.title):
            return shared >= SAME_TITLE * min(len(mine), len(theirs))
        if shared < OTHER_TITLE * len(mine | theirs) or not shared:
            return False
        titles = self._of(one.title), self._of(other.title)
        numbers = [sorted(_NUMBER.findall(paper.title.casefold())) for paper in (one, other)]
        overlap = len(titles[0] & titles[1]) >= TITLE_WORDS * min(map(len, titles))
        return overlap and numbers[0] == numbers[1]  # "Part I" and "Part II" say nearly the same

    def _of(self, text: str) -> frozenset[str]:
        if text not in self._known:
            self._known[text] = frozenset(re.findall(r"\w+", text.casefold()))
        return self._known[text]
