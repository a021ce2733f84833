"""What Chroma, its server's HTTP client and the file system raise, said as this package's errors: one sentence each."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import LibraryDamaged, LibraryError, LibraryUnreachable

#: Bytes free on a disk that is as good as full: one batch of rows and SQLite's journal of it take more.
FULL = 20_000_000
#: Bytes written to see whether a quota or a limit on the size of files is what stands in the way.
PROBE = 1_000_000


@contextmanager
def translated(location: str) -> Iterator[None]:
    """Foreign errors of Chroma, its server's HTTP client and the file system become LibraryErrors."""
    try:
        yield
    except (LibraryError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except OSError as error:
        raise LibraryError(
            f"The library {location} can't be read or written ({error.strerror or error}); check the path, its "
            "permissions and the free space."
        ) from error
    except BaseException as error:  # a panic in Chroma's Rust code is no Exception
        raise _explain(error, location) from error


def _is_full(folder: Path) -> bool:
    """Whether so little room is left that a failure of any wording is put down to it.

    Chroma says no more of a full disk than that it failed "to apply logs", and gives back what room it had taken. So
    there must be room for the vector files once more, and a file must be able to grow beyond the largest there is.
    """
    try:
        largest = max((path.stat().st_size for path in folder.glob("chroma/*.sqlite3")), default=0)
        vectors = sum(path.stat().st_size for path in folder.glob("chroma/*/*.bin"))
        if shutil.disk_usage(folder).free < max(FULL, vectors):
            return True
        with tempfile.TemporaryFile(dir=folder) as file:  # sparse: only its end takes room
            file.seek(largest)
            file.write(bytes(PROBE))
            file.flush()
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return False


def _explain(error: BaseException, location: str) -> LibraryError:
    import httpx
    from chromadb.errors import ChromaError, InternalError

    text = next(iter(str(error).strip().splitlines()), "")[:200]
    lowered = str(error).lower()
    remote = location.startswith("http")
    if isinstance(error, httpx.TransportError) or "could not connect to a chroma server" in lowered:
        return LibraryUnreachable(
            f"The Chroma server at {location} does not answer; start it with 'chroma run', or check the address."
        )
    if remote and isinstance(error, httpx.HTTPError | ValueError | KeyError):
        return LibraryUnreachable(f"What answers at {location} is no Chroma server that can be used ({text}).")
    if (
        "disk is full" in lowered
        or "no space left" in lowered
        or (not remote and _is_full(Path(location).expanduser()))
    ):
        return LibraryError(f"The disk of the library {location} is full; free some space, then run it again.")
    if "readonly" in lowered or "read-only" in lowered or "permission denied" in lowered:
        return LibraryError(
            f"The library {location} can't be written, which Chroma needs for reading too; check the permissions of "
            "its folder, or copy the folder to a place of your own."
        )
    if "disk i/o error" in lowered:
        return LibraryError(f"The disk of the library {location} fails or is full; free some space, then run it again.")
    if "database is locked" in lowered:
        return LibraryError(f"The library {location} is in use by another program; try again in a moment.")
    # A server that is just writing a graph out for the first time says that it finds nothing; a moment later it does.
    if remote and isinstance(error, InternalError):
        return LibraryUnreachable(f"The Chroma server at {location} failed ({text}); try again, or see its log.")
    if remote and isinstance(error, ChromaError):
        return LibraryError(f"The Chroma server at {location} refused the request ({text}).")
    return LibraryDamaged(
        f"The library {location} is damaged ({text or type(error).__name__}); mend it with: "
        "paper-assistant doctor --repair"
    )
