"""A server's process: one heap that is kept tidy, no products over all cores, a library read before anybody asks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.evidence.reading import read
from tests.test_silence import ROOT

HEAPS = """
import ctypes, os, sys, threading
from assistant.web import resources

assert "numpy" not in sys.modules
resources.restrain()

def work():
    held = [bytearray(900) for _ in range(2000)]
    ready.wait()

libc = ctypes.CDLL(None)
libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_char_p)
libc.malloc_info.argtypes, libc.fclose.argtypes = (ctypes.c_int, ctypes.c_void_p), (ctypes.c_void_p,)
ready = threading.Barrier(9)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
ready.wait()
file = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, file)
libc.fclose(file)
with open(sys.argv[1]) as said:
    print(said.read().count("<heap "), os.environ["OPENBLAS_NUM_THREADS"])
"""

TIDIED = """
import os, signal, threading, time
from assistant.web import resources
from assistant.web.serving import Options, Service, _until_interrupted

resources.restrain()
resources.TIDY_EVERY = 0.05

def resident():
    with open("/proc/self/statm") as said:
        return int(said.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20

def work():
    before = resident()
    blocks = [bytearray(3000) for _ in range(20_000)]
    full = resident() - before
    kept = blocks[::20]  # the free pages lie between these
    blocks.clear()
    patience = time.monotonic() + 10
    while resident() - before > full / 2 and time.monotonic() < patience:
        sum(range(100_000))  # who idles is not tidied
    print(full > 40, len(kept), resident() - before < full / 2)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=work).start()
_until_interrupted(Service("http://127.0.0.1", lambda: print("closed")), Options())
"""

SETTLED = """
import gc, sys
from assistant import Assistant
from assistant.web import resources

with Assistant.open(sys.argv[1], reader="builtin") as assistant:
    resources.settle(assistant)
    print(gc.get_freeze_count() > 10_000, gc.get_threshold() == resources.GARBAGE_AFTER)
resources.settle(assistant)  # closed: who asks is told, the server stays
"""


def said(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=True).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other heaps")
def test_eight_threads_share_one_heap(tmp_path: Path) -> None:
    assert said(HEAPS, str(tmp_path / "info")).split() == ["1", "1"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other heaps")
def test_a_server_gives_back_what_lies_free_between_what_is_kept() -> None:
    assert said(TIDIED).split() == ["True", "1000", "True", "closed"]


def test_what_stays_is_left_out_of_the_search_for_garbage(bundled_library: Path) -> None:
    assert said(SETTLED, str(bundled_library)).split() == ["True", "True"]


def test_after_preparing_no_question_reads_a_paper_for_the_first_time(bundled_library: Path) -> None:
    from assistant import Assistant

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        before = assistant.ask("Which papers are about multi-agent systems?")
        read.cache_clear()
        assistant.prepare()
        met = read.cache_info().misses
        assert met >= assistant.library.count()
        assert assistant.ask("Which papers are about multi-agent systems?").text == before.text
        assert assistant.ask("What does AMPO do?").answered
        assert read.cache_info().misses == met


def test_a_rehearsal_asks_about_papers_and_reads_none_anew(bundled_library: Path) -> None:
    from assistant import Assistant
    from assistant.web.resources import REHEARSED, rehearse

    with Assistant.open(bundled_library, reader="builtin") as assistant:
        assistant.prepare()
        before = read.cache_info()
        rehearse(assistant)
        after = read.cache_info()
        assert after.misses == before.misses
        assert after.hits - before.hits >= 2 * (REHEARSED - 1)
