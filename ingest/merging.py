"""What a block of records makes of a library: papers added, changed, joined or parted. Writes nothing itself.

All papers of the library that share a key with a record, and all that share one with these, are settled together,
from what each source said of them; so the library comes out the same whatever the order of ingest. Lookups are by
key in the lexical index: the cost of a block does not grow with the square of the library.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

from ingest.identity import CROWDED, ids, keys, own_id, repeats, settled, title_key
from ingest.papers import Paper, merge
from ingest.rows import Entry, observe, storable

#: Questions kept of papers that have turned out to be one.
MOST_QUESTIONS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A paper after a block: what the library held under its id, what it is now, and whether the block listed it."""

    before: Entry | None
    after: Entry
    listed: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """What records and the papers connected with them come to; ``gone`` are entries now part of another."""

    changes: tuple[Change, ...]
    gone: tuple[Entry, ...] = ()


class Holdings(Protocol):
    """What of a library is asked for; :class:`ingest.storage.writing.Writer` has it."""

    def held(self, paper_ids: Sequence[str]) -> dict[str, Entry]:
        """The papers of those ids that the library holds."""
        ...

    def holders(self, keys: Collection[str], most: int) -> tuple[set[str], set[str]]:
        """Ids of the papers that have any of ``keys``, and those keys that more than ``most`` papers have."""
        ...


#: Whether an entry, by its id, has been listed before by the file that is being read, in this very run.
IsCurrent = Callable[[str], bool]


def by_id(records: Sequence[Paper], library: Holdings, is_current: IsCurrent) -> Iterator[Settlement]:
    """Each record under its own id: for papers that come from a program and not from a source."""
    by_name: dict[str, list[Paper]] = {}
    for record in records:
        by_name.setdefault(record.id, []).append(record)
    held = library.held(list(by_name))
    for name, some in by_name.items():
        yield Settlement((Change(held.get(name), observe(held.get(name), some), listed=True),))


def by_keys(records: Sequence[Paper], library: Holdings, is_current: IsCurrent) -> Iterator[Settlement]:
    """Each record with what the library knows of the same paper, by :mod:`ingest.identity`."""
    records = [storable(record) for record in records]
    held, crowded = _connected(records, library)
    for some, entries in _components(records, held, crowded):
        if len(some) == 1 and not entries and title_key(some[0]) not in crowded:
            yield Settlement((Change(None, observe(None, some), listed=True),))
        else:
            yield _settle(some, entries, crowded, is_current)


# ---------------------------------------------------------------------------------------- what is connected


def _connected(records: Sequence[Paper], library: Holdings) -> tuple[dict[str, Entry], set[str]]:
    """The entries that may be of the records' papers, by id, and the keys that tell nothing."""
    distinct = {(key, record.abstract) for record in records for key in keys(record)}
    crowded = {key for key, count in Counter(key for key, _ in distinct).items() if count > CROWDED}
    held: dict[str, Entry] = {}
    wanted = {key for key, _ in distinct}
    asked: set[str] = set()
    while new := wanted - asked:
        asked |= new
        names, many = library.holders(new, CROWDED)
        crowded |= many
        found = library.held([name for name in names if name not in held])
        held.update(found)
        wanted = {key for entry in found.values() for seen in entry.observed.values() for key in keys(seen)}
    alone = {own_id(record) for record in records if title_key(record) in crowded}
    held.update(library.held([name for name in alone if name not in held]))
    return held, {key for key in crowded if not key.startswith("arxiv:")}


def _components(
    records: Sequence[Paper], held: Mapping[str, Entry], crowded: set[str]
) -> Iterator[tuple[list[Paper], list[Entry]]]:
    """Records and entries that share keys, directly or through others, in the order of the records."""
    nodes: list[Paper | Entry] = [*records, *held.values()]
    root = list(range(len(nodes)))
    first: dict[str, int] = {}
    for number, node in enumerate(nodes):
        for key in _node_keys(node, crowded):
            _join(root, number, first.setdefault(key, number))
    groups: dict[int, tuple[list[Paper], list[Entry]]] = {}
    for number, node in enumerate(nodes):
        some, entries = groups.setdefault(_find(root, number), ([], []))
        some.append(node) if isinstance(node, Paper) else entries.append(node)
    yield from (group for group in groups.values() if group[0])


def _node_keys(node: Paper | Entry, crowded: set[str]) -> Iterator[str]:
    for record in (node,) if isinstance(node, Paper) else node.observed.values():
        yield from (key for key in keys(record) if key not in crowded)
        if title_key(record) in crowded:
            yield f"own:{own_id(record)}"
    if isinstance(node, Entry):
        yield f"own:{node.paper.id}"


def _find(root: list[int], number: int) -> int:
    while root[number] != number:
        root[number] = root[root[number]]
        number = root[number]
    return number


def _join(root: list[int], one: int, other: int) -> None:
    one, other = sorted((_find(root, one), _find(root, other)))
    root[other] = one


# -------------------------------------------------------------------------------------- what it comes to


def _settle(records: Sequence[Paper], entries: Sequence[Entry], crowded: set[str], is_current: IsCurrent) -> Settlement:
    current, stale = _by_run(entries, is_current)
    read = _one_a_page([*current, *records])
    fresh = {id(record) for record in read if id(record) not in {id(seen) for seen in current}}
    papers = settled([*stale, *read], crowded)
    kept = [seen for some in papers for seen in _unreplaced(some, fresh, {id(seen) for seen in stale})]
    if len(kept) < len(stale) + len(read):
        papers = settled(kept, crowded)
    found: dict[str, list[Paper]] = {}
    for name, some in zip(ids(papers, crowded), papers, strict=True):
        found.setdefault(name, []).extend(some)
    before = {entry.paper.id: entry for entry in entries}
    changes = []
    for name, some in found.items():
        after = _entry(name, some, before.get(name), _questions(name, some, entries))
        changes.append(Change(before.get(name), after, any(id(seen) in fresh for seen in some)))
    return Settlement(tuple(changes), tuple(entry for name, entry in before.items() if name not in found))


def _by_run(entries: Sequence[Entry], is_current: IsCurrent) -> tuple[list[Paper], list[Paper]]:
    """What was read in the run that is under way, and all else, each once.

    Two entries hold the same reading where a run died after it had joined them and before it had dropped the old one.
    """
    runs: tuple[list[Paper], list[Paper]] = ([], [])
    known: set[Paper] = set()
    for entry in entries:
        for seen in entry.observed.values():
            bare = replace(seen, id="")
            if bare not in known:
                known.add(bare)
                runs[not is_current(entry.paper.id)].append(seen)
    return runs


def _unreplaced(records: Iterable[Paper], fresh: set[int], stale: set[int]) -> list[Paper]:
    """A page's own earlier words give way to what it says now; other pages' words stay."""
    records = list(records)
    pages = {_page(record) for record in records if id(record) in fresh}
    return [record for record in records if id(record) not in stale or _page(record) not in pages]


def _page(record: Paper) -> str:
    return record.sources[0].page if record.sources else ""


def _one_a_page(records: Iterable[Paper]) -> list[Paper]:
    """A page's records of a paper as one, unless a later one has a key that the earlier has not.

    This comes before everything else, so that it depends on nothing but the page.
    """
    by_page: dict[str, list[Paper]] = {}
    for record in sorted(records, key=lambda record: record.sources):
        some = by_page.setdefault(_page(record), [])
        earlier = next((n for n, seen in enumerate(some) if repeats(record, seen)), None)
        if earlier is None:
            some.append(record)
        else:
            some[earlier] = merge(some[earlier], record)
    return [record for some in by_page.values() for record in some]


def _entry(name: str, records: Iterable[Paper], before: Entry | None, questions: tuple[str, ...] | None) -> Entry:
    entry = observe(None, [replace(record, id=name) for record in records], apart=True)
    return replace(entry, questions=questions, spans=before.spans if before else ((0, 0),))


def _questions(name: str, records: Iterable[Paper], entries: Sequence[Entry]) -> tuple[str, ...] | None:
    """The questions of all entries that the records were part of; None where none was ever asked for any."""
    mine = {id(record) for record in records}
    lists = [
        entry.questions
        for entry in sorted(entries, key=lambda entry: entry.paper.id)
        if entry.questions is not None
        and (entry.paper.id == name or any(id(seen) in mine for seen in entry.observed.values()))
    ]
    if not lists:
        return None
    return tuple(dict.fromkeys(reduce(lambda some, more: some + more, lists)))[:MOST_QUESTIONS]
