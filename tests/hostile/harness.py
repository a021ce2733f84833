"""What every hostile input is held against: one sentence, the right exit code, a library that is as it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.storage.chromafiles import database

#: What no person should ever be told.
NOISE = re.compile(
    r"Traceback|Unexpected [A-Z]\w+|\b\w+(?:Error|Exception): |\[Errno|codec can't|<class |object at 0x|\\x00"
    r"|<unprintable|site-packages"
)
#: A sentence that runs on longer has stopped being one.
LONGEST = 700

PAPERS = (
    (
        "GlowSync: Keeping Time Like Glowworms",
        "We study how glowworms keep time in the dark. Our method, GlowSync, reaches 91.5% accuracy on the LampBench "
        "benchmark. Code is available at https://github.com/example/glowsync.",
    ),
    (
        "Moss as a Memory",
        "Peat bogs remember the weather of a thousand years. MossNet reads cores of moss with a recurrent network and "
        "dates storms to within four years, twice as close as counting rings by hand.",
    ),
    (
        "A Survey of Harbour Tides",
        "Tide tables exist for few harbours. We survey forty methods that predict tides without a gauge and find that "
        "transformers trained on satellite altimetry err by eleven centimetres.",
    ),
)


def page(papers: Sequence[tuple[str, str]] = PAPERS) -> str:
    """A listing page in the plain form."""
    head = "Get trending papers in your email inbox!\nSubscribe"
    return head + "\n".join(text for paper in papers for text in paper) + "\n"


def fingerprint(library: Path) -> str:
    """Changes with anything that a library holds: manifest, rows, queue, lexical index."""
    seen = hashlib.sha256((library / "manifest.json").read_bytes())
    for name in ("meta.json", "generation"):
        for path in sorted((library / "lexical").glob(f"*/{name}")):
            seen.update(path.read_bytes())
    with database(library / "chroma") as opened:
        for table in ("collections", "embeddings", "embedding_metadata", "embeddings_queue"):
            for row in opened.execute(f"select * from {table}"):
                seen.update(repr(row).encode("utf-8", "surrogatepass"))
    return seen.hexdigest()


def one_sentence(said: str, *parts: str) -> None:
    """Assert that ``said`` is one line for a person, and holds ``parts``."""
    lines = [line for line in said.splitlines() if line.strip()]
    assert len(lines) == 1, said
    text = lines[0].removeprefix("paper-assistant: ")
    assert not NOISE.search(text), text
    assert len(text) <= LONGEST, text
    assert text.isprintable(), ascii(text)
    for part in parts:
        assert part in text, text


@dataclass(frozen=True)
class Case:
    """A call of the command line. ``says``: what its sentence must hold, besides being one."""

    arguments: Sequence[str]
    code: int | tuple[int, ...]
    says: Sequence[str] = ()
    stdin: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] | None = None

    @property
    def codes(self) -> tuple[int, ...]:
        return (self.code,) if isinstance(self.code, int) else self.code
