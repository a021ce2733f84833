"""What a server takes of its machine: one core for each question, one heap kept tidy, a library read beforehand.

For a process that does nothing but serve. Knows nothing of pages.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: glibc's name of the bound on heaps, in <malloc.h>, and the bound: by itself it makes up to eight heaps a core, each
#: of which keeps what was once freed in it. Threads that take turns at running Python hardly wait for the one.
M_ARENA_MAX, HEAPS = -8, 1
#: Seconds between two looks whether questions have left free pages in the heap, and of computing that make it worth
#: while: to give them back takes 1 to 2 ms.
TIDY_EVERY, BUSY = 0.5, 0.1
#: Papers that a server asks itself about before anybody does, and how many questions at once.
REHEARSED, AT_ONCE = 64, 8
#: Objects made before Python looks for garbage, young and older: often, for all that a server has at its start is
#: left out, and what visitors leave behind must not pile up.
GARBAGE_AFTER = (20_000, 10, 10)


def restrain() -> None:
    """Have one heap and few threads; to be called before NumPy is imported and before there are threads."""
    # Questions are answered beside each other: a matrix product that takes all cores for itself makes the others wait,
    # and takes three times as long where there are others.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "MALLOC_ARENA_MAX" not in os.environ:
        _allocator("mallopt", M_ARENA_MAX, HEAPS)


def settle(assistant: Assistant) -> None:
    """Read a small library before anybody asks, and keep what stays for good out of Python's search for garbage."""
    try:
        assistant.prepare()
        rehearse(assistant)
    except Exception as error:  # it may be closed meanwhile; otherwise who asks is told
        logging.getLogger(__name__).info("the library could not be read beforehand: %s", error)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)


def rehearse(assistant: Assistant) -> None:
    """Ask about papers of a small library, several at once, for those who do so later need what it takes of memory.

    That is the heap in which several answers are made at once, and what Chroma keeps for who reads beside others. The
    built-in reader answers, and nobody is told. Raises the errors of :mod:`ingest.errors`.
    """
    from assistant.answering import READ_BEFOREHAND

    if assistant.library.count() > READ_BEFOREHAND:
        return
    titles = [paper.title for paper in islice(assistant.library.papers(), REHEARSED)]
    alone = assistant.with_reader("builtin")

    def ask(pair: tuple[str, str]) -> None:
        deque(alone.stream(f"Compare “{pair[0]}” and “{pair[1]}”."), maxlen=0)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        deque(pool.map(ask, pairwise(titles)), maxlen=0)


def tidy(ended: Event) -> None:
    """Give free pages of the heap back to the system, again and again, until the event is set.

    Questions asked at once leave them everywhere, and those that lie between pages in use would otherwise be kept.
    """
    told = time.process_time()
    while not ended.wait(TIDY_EVERY):
        if time.process_time() - told > BUSY:
            _allocator("malloc_trim", 0)
            told = time.process_time()


def _allocator(name: str, *arguments: int) -> None:
    """Call a function of glibc's; other C libraries have none."""
    if sys.platform == "linux":
        import ctypes

        function = getattr(ctypes.CDLL(None), name, None)
        if function:
            function(*arguments)
