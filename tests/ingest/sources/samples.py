"""One and the same three invented papers as every source would tell of them."""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

TITLES = ("Tide Networks for $\\mathbb{R}^3$", "Reading Bees: A Dance Decoder", "Tables of Salt, Revisited")
ABSTRACTS = (
    "We teach a network to foretell the height of the tide from $\\alpha$-waves of moonlight alone. On nine coasts the "
    "error falls by 31\\% against the best harmonic tables, and the code is at https://github.com/vale/tides.",
    "Honey bees dance to tell of flowers, and we read the dance from video without any labels. The reader finds the "
    "direction within four degrees -- and needs no marked bees at all.",
    'Salt is weighed by hand in forty kitchens. We compare the tables that result, find "two" kinds; one agrees\n'
    "with chemistry, the other with taste, and neither with the packets.",
)
CODES = ("2502.08946", "2502.08947", "hep-ph/9901001")
DOIS = ("10.1000/tides", "10.1000/bees", "10.1000/salt")
NAMES = (("Ada Vale", "Max Roe"), ("José Núñez",), ("Wei Zhang", "Ada Vale", "Eva Berg"))
DAYS = ("2025-02-13", "2025-02-14", "1999-01-05")


def arxiv() -> str:
    def line(n: int) -> str:
        return json.dumps(
            {
                "id": CODES[n],
                "submitter": "A. Vale",
                "authors": ", ".join(NAMES[n]),
                "title": TITLES[n].replace(" for ", "\n  for "),
                "comments": "37 pages, 15 figures",
                "journal-ref": None,
                "doi": DOIS[n],
                "report-no": None,
                "categories": "cs.LG stat.ML",
                "license": None,
                "abstract": f"  {ABSTRACTS[n]}\n",
                "versions": [{"version": "v1", "created": "Thu, 13 Feb 2025 19:18:42 GMT"}, {"version": "v2"}],
                "update_date": "2025-11-26",
                "authors_parsed": [[name.split()[1], name.split()[0], ""] for name in NAMES[n]],
            }
        )

    return "\n".join(map(line, range(3))) + "\n"


def daily_entries() -> list[dict[str, Any]]:
    return [
        {
            "paper": {
                "id": CODES[n],
                "authors": [{"_id": "x", "name": name, "hidden": False} for name in NAMES[n]],
                "publishedAt": f"{DAYS[n]}T08:00:00.000Z",
                "title": TITLES[n],
                "summary": ABSTRACTS[n],
                "upvotes": 7,
                "githubRepo": "https://github.com/vale/more",
            },
            "publishedAt": f"{DAYS[n]}T00:00:00.000Z",
            "title": TITLES[n],
            "numComments": 2,
            "submittedBy": {"name": "somebody"},
            "organization": {"name": "coastlab", "fullname": "Coast Lab"},
        }
        for n in range(3)
    ]


def daily() -> str:
    return json.dumps(daily_entries(), ensure_ascii=False)


def carried_html() -> str:
    props = html.escape(json.dumps({"date": "2025-02-13", "dailyPapers": daily_entries()}))
    cards = "".join(
        f'<article><h3><a href="/papers/{c}">{html.escape(t)}</a></h3></article>'
        for c, t in zip(CODES, TITLES, strict=True)
    )
    return f'<!DOCTYPE html>\n<html><head><title>x</title><script>var a = "<p>";</script></head><body><div class="SVELTE_HYDRATER contents" data-target="DailyPapers" data-props="{props}">{cards}</div></body></html>'  # noqa: E501


def shown_html() -> str:
    cards = "".join(
        f'<article><a href="/papers/{CODES[n]}"><img alt=""></a><h3>'
        f'<a href="/papers/{CODES[n]}">{html.escape(TITLES[n])}</a></h3>'
        f"<p>{html.escape(ABSTRACTS[n])}</p><ul><li>· {len(NAMES[n])} authors</li></ul>"
        f'<time datetime="{DAYS[n]}T08:00:00">Feb 13</time></article>'
        for n in range(3)
    )
    return f"<html><body><nav><p>{'Log in to the hub to see more of everything. ' * 3}</p></nav><main><h1>Daily Papers</h1>{cards}</main></body></html>"  # noqa: E501


def scholar() -> str:
    return "\n".join(
        json.dumps(
            {
                "paperId": f"{n:040x}",
                "externalIds": {"ArXiv": CODES[n], "DOI": DOIS[n].upper(), "CorpusId": n},
                "url": f"https://www.semanticscholar.org/paper/{n}",
                "title": TITLES[n],
                "abstract": ABSTRACTS[n],
                "year": int(DAYS[n][:4]),
                "publicationDate": DAYS[n],
                "fieldsOfStudy": ["Computer Science"],
                "authors": [{"authorId": "1", "name": name} for name in NAMES[n]],
            }
        )
        for n in range(3)
    )


def openalex() -> str:
    def work(n: int) -> dict[str, Any]:
        index: dict[str, list[int]] = {}
        for place, word in enumerate(ABSTRACTS[n].split()):
            index.setdefault(word, []).append(place)
        return {
            "id": f"https://openalex.org/W{n}",
            "doi": f"https://doi.org/{DOIS[n]}",
            "display_name": TITLES[n],
            "title": TITLES[n],
            "publication_year": int(DAYS[n][:4]),
            "publication_date": DAYS[n],
            "authorships": [{"author_position": "first", "author": {"display_name": name}} for name in NAMES[n]],
            "primary_location": {"landing_page_url": f"https://doi.org/{DOIS[n]}"},
            "locations": [{"landing_page_url": f"http://arxiv.org/abs/{CODES[n]}"}],
            "topics": [{"display_name": "Oceanography", "score": 0.9}],
            "abstract_inverted_index": index,
        }

    return "\n".join(json.dumps(work(n)) for n in range(3))


def openalex_answer() -> str:
    return json.dumps({"meta": {"count": 3}, "results": [json.loads(line) for line in openalex().splitlines()]})


def bibtex() -> str:
    months = ("feb", "2", "{January}")
    entries = [
        f"@{('article', 'InProceedings', 'misc')[n]}{{key{n},\n"
        f"  title = {{{{{TITLES[n].split()[0]}}} {' '.join(TITLES[n].split()[1:])}}},\n"
        f"  author = {{{' and '.join(f'{name.split()[1]}, {name.split()[0]}' for name in NAMES[n])}}},\n"
        f"  abstract = {{{ABSTRACTS[n]}}},\n  year = {DAYS[n][:4]}, month = {months[n]},\n"
        f'  eprint = {{{CODES[n]}}}, archivePrefix = {{arXiv}}, doi = "{DOIS[n]}", booktitle = venue # {{ {n}}}\n}}\n'
        for n in range(3)
    ]
    return '% made by hand\n@string{venue = "Proceedings of Tides"}\n@comment{nothing}\n' + "\n".join(entries)


def table(delimiter: str = ",") -> str:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=delimiter)
    rows.writerow(["Authors", "ABSTRACT", "arXiv ID", "Paper Title", "DOI", "Publication Date"])
    for n in range(3):
        rows.writerow(["; ".join(NAMES[n]), ABSTRACTS[n], CODES[n], TITLES[n], DOIS[n], DAYS[n]])
    return out.getvalue()


def parquet() -> bytes:
    out = io.BytesIO()
    rows = [
        {"id": CODES[n], "title": TITLES[n], "abstract": ABSTRACTS[n], "authors": list(NAMES[n]), "doi": DOIS[n]}
        for n in range(3)
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), out)
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    return pyarrow.Codec("zstd").compress(data, asbytes=True)


def plain() -> str:
    lines = [
        text for n in range(3) for text in (TITLES[n], ABSTRACTS[n].replace("\n", " ") + " " + "More is said. " * 12)
    ]
    return "Get trending papers in your email inbox!\nSubscribe" + "\n".join(lines)


#: Each form's text or bytes.
FORMS: dict[str, Callable[[], str | bytes]] = {
    "arXiv snapshot": arxiv,
    "Daily Papers API": daily,
    "Daily Papers page, with data": carried_html,
    "Daily Papers page, as shown": shown_html,
    "Semantic Scholar": scholar,
    "OpenAlex lines": openalex,
    "OpenAlex answer": openalex_answer,
    "BibTeX": bibtex,
    "CSV": table,
    "TSV": lambda: table("\t"),
    "semicolons": lambda: table(";"),
    "Parquet": parquet,
    "pretty JSON": lambda: json.dumps(daily_entries(), indent=2),
    "listing page": plain,
}


def content(form: str) -> bytes:
    made = FORMS[form]()
    return made if isinstance(made, bytes) else made.encode()


def write(folder: Path, form: str, packed: str = "") -> Path:
    """The form in a file whose name says nothing of it."""
    data = content(form)
    data = gzip.compress(data) if packed == "gzip" else zstd(data) if packed == "zstd" else data
    path = folder / "papers.bin"
    path.write_bytes(data)
    return path
