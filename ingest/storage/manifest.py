"""What a library says of itself: format, embedder, chunker, which collection is the current one, and its generation.

A folder keeps it in ``manifest.json``, replaced whole by a rename; a Chroma server keeps it in the metadata of an
empty collection. Naming the current collection here is what makes a rebuild a swap: the new one is filled beside
the old, and one write of the manifest turns from one to the other.

::

    {"format": 4, "collection": "paper-assistant-1", "generation": 3, "pending": null,
     "layout": {"searched": 128, "documents": false},
     "embedder": {"name": "static:…", "revision": "…", "dimension": 256, "normalized": true},
     "chunker": {"name": "sentences", "size": 512, "overlap": 0}}

``pending`` is the generation that a writer is writing or, if no writer is alive, was writing when it died. While a
library is being copied from elsewhere its manifest has a ``copying`` too, which names the source: it is no library yet.
Format 3 had ``searched`` in the place of ``layout``, and format 2 neither.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from ingest.chunking import ChunkerSettings
from ingest.errors import LibraryDamaged, LibraryError, LibraryMismatch
from ingest.storage.layout import PLAIN, Layout
from ingest.vectors import EmbedderIdentity

#: Changes whenever rows, manifest or lexical index are laid out so that older code would misread them.
FORMAT = 4
#: The oldest format that is still read; what it lacks is taken as not said, and the next ingest writes FORMAT.
OLDEST = 1
#: A library's collections on a server that others may use too.
PREFIX = "paper-assistant"


@dataclass(frozen=True, slots=True)
class Manifest:
    """``generation`` counts the ingests that were written out; ``pending`` is the one under way, if any.

    ``copying`` is where a copy that is not finished comes from.
    """

    embedder: EmbedderIdentity
    chunker: ChunkerSettings
    collection: str
    generation: int = 0
    pending: int | None = None
    copying: str | None = None
    layout: Layout = PLAIN
    format: int = FORMAT


class ManifestStore(Protocol):
    """Where a manifest lies."""

    def read(self) -> Manifest | None:
        """The manifest, or None where there is none. Raises LibraryDamaged for one that can't be read."""
        ...

    def write(self, manifest: Manifest) -> None:
        """Replace the manifest whole: a reader sees the old one or the new one."""
        ...


class FolderManifest:
    """``manifest.json`` in the library's folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "manifest.json"
        self._known: tuple[tuple[int, int, int], Manifest] | None = None

    def read(self) -> Manifest | None:
        # Every read of the library asks, so the file is parsed only when it is another one: each write renames.
        try:
            status = self.path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            if self._known and self._known[0] == stamp:
                return self._known[1]
            text = self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise LibraryError(
                f"The library {self.path.parent} can't be read ({error.strerror or error}); check the path and its "
                "permissions."
            ) from error
        except UnicodeDecodeError as error:
            raise LibraryDamaged(_broken(str(self.path.parent), "it is no text")) from error
        manifest = parse(text, str(self.path.parent))
        self._known = (stamp, manifest)
        return manifest

    def write(self, manifest: Manifest) -> None:
        beside = self.path.with_name(f".manifest-{os.getpid()}")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(serialise(manifest))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise LibraryError(
                f"The library {self.path.parent} can't be written ({error.strerror or error}); free some space or "
                "check the folder's permissions, then run the command again."
            ) from error


def serialise(manifest: Manifest) -> str:
    values = asdict(manifest)
    if manifest.copying is None:
        del values["copying"]
    return json.dumps(values, indent=1)


def parse(text: str, location: str) -> Manifest:
    """The manifest in ``text``. Raises LibraryDamaged, or LibraryMismatch for a format of another version."""
    try:
        values: dict[str, Any] = json.loads(text)
        version = int(values["format"])
        if OLDEST <= version <= FORMAT:
            return Manifest(
                EmbedderIdentity(**values["embedder"]),
                ChunkerSettings(**values["chunker"]),
                str(values["collection"]),
                int(values["generation"]),
                None if values["pending"] is None else int(values["pending"]),
                None if values.get("copying") is None else str(values["copying"]),
                _layout(values.get("layout") or {"searched": values.get("searched")}),
            )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LibraryDamaged(_broken(location, f"{type(error).__name__}: {error}")) from error
    raise LibraryMismatch(_wrong_format(location, version))


def _layout(values: dict[str, Any]) -> Layout:
    searched = values.get("searched")
    return Layout(None if searched is None else int(searched), bool(values.get("documents", True)))


def require(manifest: Manifest, identity: EmbedderIdentity, location: str) -> None:
    """Raise LibraryMismatch unless ``identity`` is the embedder that the library was made with."""
    held = manifest.embedder
    if held == identity:
        return
    if held.name != identity.name:
        difference = f"with the embedder {held.name}, not {identity.name}"
    elif held.revision != identity.revision:
        difference = f"with another revision of the embedder {held.name}"
    else:
        difference = f"with vectors of {held.dimension} dimensions, not {identity.dimension}"
    raise LibraryMismatch(
        f"The library {location} was made {difference}; use that one, or convert the library with: "
        "paper-assistant ingest --rebuild"
    )


def _wrong_format(location: str, version: int) -> str:
    if version > FORMAT:
        return (
            f"The library {location} has format {version}, newer than this program's {FORMAT}; update paper-assistant."
        )
    return (
        f"The library {location} has format {version}, older than this program's {FORMAT}; convert it with: "
        "paper-assistant ingest --rebuild"
    )


def _broken(location: str, reason: str) -> str:
    return (
        f"The manifest of the library {location} can't be read ({reason}); mend it with: "
        "paper-assistant doctor --repair"
    )
