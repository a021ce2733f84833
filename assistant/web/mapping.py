"""The library as a map: papers with similar abstracts near each other, clusters named by their telling words.

t-SNE (van der Maaten & Hinton 2008) of the mean of each paper's stored vectors, k-means for the clusters. A cluster is
named by the words that add most to the Kullback-Leibler divergence of its titles from all titles. Knows no Gradio and
draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.papers import Paper

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: Papers drawn: more can neither be told apart on a screen nor projected while somebody waits.
DRAWN = 2_000
#: Papers whose vectors are read at a time.
BLOCK = 250
#: A cluster for this many papers, but no more clusters than colours that can be told apart.
PAPERS_PER_CLUSTER, MOST_CLUSTERS = 30, 10
#: Words that name a cluster.
NAMED_BY = 3
#: Fewest papers that make a map; t-SNE needs more points than its perplexity.
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Cluster:
    """Papers that lie together: their name, and the places of their papers on the map."""

    name: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """Papers, their points (shape (papers, 2)) and the clusters; ``total`` is how many papers the library has."""

    papers: tuple[Paper, ...]
    points: NDArray[np.float64]
    clusters: tuple[Cluster, ...]
    total: int


def chart(assistant: Assistant) -> Map:
    """The map of the library, or of :data:`DRAWN` papers spread evenly over it."""
    library = assistant.library
    total = library.count()
    step = max(1, -(-total // DRAWN))
    papers: list[Paper] = []
    vectors: list[NDArray[np.float64]] = []
    chosen = islice(library.papers(), 0, None, step)
    while block := list(islice(chosen, BLOCK)):
        found = library.vectors([paper.id for paper in block])
        for paper in block:
            if paper.id in found:
                papers.append(paper)
                vectors.append(np.asarray(found[paper.id], dtype=np.float64).mean(axis=0))
    if len(papers) < FEWEST:
        return Map(tuple(papers), np.zeros((len(papers), 2)), (), total)
    matrix = np.vstack(vectors)
    # At length 1 the Euclidean distance orders as the cosine does.
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
    groups = _groups(matrix)
    names = _names([paper.title for paper in papers], groups)
    clusters = tuple(
        Cluster(name, tuple(int(place) for place in np.flatnonzero(groups == number)))
        for number, name in enumerate(names)
    )
    return Map(tuple(papers), _projected(matrix), clusters, total)


def _projected(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(matrix) - 1) / 3)
    # One thread: the map is no hurry, and a question asked meanwhile is.
    return TSNE(perplexity=perplexity, max_iter=500, random_state=0, n_jobs=1).fit_transform(matrix)


def _groups(matrix: NDArray[np.float64]) -> NDArray[np.int32]:
    from sklearn.cluster import KMeans

    wanted = int(np.clip(len(matrix) // PAPERS_PER_CLUSTER, 2, MOST_CLUSTERS))
    return KMeans(wanted, n_init="auto", random_state=0).fit_predict(matrix)


def _names(titles: Sequence[str], groups: NDArray[np.int32]) -> list[str]:
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(stop_words="english", token_pattern=r"(?u)\b[^\W\d][\w-]{2,}\b", binary=True)
    try:
        sparse: Any = counter.fit_transform(titles)
    except ValueError:  # titles of stop words and numbers alone
        return [f"Group {number + 1}" for number in range(int(groups.max()) + 1)]
    holds = np.asarray(sparse.todense(), dtype=np.float64)
    words = counter.get_feature_names_out()
    everywhere = holds.mean(axis=0)
    names = []
    for number in range(int(groups.max()) + 1):
        here = holds[groups == number].mean(axis=0)
        telling = here * np.log(np.where(here > 0, here, 1) / everywhere)
        names.append(", ".join(words[np.argsort(-telling, kind="stable")[:NAMED_BY]]))
    return names
