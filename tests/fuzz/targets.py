"""What is fuzzed, and what must hold of each: a function a target, from any text to nothing or an AssertionError.

``pages`` and ``dated``: a listing page in either form. ``files``: bytes of any form of source. ``marks``: a model's
text in pieces. ``citations``: the same text checked against papers. ``query``: words for the lexical index.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path

from ingest.errors import SourceError
from ingest.papers import Filters, Paper, Source, paper_id

TODAY = date(2026, 1, 1)
GIVEN = "https://github.com/example/glowsync"
FOREIGN = re.compile(r"(?:https?://|www\.)[^\s<>\"'`)\]}|]", re.IGNORECASE)
MARK = re.compile(r"\[(\d+)\]")
PAPERS = {
    1: Paper(
        "a",
        "GlowSync: Keeping Time Like Glowworms",
        f"We propose GlowSync, which keeps time. GlowSync gains 15.6% over clocks on LampBench. Code: {GIVEN}.",
        links=(GIVEN,),
    ),
    2: Paper("b", "Moss as a Memory", "MossNet reads cores of moss. It is 2.5x faster than counting rings by hand."),
}


def pages(text: str) -> None:
    """A page gives papers that add up with its receipt, or a SourceError."""
    from ingest.pages import parse_page

    try:
        page = parse_page(text, Path("page.txt"), today=TODAY)
    except SourceError:
        return
    report = page.report
    assert report.papers + report.duplicates + len(report.problems) == report.blocks
    assert len(page.papers) == report.papers == len({paper.id for paper in page.papers})
    for paper in page.papers:
        assert paper.title
        assert paper.abstract
        assert paper.id == paper_id(paper.title)
        assert paper.listed is None or 1 <= paper.listed.year <= 9999


def dated(text: str) -> None:
    """As ``pages``, behind the head of a dated page."""
    pages(f"Subscribe\n\nDaily Papers\n\nDec 8\n\n{text}")


def files(text: str) -> None:
    """Any bytes give papers and problems, or a SourceError; half of the texts are tried as packed files too."""
    import gzip

    from ingest.pages import Problem
    from ingest.sources.reading import read_source

    data = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(gzip.compress(data) if len(data) % 2 else data)
        with suppress(SourceError):
            for item in read_source(path):
                assert isinstance(item, Problem) or item.title


def marks(text: str) -> None:
    """However the text is cut, the same comes out; no mark but valid ones, no address but given ones."""
    from assistant.marks import MarkStream

    def put_out(pieces: list[str]) -> str:
        stream = MarkStream(lambda number: number if number in PAPERS else None, [GIVEN])
        return "".join([*(stream.feed(piece) for piece in pieces), stream.close()])

    whole = put_out([text])
    assert put_out(list(text)) == whole
    assert put_out([text[: len(text) // 3], text[len(text) // 3 :]]) == whole
    assert {int(number) for number in MARK.findall(whole) if number.isascii()} <= set(PAPERS) | _years(text)
    assert not FOREIGN.search(whole.replace(GIVEN, "")), whole


def _years(text: str) -> set[int]:
    """Numbers in brackets that are too large for a mark, and so are words like any other."""
    return {int(number) for number in re.findall(r"\d+", text) if number.isascii() and int(number) > 999_999}


def citations(text: str) -> None:
    """Every citation is verbatim, stands for a paper, and is shown in the text."""
    from assistant.citations import check

    done = check(text, PAPERS, _verifier())
    for citation in done.citations:
        assert citation.paper in PAPERS.values()
        assert citation.paper.abstract[citation.start : citation.end] == citation.quote
        assert f"[{citation.number}]" in done.text
    assert 0 <= done.supported <= done.stated
    assert not FOREIGN.search(done.text.replace(GIVEN, "")), done.text


def query(text: str) -> None:
    """Any text is a query, with and without filters made of it."""
    index = _index()
    for fuzzy in (False, True):
        assert len(index.search(text, 5, fuzzy=fuzzy)) <= 2
    filters = Filters(organization=text[:200] or None, source=text[:50] or None)
    assert index.matching(filters) <= 2
    index.terms(text[:20])
    index.document_frequency(text[:200])


@cache
def _verifier():
    from assistant.verification import Verifier

    return Verifier()


@cache
def _index():
    from ingest.chunking import ChunkerSettings, chunks
    from ingest.lexical.index import LexicalIndex
    from ingest.rows import observe, with_chunks

    index = LexicalIndex(Path(tempfile.mkdtemp(prefix="fuzz-index-")))
    held = [observe(None, [Paper(p.id, p.title, p.abstract, sources=(Source("p", 1),))]) for p in PAPERS.values()]
    index.put([with_chunks(entry, chunks(entry.paper, ChunkerSettings())) for entry in held])
    index.commit(1)
    index.close()
    return index


TARGETS: dict[str, Callable[[str], None]] = {
    "pages": pages,
    "dated": dated,
    "files": files,
    "marks": marks,
    "citations": citations,
    "query": query,
}
