"""``python -m ingest PAGE… [--library L] [--rebuild] [--json]``: the ingest alone, without the assistant.

Exit codes as everywhere: 0 done, 1 failed or a page could not be read, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ingest.embedding import load_embedder
from ingest.errors import IngestError
from ingest.library import Library
from ingest.pipeline import Progress, Report, ingest_pages, rebuild_library
from ingest.storage.memory import share_heap


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    share_heap()
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.pages and not options.rebuild:
        parser.error("name at least one page, or --rebuild")
    try:
        with _progress(hidden=options.json) as tell:
            report = _run(options, tell)
    except IngestError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("Interrupted; run the same command again to finish.", file=sys.stderr)  # noqa: T201
        return 130
    print(json.dumps(report.as_dict(), ensure_ascii=False) if options.json else report.summary())  # noqa: T201
    return 1 if report.unreadable else 0


def _run(options: argparse.Namespace, tell: Callable[[Progress], None]) -> Report:
    embedder = load_embedder(options.embedder)
    if options.rebuild:
        rebuild_library(options.library, embedder, progress=tell)
    with Library.open(options.library, embedder, create=True) as library:
        return ingest_pages(options.pages, library, progress=tell)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Read listing pages into a library.")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="text file of a listing page")
    parser.add_argument(
        "--library",
        default=os.environ.get("PAPER_ASSISTANT_LIBRARY") or _default_library(),
        help="folder, or http://host:port of a Chroma server (default: %(default)s)",
    )
    parser.add_argument("--embedder", default=os.environ.get("PAPER_ASSISTANT_EMBEDDER") or "default")
    parser.add_argument("--rebuild", action="store_true", help="embed everything anew, beside the old, then swap")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser


def _default_library() -> str:
    """Where the assistant looks for its library too."""
    if home := os.environ.get("PAPER_ASSISTANT_HOME"):
        return str(Path(home).expanduser() / "library")
    import platformdirs

    return str(Path(platformdirs.user_data_dir("paper-assistant", appauthor=False)) / "library")


@contextmanager
def _progress(*, hidden: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr if a person is watching."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, disable=hidden or not console.is_terminal, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda news: bar.update(task, description=news.stage, completed=news.done, total=news.total)


if __name__ == "__main__":
    sys.exit(main())
