"""Papers and answers as CSV for spreadsheets (RFC 4180: a header, commas, CR LF).

A cell that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises against injection.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from assistant.answers import Answer, Citation
from assistant.export.references import address
from ingest.papers import Paper

PAPER_COLUMNS = (
    "id", "title", "authors", "listed", "published", "organization", "authors_count", "comments", "arxiv_id", "doi",
    "url", "categories", "pages", "abstract",
)  # fmt: skip
ANSWER_COLUMNS = (
    "question", "answered", "confidence", "reader", "answer", "number", "sentence", "quote", "listing", "verdict",
    "reason", "title", "paper", "arxiv_id", "doi", "url",
)  # fmt: skip
#: What makes a spreadsheet take a cell for a formula; the last four are the full-width forms of the first.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def papers_csv(papers: Iterable[Paper]) -> Iterator[str]:
    """A header, then a row a paper; authors and the like are parted by "; "."""
    yield _row(PAPER_COLUMNS)
    for paper in papers:
        yield _row(_paper(paper))


def answers_csv(answers: Iterable[Answer]) -> Iterator[str]:
    """A header, then a row a citation; an answer that cites nothing has one row with those cells empty."""
    yield _row(ANSWER_COLUMNS)
    for answer in answers:
        told = (answer.question, answer.answered, f"{answer.confidence:.3f}", answer.reader, answer.text)
        for citation in answer.citations:
            yield _row((*told, *_citation(citation)))
        if not answer.citations:
            yield _row((*told, *[""] * (len(ANSWER_COLUMNS) - len(told))))


def _paper(paper: Paper) -> tuple[object, ...]:
    return (
        paper.id,
        paper.title,
        "; ".join(paper.authors or ()),
        paper.listed,
        paper.published,
        paper.organization,
        paper.authors_count,
        paper.comments,
        paper.arxiv_id,
        paper.doi,
        address(paper),
        "; ".join(paper.categories),
        "; ".join(f"{source.page}:{source.position}" for source in paper.sources),
        paper.abstract,
    )


def _citation(citation: Citation) -> tuple[object, ...]:
    paper = citation.paper
    told = (citation.sentence, citation.quote, citation.listing, citation.verdict, citation.reason)
    return (citation.number, *told, paper.title, paper.id, paper.arxiv_id, paper.doi, address(paper))


def _row(cells: Iterable[object]) -> str:
    line = io.StringIO(newline="")
    csv.writer(line).writerow([_harmless(cell) for cell in cells])
    return line.getvalue()


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    # A spreadsheet trims white space before it looks for a formula.
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text
