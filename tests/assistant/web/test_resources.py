"""A server's process: few heaps, no products over all cores, a library read before anybody asks."""

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
def test_eight_threads_share_two_heaps(tmp_path: Path) -> None:
    heaps, threads = said(HEAPS, str(tmp_path / "info")).split()
    assert (int(heaps) <= 2, threads) == (True, "1")


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
