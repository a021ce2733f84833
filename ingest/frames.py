"""Papers as a pandas DataFrame, a row each. Knows no library; pandas is loaded only here, when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ingest.errors import IngestError
from ingest.papers import Paper

if TYPE_CHECKING:
    from pandas import DataFrame

#: Columns that hold text, whole numbers and days; all others hold tuples.
TEXT = ("title", "abstract", "organization", "arxiv_id", "doi", "url")
NUMBERS = ("authors_count", "comments")
DAYS = ("listed", "published")
TUPLES = ("authors", "links", "categories", "pages")


def to_frame(papers: Iterable[Paper]) -> DataFrame:
    """A frame of shape (papers, columns), indexed by the papers' ids; what is not known is missing.

    ``listed`` and ``published`` are dates in datetime64, ``authors_count`` and ``comments`` whole numbers that may be
    missing, ``authors``, ``links``, ``categories`` and ``pages`` tuples of text. Raises IngestError without pandas.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise IngestError("A data frame needs pandas; install it with: pip install pandas") from error

    rows = [_row(paper) for paper in papers]
    frame = pd.DataFrame(rows, columns=["id", *TEXT, *NUMBERS, *DAYS, *TUPLES]).set_index("id")
    kinds = {**dict.fromkeys(TEXT, "string"), **dict.fromkeys(NUMBERS, "Int64"), **dict.fromkeys(TUPLES, "object")}
    # Seconds reach from the first printed book to far beyond any listing; nanoseconds end in 2262.
    return frame.astype({**kinds, **dict.fromkeys(DAYS, "datetime64[s]")})


def _row(paper: Paper) -> dict[str, object]:
    plain = {name: getattr(paper, name) for name in (*TEXT, *NUMBERS, *DAYS, "links", "categories")}
    pages = tuple(source.page for source in paper.sources)
    return {"id": paper.id, **plain, "authors": paper.authors or (), "pages": pages}
