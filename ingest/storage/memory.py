"""Memory that is free but that the C library still holds: less of it, and handed back to the system in a long ingest.

glibc gives each of Chroma's and tantivy's threads a heap of its own, and what was freed in one is of no use to another:
0.6 kB a paper are lost so, as much as Chroma's graph takes. Other C libraries are left alone.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

#: glibc's number, in malloc.h, of the setting that says how many heaps there may be.
_M_ARENA_MAX = -8


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
