"""One writer at a time: a file lock in a folder, a lease on a Chroma server. Readers take neither.

A file lock dies with its process. A server knows no locks, but it makes a collection of a given name only once:
the lease is such a collection, renewed while its holder writes and free for the taking when it has gone stale.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from ingest.errors import LibraryBusy, LibraryError

if TYPE_CHECKING:
    from ingest.storage.store import Store

#: Name of the collection that is the lease on a server.
LEASE = "paper-assistant-lease"
#: Seconds after which a lease that was not renewed counts as its holder's death, and between two renewals.
STALE, RENEWAL = 120.0, 20.0


class Lock(Protocol):
    """What a writer holds. Entering raises LibraryBusy, which says who holds it."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def renew(self) -> None:
        """Show that the holder is alive; to be called at least every RENEWAL seconds or so of writing."""
        ...


def _me() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}"


def _busy(location: str, holder: str) -> LibraryBusy:
    return LibraryBusy(f"The library {location} is being written by {holder}; try again when that has finished.")


class FileLock:
    """A lock on the file ``lock`` in a folder; ``writer.json`` beside it says who holds it."""

    def __init__(self, folder: Path, location: str, wait: float = 0.0) -> None:
        """``wait``: seconds to wait for another holder before LibraryBusy."""
        self._folder = folder
        self._location = location
        self._wait = wait
        self._lock = None

    def __enter__(self) -> Self:
        import filelock

        lock = filelock.FileLock(self._folder / "lock", timeout=self._wait, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise _busy(self._location, self._holder()) from None
        except OSError as error:
            raise LibraryError(
                f"The library {self._location} can't be written ({error.strerror or error}); check the permissions "
                "of its folder and the free space."
            ) from error
        self._lock = lock
        with suppress(OSError):  # only for the message to others
            (self._folder / "writer.json").write_text(json.dumps({"holder": _me()}), encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            (self._folder / "writer.json").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()

    def renew(self) -> None:
        """A file lock needs none."""

    def _holder(self) -> str:
        try:
            return str(json.loads((self._folder / "writer.json").read_text(encoding="utf-8"))["holder"])
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"


class Lease:
    """An empty collection on the server, whose metadata name the holder and the time of the last renewal."""

    def __init__(self, store: Store, local: FileLock) -> None:
        """``local`` guards what the holder keeps on its own machine."""
        self._store = store
        self._local = local
        self._me = _me()
        self._renewed = 0.0

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self._local)
            self._enter()
            undo.pop_all()
        return self

    def _enter(self) -> None:
        if not self._take():
            held = self._store.open(LEASE)
            stands = dict(held.metadata) if held else {}
            holder = str(stands.get("holder", "another process"))
            # Whoever holds a lease from this machine holds the local lock too; that one is ours now, so he is dead.
            dead = f" on {socket.gethostname()}, " in holder
            if not dead and time.time() - float(stands.get("renewed", 0.0)) <= STALE:
                raise _busy(self._store.place.text, holder)
            self._store.drop(LEASE)
            if not self._take():
                raise _busy(self._store.place.text, "another process")

    def __exit__(self, *_: object) -> None:
        try:
            with suppress(LibraryError):  # an unreachable server lets the lease go stale
                held = self._store.open(LEASE)
                if held and held.metadata.get("holder") == self._me:
                    self._store.drop(LEASE)
        finally:
            self._local.__exit__()

    def renew(self) -> None:
        """Raises LibraryBusy where another process has taken the lease over."""
        if time.time() - self._renewed < RENEWAL:
            return
        held = self._store.open(LEASE)
        holder = str(held.metadata.get("holder")) if held else "another process"
        if held is None or holder != self._me:
            raise _busy(self._store.place.text, holder)
        held.describe(self._stamp())

    def _take(self) -> bool:
        return self._store.create_new(LEASE, self._stamp())

    def _stamp(self) -> dict[str, str | float]:
        self._renewed = time.time()
        return {"holder": self._me, "renewed": self._renewed}
