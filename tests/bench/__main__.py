"""Speed and size figures: python -m tests.bench [--sizes 385 10000] [--large] [--json FILE]

Libraries of several sizes are made of the bundled pages' own sentences, shuffled into new abstracts. Times are wall
clock on the machine as it is; run it on an idle one. ``--large`` adds a library of 100,000 papers, which takes
minutes to make.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from assistant import Assistant
from assistant.retrieval.retriever import Retriever
from ingest.chunking import sentences
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pages import bundled, read_page
from ingest.papers import Paper, merge_all
from ingest.pipeline import ingest_papers

#: Questions of every kind, none from a question file.
QUESTIONS = (
    "What is knowledge distillation used for?",
    "Which papers use Monte Carlo tree search?",
    "How much does curriculum learning help?",
    "a robot that learns from watching videos of people",
    "Compare PPO and GRPO for reasoning.",
    "how do I keep a network from forgetting what it learned before",
    "What does AMPO do?",
    "papers about reward models for long chains of thought",
    "Is there a benchmark for agents that use web pages?",
    "¿Qué es el aprendizaje continuo?",
)
LARGE = 100_000
#: Times a command is run; the median counts.
RUNS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """One library's figures: rates a second, times in milliseconds."""

    papers: int
    ingested_a_second: float
    open_ms: float
    first_search_ms: float
    search_p50_ms: float
    search_p95_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured; times of commands in seconds."""

    sizes: tuple[Size, ...]
    embedded_a_second: float
    warm_ask_p50_ms: float
    cold_ask_s: float
    import_chromadb_s: float
    help_s: float

    def table(self) -> str:
        head = f"{'papers':>8}{'ingest/s':>10}{'open ms':>9}{'first ms':>10}{'p50 ms':>8}{'p95 ms':>8}"
        rows = [
            f"{s.papers:>8}{s.ingested_a_second:>10.0f}{s.open_ms:>9.0f}{s.first_search_ms:>10.1f}"
            f"{s.search_p50_ms:>8.1f}{s.search_p95_ms:>8.1f}"
            for s in self.sizes
        ]
        rest = (
            f"embedding        {self.embedded_a_second:8.0f} abstracts/s",
            f"warm ask         {self.warm_ask_p50_ms:8.1f} ms, p50",
            f"cold ask         {self.cold_ask_s:8.2f} s, {self.cold_ask_s / self.import_chromadb_s:.1f} × the import",
            f"import chromadb  {self.import_chromadb_s:8.2f} s",
            f"--help           {self.help_s:8.2f} s",
        )
        return "\n".join([head, *rows, *rest])


def papers(count: int) -> Iterator[Paper]:
    """``count`` distinct papers: the bundled ones, then new ones of their sentences."""
    real = list(merge_all(paper for page in bundled() for paper in read_page(page).papers).values())
    yield from real[:count]
    pool = [paper.abstract[a:b] for paper in real for a, b in sentences(paper.abstract)]
    draw = random.Random(0)
    for number in range(len(real), count):
        chosen = draw.sample(pool, 7)
        yield Paper(f"made-{number}", f"{' '.join(chosen[0].split()[:9])} ({number})", " ".join(chosen))


def milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def measure_size(count: int, place: Path) -> Size:
    embedder = load_embedder("default")
    with Library.open(place, embedder, create=True) as library:
        spent = milliseconds(lambda: ingest_papers(papers(count), library)) / 1000
    opened: list[Library] = []
    open_ms = milliseconds(lambda: opened.append(Library.open(place, embedder)))
    with opened[0] as library:
        retriever = Retriever(library)
        first = milliseconds(lambda: retriever.search(QUESTIONS[0]))
        for question in QUESTIONS:
            retriever.search(question)
        times = sorted(milliseconds(lambda q=q: retriever.search(q)) for q in QUESTIONS * 10)
    return Size(count, count / spent, open_ms, first, median(times), times[int(0.95 * len(times))])


def embedding_speed() -> float:
    texts = [paper.abstract for paper in papers(2_000)]
    embedder = load_embedder("default")
    embedder.embed(texts[:50])
    return len(texts) / (milliseconds(lambda: embedder.embed(texts)) / 1000)


def warm_ask(place: Path) -> float:
    with Assistant.open(place, reader="builtin") as assistant:
        for question in QUESTIONS:
            assistant.ask(question)
        return median(milliseconds(lambda q=q: assistant.ask(q)) for q in QUESTIONS * 5)


def command(*arguments: str) -> float:
    """Seconds that ``python ARGUMENTS`` takes, the median of some runs."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=False, capture_output=True, env=environment)

    run()  # the first run compiles and fills the page cache
    return median(milliseconds(run) for _ in range(RUNS)) / 1000


def measure(sizes: Sequence[int]) -> Figures:
    with TemporaryDirectory() as folder:
        measured = tuple(measure_size(size, Path(folder) / str(size)) for size in sizes)
        place = Path(folder) / str(min(sizes))
        return Figures(
            sizes=measured,
            embedded_a_second=embedding_speed(),
            warm_ask_p50_ms=warm_ask(place),
            cold_ask_s=command(
                "-m", "assistant", "ask", "What does AMPO do?", "--library", str(place), "--reader", "builtin"
            ),
            import_chromadb_s=command("-c", "import chromadb"),
            help_s=command("-m", "assistant", "--help"),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[385, 10_000])
    parser.add_argument("--large", action="store_true", help=f"add a library of {LARGE:,} papers")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    arguments = parser.parse_args()
    figures = measure([*arguments.sizes, *([LARGE] if arguments.large else [])])
    print(figures.table())
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
