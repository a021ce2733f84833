"""Speed and size figures: python -m tests.bench [TEXTS] [--sizes 385 10000] [--plot FILE] [--json FILE]

Libraries of several sizes are made of the abstracts in a folder TEXTS of ``*.jsonl.xz`` files, or of the bundled ones.
Times are wall clock on the machine as it is; run it on an idle one. 100,000 papers take minutes, 1,000,000 an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from ingest.embedding import load_embedder
from tests.bench.bare import Against, compare
from tests.bench.corpus import papers
from tests.bench.scaling import Ingested, Searched, Size, measure, milliseconds

#: Times a command is run; the median counts.
RUNS = 5
#: Papers of the comparison with Chroma alone.
COMPARED = 5_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured; times of commands in seconds."""

    sizes: tuple[Size, ...]
    against: Against
    embedded_a_second: float
    cold_ask_s: float
    import_chromadb_s: float
    help_s: float

    def table(self) -> str:
        rest = (
            f"beside Chroma    {self.against.share:8.2f} of its throughput, of {self.against.papers:,} papers",
            f"embedding        {self.embedded_a_second:8.0f} abstracts/s",
            f"cold ask         {self.cold_ask_s:8.2f} s, {self.cold_ask_s / self.import_chromadb_s:.1f} × the import",
            f"import chromadb  {self.import_chromadb_s:8.2f} s",
            f"--help           {self.help_s:8.2f} s",
        )
        return "\n".join([table(self.sizes), *rest])


def table(sizes: Sequence[Size]) -> str:
    """A row for each size; times in milliseconds."""
    head = (
        "| papers | ingest/s | ingest MB | search MB | kB/paper | open | first | search p50 | p95 | CPU | one year "
        "| CPU | half | CPU | ask p50 | p95 | CPU |"
    )
    rows = [
        f"| {s.papers:,} | {s.ingested.rate:.0f} | {s.ingested.memory_mb:.0f} + {s.ingested.second_mb:.0f} "
        f"| {s.searched.memory_mb:.0f} "
        f"| {s.ingested.disk_kb_a_paper:.1f} | {s.searched.open_ms:.0f} | {s.searched.first_ms:.0f} "
        f"| {s.searched.p50_ms:.1f} | {s.searched.p95_ms:.1f} | {s.searched.cpu_ms:.1f} | {s.searched.year_p50_ms:.1f} "
        f"| {s.searched.year_cpu_ms:.1f} | {s.searched.half_p50_ms:.1f} | {s.searched.half_cpu_ms:.1f} "
        f"| {s.searched.ask_p50_ms:.1f} | {s.searched.ask_p95_ms:.1f} | {s.searched.ask_cpu_ms:.1f} |"
        for s in sizes
    ]
    return "\n".join([head, "|" + " --- |" * 17, *rows])


def embedding_speed() -> float:
    texts = [paper.abstract for paper in islice(papers(2_000), 2_000)]
    embedder = load_embedder("default")
    embedder.embed(texts[:50])
    return len(texts) / (milliseconds(lambda: embedder.embed(texts)) / 1000)


def command(runs: int, *arguments: str) -> float:
    """Seconds that ``python ARGUMENTS`` takes, the median of some runs."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=False, capture_output=True, env=environment)

    run()  # the first run compiles and fills the page cache
    return median(milliseconds(run) for _ in range(runs)) / 1000


def earlier(path: Path) -> Iterator[Size]:
    """The sizes in a file that ``--json`` has written."""
    for values in json.loads(path.read_text(encoding="utf-8"))["sizes"]:
        yield Size(values["papers"], Ingested(**values["ingested"]), Searched(**values["searched"]))


def measure_all(sizes: Sequence[int], texts: Path | None, compared: int, runs: int) -> Figures:
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        measured = tuple(measure(size, Path(folder) / str(size), texts) for size in sorted(sizes))
        place = Path(folder) / str(min(sizes))
        return Figures(
            sizes=measured,
            against=compare(compared, texts),
            embedded_a_second=embedding_speed(),
            cold_ask_s=command(
                runs, "-m", "assistant", "ask", "What does AMPO do?", "--library", str(place), "--reader", "builtin"
            ),
            import_chromadb_s=command(runs, "-c", "import chromadb"),
            help_s=command(runs, "-m", "assistant", "--help"),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="?", help="a folder of abstracts, *.jsonl.xz")
    parser.add_argument("--sizes", type=int, nargs="+", default=[385, 10_000])
    parser.add_argument("--compared", type=int, default=COMPARED, help="papers of the comparison with Chroma alone")
    parser.add_argument("--runs", type=int, default=RUNS, help="times a command is run")
    parser.add_argument("--also", type=Path, nargs="+", default=[], help="files of earlier figures, drawn with these")
    parser.add_argument("--plot", type=Path, help="draw the figures against the size")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    arguments = parser.parse_args()
    figures = measure_all(arguments.sizes, arguments.texts, arguments.compared, arguments.runs)
    print(figures.table())
    if arguments.plot:
        from tests.bench.plotting import plot

        sizes = [*figures.sizes, *(size for path in arguments.also for size in earlier(path))]
        plot(sorted(sizes, key=lambda size: size.papers), arguments.plot)
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
