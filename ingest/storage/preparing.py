"""What is made of papers before they are written, made in a second process while the first one writes.

Chroma holds Python's lock for as long as it writes, so a thread would wait for it; a process does not. It is started
only where there is enough to do, and only for the embedder that ships with the package, which it can load for itself;
where it fails, or embeds otherwise than the library, the work is done here. It knows no library: a crash of either
process leaves nothing behind.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO, Self

from ingest.chunking import ChunkerSettings, chunks
from ingest.embedding import StaticEmbedder, load_embedder
from ingest.errors import IngestError
from ingest.rows import Entry, with_chunks
from ingest.storage.writing import Prepared, prepared
from ingest.vectors import Embedder, EmbedderIdentity

#: Papers handed over at a time: half a second of Chroma's writing.
BATCH = 500
#: Papers made here of each lot, while the second process makes its first ones.
LEAD = 100
#: Papers from which on a second process, which takes half a second to start, is worth it.
WORTHWHILE = 2_000

Spans = tuple[tuple[int, int], ...]


class Preparer:
    """Chunks, embeds, finds names and keys; a context manager, which ends the second process where there is one.

    >>> with Preparer(embedder, ChunkerSettings()) as preparer:          # doctest: +SKIP
    ...     for made in preparer.prepare(entries):
    ...         writer.put(made)
    """

    def __init__(self, embedder: Embedder, settings: ChunkerSettings) -> None:
        self._embedder = embedder
        self._settings = settings
        self._helper: _Helper | None = None
        self._may_help = isinstance(embedder, StaticEmbedder) and (os.cpu_count() or 1) > 1

    def prepare(self, entries: Sequence[Entry]) -> Iterator[Prepared]:
        """``entries`` cut into chunks, a batch at a time, with what is made of them.

        Raises EmbedderError for vectors that can't be stored.
        """
        starting = self._helper is None
        helped = self._helps(len(entries))
        lead = LEAD if helped and not starting else BATCH  # it is long before one that has just been started answers
        batches = [entries[:lead], *(entries[at : at + BATCH] for at in range(lead, len(entries), BATCH))]
        if helped:
            self._ask(batches[1:])
            yield self._here(batches.pop(0))
            while batches and (made := self._answer(batches[0])):
                batches.pop(0)
                yield made
        yield from map(self._here, filter(None, batches))

    def _helps(self, count: int) -> bool:
        """Whether there is a second process worth asking; started, if this is the time for it."""
        if self._may_help and count >= WORTHWHILE:
            self._may_help = False
            self._helper = _Helper.started(self._embedder.identity, self._settings)
        return self._helper is not None and count > BATCH

    def _ask(self, batches: Sequence[Sequence[Entry]]) -> None:
        assert self._helper
        for batch in batches:
            self._helper.ask(batch)

    def _answer(self, batch: Sequence[Entry]) -> Prepared | None:
        """What the second process has made of ``batch``; None where it has failed, and is ended."""
        found = self._helper.answer() if self._helper else None
        if found is None:
            self.close()
            return None
        spans, made = found
        return replace(made, entries=[replace(entry, spans=own) for entry, own in zip(batch, spans, strict=True)])

    def _here(self, batch: Sequence[Entry]) -> Prepared:
        return prepared(self._embedder, _cut(batch, self._settings))

    def close(self) -> None:
        """End the second process; what is asked for from now on is made here."""
        helper, self._helper = self._helper, None
        if helper:
            helper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Helper:
    """The second process, seen from the first."""

    def __init__(self, process: subprocess.Popen[bytes], identity: EmbedderIdentity) -> None:
        self._process = process
        self._identity: EmbedderIdentity | None = identity
        # Chroma may hold this process up in the middle of a hand-over, never the hand-over this process.
        self._feeder = ThreadPoolExecutor(1, "feeder")

    @classmethod
    def started(cls, identity: EmbedderIdentity, settings: ChunkerSettings) -> _Helper | None:
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "ingest.storage.preparing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError:
            return None
        helper = cls(process, identity)
        helper._feeder.submit(helper._send, (identity.name, settings))
        return helper

    def ask(self, batch: Sequence[Entry]) -> None:
        """Have ``batch`` made; the answers come in the order of asking."""
        self._feeder.submit(self._send, list(batch))

    def answer(self) -> tuple[list[Spans], Prepared] | None:
        """The next batch's spans, paper by paper, and all else but the papers; None where the process has failed."""
        try:
            if self._identity is not None and self._receive() != self._identity:
                return None
            self._identity = None
            return self._receive()
        except (OSError, EOFError, pickle.UnpicklingError):
            return None

    def close(self) -> None:
        self._feeder.shutdown(wait=False, cancel_futures=True)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not sent is not wanted any more
                if pipe:
                    pipe.close()

    def _send(self, message: object) -> None:
        assert self._process.stdin
        with suppress(OSError, ValueError):  # a process that has gone is noticed when it does not answer
            pickle.dump(message, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()

    def _receive(self) -> Any:
        assert self._process.stdout
        return pickle.load(self._process.stdout)


def _cut(batch: Sequence[Entry], settings: ChunkerSettings) -> list[Entry]:
    return [with_chunks(entry, chunks(entry.paper, settings)) for entry in batch]


def _serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer what is asked until the pipe is closed, as it is when the first process ends, however it ends."""
    inbox: SimpleQueue[Any] = SimpleQueue()
    outbox: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_drain, args=(asked, inbox), daemon=True).start()
    writing = threading.Thread(target=_deliver, args=(outbox, answers), daemon=True)
    writing.start()
    name, settings = inbox.get()
    embedder = load_embedder(name)
    outbox.put(embedder.identity)
    while (batch := inbox.get()) is not None:
        cut = _cut(batch, settings)
        outbox.put(([entry.spans for entry in cut], replace(prepared(embedder, cut), entries=[])))
    outbox.put(None)
    writing.join()


def _drain(pipe: BinaryIO, inbox: SimpleQueue[Any]) -> None:
    try:
        while True:
            inbox.put(pickle.load(pipe))
    except (EOFError, OSError, pickle.UnpicklingError):
        inbox.put(None)


def _deliver(outbox: SimpleQueue[Any], pipe: BinaryIO) -> None:
    with suppress(OSError):
        while (message := outbox.get()) is not None:
            pickle.dump(message, pipe, pickle.HIGHEST_PROTOCOL)
            pipe.flush()


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between
    with suppress(IngestError, KeyboardInterrupt):
        _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
