"""Papers known from several sources: one paper each, whatever the order in which the sources are read."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ingest import pipeline
from ingest.embedding import StaticEmbedder
from ingest.errors import LibraryError
from ingest.identity import CROWDED, keys, settled
from ingest.library import Library
from ingest.merging import Settlement, by_keys
from ingest.papers import Paper, Source, paper_id
from ingest.pipeline import Report, ingest_pages
from ingest.rows import Entry, entry, rows
from ingest.storage.manifest import FORMAT
from ingest.storage.writing import Writer
from tests.ingest.libraries import CountingEmbedder, a_paper, plain_page

TIDES = (
    "We teach a network to foretell the height of the tide from the light of the moon alone. "
    "A model of the sea bed is learned beside it, and both are trained on forty years of gauges. "
    "On nine coasts the error falls by 31 percent against the best harmonic tables."
)
CUT = TIDES[:180]
REVISED = TIDES.replace("nine coasts", "eleven coasts").replace("31 percent", "33 percent")
BEES = (
    "Honey bees dance to tell of flowers, and we read the dance from video without any labels. "
    "The reader finds the direction within four degrees and needs no marked bees at all."
)
WORDS = {"Tide Networks": TIDES, "TIDE networks!": CUT, "Tide Networks Revisited": REVISED, "Reading Bees": BEES}


class Shelf:
    """A library in memory: what merging asks of one, and rows that are written and read as Chroma has them."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def held(self, paper_ids: Sequence[str]) -> dict[str, Entry]:
        return {name: self.entries[name] for name in paper_ids if name in self.entries}

    def holders(self, keys: Collection[str], most: int) -> tuple[set[str], set[str]]:
        found = {key: {name for name, held in self.entries.items() if key in _keys(held)} for key in keys}
        crowded = {key for key, ids in found.items() if len(ids) > most}
        return {name for key, ids in found.items() if key not in crowded for name in ids}, crowded

    def ingest(self, records: Sequence[Paper], *, block: int = 1_000) -> None:
        seen: set[str] = set()
        for start in range(0, len(records), block):
            for settlement in list(by_keys(records[start : start + block], self, lambda name: name in seen)):
                self._write(settlement, seen)

    def _write(self, settlement: Settlement, seen: set[str]) -> None:
        for gone in settlement.gone:
            del self.entries[gone.paper.id]
        for change in settlement.changes:
            name = change.after.paper.id
            assert (name in self.entries) == (change.before is not None)
            first = rows(replace(change.after, spans=((0, len(change.after.paper.abstract)),)), 1)[0]
            self.entries[name] = entry(name, first.document, first.metadata)
            if change.listed:
                seen.add(name)

    def papers(self) -> dict[str, Paper]:
        return {name: held.paper for name, held in self.entries.items()}


def _keys(held: Entry) -> set[str]:
    return {key for seen in held.observed.values() for key in keys(seen)}


def a_record(title: str, abstract: str, page: str, position: int = 1, **facts: object) -> Paper:
    return a_paper(title, abstract, page, position, **facts)


records = st.builds(
    a_record,
    st.sampled_from(list(WORDS)),
    st.sampled_from([*WORDS.values(), "", "Short."]),
    st.just(""),
    arxiv_id=st.sampled_from([None, None, "2502.00001", "2502.00002"]),
    doi=st.sampled_from([None, None, "10.1000/a", "10.1000/b"]),
    authors=st.sampled_from([None, ("Ada Vale",), ("Ada Vale", "Max Roe")]),
    published=st.sampled_from([None, date(2025, 1, 1), date(2025, 2, 3)]),
    comments=st.sampled_from([None, 4]),
)


def filed(some: Sequence[Paper], page: str) -> list[Paper]:
    return [replace(paper, sources=(Source(page, n),)) for n, paper in enumerate(some, start=1)]


@settings(max_examples=100, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))
@given(st.lists(st.lists(records, min_size=1, max_size=2), min_size=2, max_size=4), st.integers(1, 2))
def test_the_order_of_ingest_does_not_matter(files: list[list[Paper]], block: int) -> None:
    pages = [filed(some, f"{n}.jsonl") for n, some in enumerate(files)]
    results = []
    for order in itertools.islice(itertools.permutations(pages), 4):
        shelf = Shelf()
        for page in order:
            shelf.ingest(page, block=block)
        results.append(shelf.papers())
    assert all(result == results[0] for result in results)


@settings(max_examples=80, deadline=None)
@given(st.lists(records, min_size=1, max_size=6))
def test_what_was_read_once_changes_nothing_when_read_again(some: list[Paper]) -> None:
    shelf = Shelf()
    page = filed(some, "page.jsonl")
    shelf.ingest(page)
    before = dict(shelf.entries)
    shelf.ingest(page)
    assert shelf.entries == before


@settings(max_examples=80, deadline=None)
@given(st.lists(records, min_size=1, max_size=6))
def test_every_record_is_of_one_paper_and_ids_are_never_mixed(some: list[Paper]) -> None:
    papers = settled(filed(some, "page.jsonl"))
    assert sum(len(group) for group in papers) == len(some)
    for group in papers:
        assert len({paper.arxiv_id for paper in group if paper.arxiv_id}) <= 1
    with_ids = [group for group in papers if any(paper.arxiv_id for paper in group)]
    assert len(with_ids) == len({paper.arxiv_id for paper in some if paper.arxiv_id})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            {"arxiv_id": "2502.00001"}, {"arxiv_id": "2502.00001", "title": "Bees", "abstract": BEES}, True, id="arXiv"
        ),
        pytest.param({"arxiv_id": "2502.00001"}, {"arxiv_id": "2502.00002"}, False, id="other-arXiv-same-words"),
        pytest.param({"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": "Bees", "abstract": BEES}, True, id="DOI"),
        pytest.param({"doi": "10.1000/a"}, {"doi": "10.1000/b"}, True, id="preprint-and-journal"),
        pytest.param({}, {"title": "tide-networks"}, True, id="title-in-other-letters"),
        pytest.param({}, {"abstract": CUT}, True, id="abstract-cut-short"),
        pytest.param({}, {"abstract": BEES}, False, id="same-title-other-abstract"),
        pytest.param({}, {"title": "Tide Networks, Revisited", "abstract": REVISED}, True, id="retitled"),
        pytest.param({}, {"title": "A Quite Different Name"}, False, id="same-abstract-other-title"),
        pytest.param({"title": "On Tides, Part I"}, {"title": "On Tides, Part II"}, False, id="parts-of-a-series"),
        pytest.param({"arxiv_id": "2502.00001"}, {}, True, id="one-without-ids"),
    ],
)  # fmt: skip
def test_two_records_are_one_paper_or_two(one: dict, other: dict, same: bool) -> None:
    made = [Paper("", **{"title": "Tide Networks", "abstract": TIDES, **facts}) for facts in (one, other)]
    assert (len(settled(made)) == 1) is same


def test_two_papers_of_one_title_have_ids_that_stay(tmp_path: Path) -> None:
    first = a_record("Introduction", TIDES, "a.jsonl", arxiv_id="2502.00002")
    second = a_record("Introduction", BEES, "b.jsonl", arxiv_id="2502.00001")
    found = []
    for order in ((first, second), (second, first)):
        shelf = Shelf()
        for record in order:
            shelf.ingest([record])
        found.append({name: paper.arxiv_id for name, paper in shelf.papers().items()})
    assert found[0] == found[1]
    assert found[0][paper_id("Introduction")] == "2502.00001"
    assert len(found[0]) == 2


def test_a_record_that_knows_both_joins_two_papers() -> None:
    shelf = Shelf()
    shelf.ingest([a_record("Moon and Sea", BEES, "a.jsonl", arxiv_id="2502.00001", authors=("Ada Vale",))])
    shelf.ingest([a_record("Tide Networks", TIDES, "b.jsonl", organization="Coast Lab")])
    assert len(shelf.entries) == 2
    shelf.ingest([a_record("Tide Networks", TIDES, "c.jsonl", arxiv_id="2502.00001v3"[:-2])])
    (paper,) = shelf.papers().values()
    assert (paper.arxiv_id, paper.authors, paper.organization) == ("2502.00001", ("Ada Vale",), "Coast Lab")
    assert [source.page for source in paper.sources] == ["a.jsonl", "b.jsonl", "c.jsonl"]


def test_a_corrected_file_replaces_its_own_words_alone() -> None:
    shelf = Shelf()
    shelf.ingest([a_record("Tide Networks", TIDES, "a.jsonl", comments=3)])
    shelf.ingest([a_record("Tide Networks", CUT, "b.jsonl", organization="Coast Lab")])
    shelf.ingest([a_record("Tide Networks", CUT, "a.jsonl")])
    (paper,) = shelf.papers().values()
    assert (paper.abstract, paper.comments, paper.organization) == (CUT, None, "Coast Lab")


def test_a_title_that_everybody_has_tells_nothing_and_loses_nobody() -> None:
    many = [
        a_record("Untitled", " ".join(f"word{n}x{m}" for m in range(9)) + ".", "x", n) for n in range(1, 4 * CROWDED)
    ]
    shelf = Shelf()
    shelf.ingest(many, block=40)
    assert len(shelf.entries) == len(many)
    assert {paper.abstract for paper in shelf.papers().values()} == {paper.abstract for paper in many}
    before = shelf.papers()
    shelf.ingest(many, block=40)
    assert sorted(p.abstract for p in shelf.papers().values()) == sorted(p.abstract for p in before.values())


def test_a_file_that_repeats_one_paper_does_not_grow_without_end() -> None:
    shelf = Shelf()
    shelf.ingest(filed([a_record("Tide Networks", TIDES, "")] * 300, "same.jsonl"), block=50)
    (held,) = shelf.entries.values()
    assert len(held.observed) == 1
    assert len(held.paper.sources) == 300


# ---------------------------------------------------------------------------------------- in a real library


@pytest.fixture
def library(location: str, tiny: StaticEmbedder) -> Iterator[Library]:
    with Library.open(location, tiny, create=True) as opened:
        yield opened


LISTED = [("Tide Networks", CUT), ("Reading Bees", BEES), ("Tables of Salt", "Salt is weighed. " * 20)]


def snapshot(folder: Path, name: str = "arxiv.jsonl") -> Path:
    """What arXiv's own metadata say of the listed papers, one of them under the title of its first version."""
    said = [("2502.00001", "Tide Networks", TIDES), ("2502.00002", "Reading the Bees", BEES)]
    lines = [
        json.dumps(
            {
                "id": code,
                "title": title.replace(" ", "\n  "),
                "abstract": f"  {abstract}\n",
                "categories": "cs.LG stat.ML",
                "authors_parsed": [["Vale", "Ada", ""]],
                "versions": [{"version": "v1", "created": "Thu, 13 Feb 2025 18:00:00 GMT"}],
                "update_date": "2025-03-01",
            }
        )
        for code, title, abstract in said
    ]
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_pages_and_then_the_snapshot_of_the_same_papers_make_no_duplicates(library: Library, tmp_path: Path) -> None:
    page = plain_page(tmp_path, "page.txt", LISTED)
    ingest_pages([page], library)
    report = ingest_pages([snapshot(tmp_path)], library)
    assert (report.papers, report.added, report.updated) == (2, 0, 2)
    assert library.count() == 3
    found = {paper.title: paper for paper in library.papers()}
    assert found["Tide Networks"].abstract == TIDES
    assert found["Tide Networks"].categories == ("cs.LG", "stat.ML")
    assert found["Reading the Bees"].arxiv_id == "2502.00002"
    assert [source.page for source in found["Reading the Bees"].sources] == ["arxiv.jsonl", "page.txt"]
    assert {hit.paper_id for hit in library.lexical("bees", 9)} == {found["Reading the Bees"].id}
    again = ingest_pages([page, tmp_path / "arxiv.jsonl"], library)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 3)


def test_both_orders_make_the_same_library(tiny: StaticEmbedder, tmp_path: Path) -> None:
    files = [plain_page(tmp_path, "page.txt", LISTED), snapshot(tmp_path)]
    made = []
    for number, order in enumerate((files, files[::-1])):
        with Library.open(tmp_path / f"library-{number}", tiny, create=True) as library:
            for path in order:
                ingest_pages([path], library)
            made.append((list(library.papers()), library.n_documents))
    assert made[0] == made[1]


def test_blocks_of_one_run_know_of_each_other(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BLOCK", 1)
    lines = snapshot(tmp_path).read_text().splitlines()
    (tmp_path / "twice.jsonl").write_text("\n".join([*lines, *lines]))
    report = ingest_pages([tmp_path / "twice.jsonl"], library)
    assert (report.listed, report.papers, report.added, report.duplicates) == (4, 2, 2, 2)
    assert library.count() == 2


def test_a_library_of_the_format_before_opens_and_takes_the_snapshot(tiny: StaticEmbedder, tmp_path: Path) -> None:
    place = tmp_path / "library"
    with Library.open(place, tiny, create=True) as library:
        ingest_pages([plain_page(tmp_path, "page.txt", LISTED)], library)
    manifest = place / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 1}))
    for marker in (place / "lexical").rglob("generation"):
        marker.write_text(f"1 {marker.read_text().split()[1]}")
    with Library.open(place, tiny) as library:
        assert library.count() == 3
        assert ingest_pages([snapshot(tmp_path)], library).added == 0
        assert library.count() == 3
    assert json.loads(manifest.read_text())["format"] == FORMAT


def test_a_run_that_dies_while_joining_two_papers_is_made_good_by_the_next(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = plain_page(tmp_path, "page.txt", [("Tide Networks", TIDES)])
    (tmp_path / "a.jsonl").write_text(json.dumps({"title": "Moon", "abstract": BEES, "arxiv_id": "2502.00001"}))
    (tmp_path / "b.jsonl").write_text(
        json.dumps({"title": "Tide Networks", "abstract": TIDES, "arxiv_id": "2502.00001"})
    )
    ingest_pages([page, tmp_path / "a.jsonl"], library)
    assert library.count() == 2
    with monkeypatch.context() as broken:
        broken.setattr(Writer, "drop", _fail)
        with pytest.raises(LibraryError):
            ingest_pages([tmp_path / "b.jsonl"], library)
    ingest_pages([tmp_path / "b.jsonl"], library)
    (paper,) = library.papers()
    assert paper.arxiv_id == "2502.00001"
    assert [source.page for source in paper.sources] == ["a.jsonl", "b.jsonl", "page.txt"]
    assert ingest_pages([page, tmp_path / "a.jsonl", tmp_path / "b.jsonl"], library).unchanged == 1


def _fail(*_: object) -> None:
    raise LibraryError("The disk is full.")


def test_a_paper_whose_words_stay_is_not_embedded_again(counting: CountingEmbedder, tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", counting, create=True) as library:
        ingest_pages([plain_page(tmp_path, "page.txt", [("Tide Networks", TIDES)])], library)
        counting.texts.clear()
        report: Report = ingest_pages([snapshot(tmp_path)], library)
        assert report.updated == 1
        assert len(counting.texts) == 1, "only the paper that is new"


def test_a_record_takes_no_longer_the_more_there_are() -> None:
    took = []
    for count in (500, 4_000):
        many = [
            a_record(
                f"Paper {n} of {n * 31}", f"Sentence number {n} is long enough to be a key of its own. " * 3, "x", n
            )
            for n in range(count)
        ]
        began = time.process_time()
        settled(many)
        took.append((time.process_time() - began) / count)
    assert took[1] < 3 * took[0]
