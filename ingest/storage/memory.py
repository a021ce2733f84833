"""Memory that a long ingest no longer needs, handed back to the system: free heap, and pages of files that were read.

glibc gives each of Chroma's and tantivy's threads a heap of its own, and what was freed in one is of no use to another:
0.6 kB a paper are lost so, as much as Chroma's graph takes. tantivy's merges map whole parts of the lexical index, half
a gigabyte of them at 600,000 papers. Other C libraries, and systems other than Linux, are left alone.
"""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: glibc's number, in malloc.h, of the setting that says how many heaps there may be.
_M_ARENA_MAX = -8
#: Linux's number of the advice that pages may go. They stay in their file, and what is of no file is at most swapped:
#: nothing is lost even where another thread has just put something else in their place. Older than 5.4, it is refused.
_MADV_PAGEOUT = 21
#: Bytes of mapped files that may come to be in memory before those of a folder are let go; seconds between two looks.
_MORE, _PERIOD = 64_000_000, 1.0
#: The same for who only reads, and readings between two looks: a search of a million papers reads half a megabyte new.
MORE_READ, READINGS = 96_000_000, 16
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ +(/.*)")


def share_heap() -> None:
    """Have all threads of this process share one heap: for a program that does nothing but ingest.

    To be called first of all: a thread keeps the heap that it has.
    """
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):  # musl has no such setting
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Hand free memory back, where the C library has a function for it."""
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def pages_let_go(folder: Path) -> Iterator[None]:
    """Meanwhile, pages of mapped files in ``folder`` do not stay in memory after they have been read, if they are many.

    Pages that another process has mapped too stay, and nothing is done on other systems than Linux.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    over = threading.Event()
    most = _in_memory() + _MORE

    def watch() -> None:
        while not over.wait(_PERIOD):
            if _in_memory() > most:
                let_go(folder)

    watching = threading.Thread(target=watch, name="pages", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


class Mapped:
    """Looks now and then how much of mapped files a reader has come to hold in memory. Does nothing but on Linux."""

    def __init__(self, let_go: Callable[[], None]) -> None:
        """``let_go`` is called where they are many; what it can't let go of counts no more."""
        self._let_go = let_go
        self._looks = 0
        self._most = _in_memory() + MORE_READ

    def look(self) -> None:
        """To be called after each reading."""
        self._looks += 1
        known = self._most > MORE_READ  # else the system said at first that nothing was in memory: it does not say
        if known and self._looks % READINGS == 0 and _in_memory() > self._most:
            self._let_go()
            self._most = _in_memory() + MORE_READ


def let_go(folder: Path) -> None:
    """Let the pages of mapped files in ``folder`` go."""
    with suppress(OSError, AttributeError):
        advise = ctypes.CDLL(None).madvise
        for start, end in mapped(folder):
            advise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_PAGEOUT)


def mapped(folder: Path) -> list[tuple[int, int]]:
    """Where this process has files in ``folder`` mapped: first address and the one after the last.

    Lines are Linux's, ``7f1c6e400000-7f1c6e8a0000 r--s 00000000 fe:00 1312 /library/lexical/…/1398….idx``.
    """
    inside = f"{folder.resolve()}/"
    with Path("/proc/self/maps").open(encoding="utf-8", errors="replace") as lines:
        found = map(_MAPPING.match, lines)
        return [(int(m[1], 16), int(m[2], 16)) for m in found if m and m[3].startswith(inside)]


def _in_memory() -> int:
    """Bytes of mapped files that are in memory, as this process has them; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[2]) * mmap.PAGESIZE
    except OSError:
        return 0
