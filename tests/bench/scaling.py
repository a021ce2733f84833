"""What one size of library costs: each measure in a process of its own, so that memory is that measure's alone.

``python -m tests.bench.scaling ingest|search FOLDER COUNT [TEXTS]`` is the process; it prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from assistant import Assistant
from assistant.evaluation.questions import read_questions
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Filters
from ingest.pipeline import ingest_papers
from ingest.storage.memory import share_heap
from tests.bench.corpus import Timed, papers

QUALITY = Path(__file__).parents[1] / "quality"
#: Files whose questions are asked: none of them was made for measuring speed.
QUESTION_FILES = ("reader.jsonl", "search.jsonl", "fitting.jsonl", "elsewhere.jsonl")
#: Questions asked before the clock runs.
WARMING = 12
#: One year of the corpus' 26, and the later half of it.
NARROW = Filters(since=date(2019, 1, 1), until=date(2019, 12, 31))
WIDE = Filters(since=date(2014, 1, 1))


@dataclass(frozen=True, slots=True)
class Ingested:
    """``seconds`` of wall clock and ``cpu`` seconds of all threads of the first process.

    ``memory_mb`` is its peak of resident memory, ``second_mb`` that of the process that prepares papers, if there is
    one.
    """

    papers: int
    seconds: float
    cpu: float
    memory_mb: float
    disk_kb_a_paper: float
    second_mb: float = 0.0

    @property
    def rate(self) -> float:
        return self.papers / self.seconds


@dataclass(frozen=True, slots=True)
class Searched:
    """Milliseconds; the questions differ, and none is asked twice. ``…cpu_ms`` are medians of CPU time.

    ``memory_mb`` is the peak of resident memory.
    """

    open_ms: float
    first_ms: float
    p50_ms: float
    p95_ms: float
    year_p50_ms: float
    half_p50_ms: float
    ask_p50_ms: float
    ask_p95_ms: float
    cpu_ms: float
    year_cpu_ms: float
    half_cpu_ms: float
    ask_cpu_ms: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Size:
    """One library's figures."""

    papers: int
    ingested: Ingested
    searched: Searched


def measure(count: int, folder: Path, texts: Path | None = None, *, nice: int = 0) -> Size:
    """A library of ``count`` papers made in ``folder`` and searched."""
    ingested = _child("ingest", folder, count, texts, nice)
    searched = _child("search", folder, count, texts, nice)
    return Size(count, Ingested(**ingested), Searched(**searched))


def _child(what: str, folder: Path, count: int, texts: Path | None, nice: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.scaling",
        what,
        str(folder),
        str(count),
        *([str(texts)] if texts else []),
    ]
    done = subprocess.run([*(["nice", "-n", str(nice)] if nice else []), *command], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def questions() -> list[str]:
    """Questions of many kinds, in the order of their files."""
    return [asked.question for name in QUESTION_FILES for asked in read_questions(QUALITY / name)]


def milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - began)


def peak_memory(whose: int = resource.RUSAGE_SELF) -> float:
    """The most resident memory that this process has had, or the largest of its children, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(whose).ru_maxrss * unit / 1e6


def disk(folder: Path) -> int:
    """Bytes of all files in ``folder``."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ingest(folder: Path, count: int, texts: Path | None) -> Ingested:
    share_heap()  # as the command does
    made = Timed(papers(count, texts))
    with Library.open(folder, load_embedder("default"), create=True) as library:
        cpu, began = time.process_time(), time.perf_counter()
        ingest_papers(made, library)
        spent, cpu = time.perf_counter() - began - made.seconds, time.process_time() - cpu - made.cpu
    second = peak_memory(resource.RUSAGE_CHILDREN)
    return Ingested(count, spent, cpu, peak_memory(), disk(folder) / count / 1000, second)


def search(folder: Path) -> Searched:
    opened: list[Assistant] = []
    open_ms = milliseconds(lambda: opened.append(Assistant.open(folder, reader="builtin")))
    with opened[0] as assistant:
        warming, *rounds = _rounds(questions())
        first = milliseconds(lambda: assistant.search(warming[0]))
        assistant.prepare()
        for question in warming[1:]:
            assistant.ask(question)
        plain, cpu = times(rounds[0], lambda q: assistant.search(q))
        year, year_cpu = times(rounds[1], lambda q: assistant.search(q, filters=NARROW))
        half, half_cpu = times(rounds[2], lambda q: assistant.search(q, filters=WIDE))
        asked, ask_cpu = times(rounds[3], assistant.ask)
    return Searched(
        open_ms,
        first,
        median(plain),
        percentile(plain, 0.95),
        median(year),
        median(half),
        median(asked),
        percentile(asked, 0.95),
        cpu,
        year_cpu,
        half_cpu,
        ask_cpu,
        peak_memory(),
    )


def _rounds(asked: Sequence[str]) -> Iterator[list[str]]:
    """What is asked to warm up, then four shares of the rest: one asked again would find its papers in memory."""
    yield list(asked[:WARMING])
    for share in range(4):
        yield list(asked[WARMING + share :: 4])


def times(asked: Sequence[str], ask: Callable[[str], object]) -> tuple[list[float], float]:
    """Milliseconds of the clock, in order, and of the processor, their median."""
    spent, cpus = [], []
    for question in asked:
        cpu = time.process_time()
        spent.append(milliseconds(lambda q=question: ask(q)))
        cpus.append(1000 * (time.process_time() - cpu))
    return sorted(spent), median(cpus)


def percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ingest", "search"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("texts", type=Path, nargs="?")
    chosen = parser.parse_args()
    figures = ingest(chosen.folder, chosen.count, chosen.texts) if chosen.what == "ingest" else search(chosen.folder)
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
