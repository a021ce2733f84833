"""What a server takes of its machine: one core for each question, few heaps, a library read beforehand.

For a process that does nothing but serve. Knows nothing of pages.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: glibc's name of the bound on heaps, in <malloc.h>, and the bound: by itself it makes up to eight heaps a core, each
#: of which keeps what was once freed in it.
M_ARENA_MAX, HEAPS = -8, 2
#: Objects made before Python looks for garbage, young and older: often, for all that a server has at its start is
#: left out, and what visitors leave behind must not pile up.
GARBAGE_AFTER = (20_000, 10, 10)


def restrain() -> None:
    """Bound heaps and threads; to be called before NumPy is imported and before there are threads."""
    # Questions are answered beside each other: a matrix product that takes all cores for itself makes the others wait,
    # and takes three times as long where there are others.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        import ctypes

        bound = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if bound:
            bound(M_ARENA_MAX, HEAPS)


def settle(assistant: Assistant) -> None:
    """Read a small library before anybody asks, and keep what stays for good out of Python's search for garbage."""
    try:
        assistant.prepare()
    except Exception as error:  # it may be closed meanwhile; otherwise who asks is told
        logging.getLogger(__name__).info("the library could not be read beforehand: %s", error)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)
