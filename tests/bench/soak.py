"""Many questions, several at once, over the served page: python -m tests.bench.soak [--questions 10000] [--at-once 8]

Starts ``paper-assistant serve`` over the bundled pages in a process of its own and asks it questions made from the
library's own papers: by gradio_client, by the plain HTTP calls of the page's API, and as chat completions, whole and
streamed. Reports times, errors and the curve of the server's memory; exits with 1 after any error, or where memory
has grown. Linux and macOS.

Memory is what ``ps`` calls resident, mapped files included. Its base is taken when the server has come to rest after
its start and has been asked fifty questions, so that it has met each way of asking and hardly more; it is looked at
every five hundred. It has grown where it ever stood more than 5 % above the base, or where the second half of the
questions added more than 2 %: the first bounds what fills up, the second tells it from what leaks.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from gradio_client import Client

from ingest.pages import bundled, read_page
from ingest.papers import merge_all
from tests.bench.questions import Question, questions

#: Growth of the server's memory, in percent, that is still none: above its base, and in the second half.
GROWTH, LATE_GROWTH = 5.0, 2.0
#: Questions before the base is taken, and between two looks at the memory.
WARM_UP, LOOK_EVERY = 50, 500
#: Seconds without a second of computing after which a server is at rest.
REST = 3.0
#: Questions after which a worker comes back as a new visitor: two hundred come in a long run, and the server keeps the
#: last 128.
VISIT = 50
#: Seconds after which an answer counts as lost.
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run measured after its warm-up.

    ``curve`` is the memory in MiB by the number of questions asked, from the base on; ``ways`` are the median times
    of each way of asking.
    """

    questions: int
    at_once: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    curve: tuple[tuple[int, float], ...]
    ways: dict[str, float] = field(default_factory=dict[str, float])
    errors: tuple[str, ...] = ()

    @property
    def growth(self) -> float:
        """How far the memory ever stood above its base, in percent of it."""
        base = self.curve[0][1]
        return 100 * (max(mib for _, mib in self.curve) - base) / base

    @property
    def late_growth(self) -> float:
        """What the second half of the questions added, in percent."""
        half = next(mib for asked, mib in self.curve if asked >= self.questions / 2)
        return 100 * (self.curve[-1][1] - half) / half

    @property
    def sound(self) -> bool:
        return not self.errors and self.growth <= GROWTH and self.late_growth <= LATE_GROWTH


@dataclass
class Tally:
    """What the workers have seen so far: the way and the seconds of each question, and errors."""

    times: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    errors: list[str] = field(default_factory=list[str])


# ----------------------------------------------------------------------------------------------------- asking


class Visitor:
    """One who asks a server, by one way after the other, and checks what comes."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._draw = random.Random(seed)
        self._http = httpx.Client(timeout=PATIENCE)
        # It makes a connection for each request, and reads all certificates for each, to an address without any.
        self._client = Client(
            url, verbose=False, ssl_verify=False, analytics_enabled=False, httpx_kwargs={"timeout": PATIENCE}
        )
        self._ways: dict[str, Callable[[Question], str]] = {
            "gradio_client": self._by_client,
            "plain calls": self._by_call,
            "completion": self._whole,
            "streamed": self._streamed,
        }

    def draw(self) -> str:
        """A way of asking: the page's own client as often as all others together."""
        return self._draw.choices(list(self._ways), (5, 2, 2, 2))[0]

    def ask(self, question: Question, way: str) -> None:
        """Raises where no answer of the expected form comes."""
        if not self._ways[way](question).strip():
            raise ValueError("an empty answer")

    def leave(self) -> None:
        """Close the connections, as a browser does whose page is closed: the server forgets who has gone."""
        self._client.close()
        self._http.close()

    def _by_client(self, question: Question) -> str:
        history = [list(turn) for turn in question.history]
        return _checked(self._client.predict(question.text, history, api_name="/ask"))

    def _by_call(self, question: Question) -> str:
        data = [question.text, [list(turn) for turn in question.history], "", "", "", "", 8]
        begun = self._http.post(f"{self._url}/gradio_api/call/ask", json={"data": data}).raise_for_status()
        address = f"{self._url}/gradio_api/call/ask/{begun.json()['event_id']}"
        events = self._http.get(address).raise_for_status().text
        found = re.search(r"^event: complete\ndata: (.*)$", events, re.MULTILINE)
        if not found:
            raise ValueError(f"no answer among the events: {events[:200]}")
        return _checked(json.loads(found[1])[0])

    def _whole(self, question: Question) -> str:
        body = {"messages": _messages(question), "model": "paper-assistant"}
        response = self._http.post(f"{self._url}/v1/chat/completions", json=body).raise_for_status()
        return response.json()["choices"][0]["message"]["content"]

    def _streamed(self, question: Question) -> str:
        body = {"messages": _messages(question), "stream": True}
        response = self._http.post(f"{self._url}/v1/chat/completions", json=body).raise_for_status()
        *events, last = re.findall(r"^data: (.*)$", response.text, re.MULTILINE)
        if last != "[DONE]":
            raise ValueError(f"a stream without an end: {last[:200]}")
        return "".join(json.loads(event)["choices"][0]["delta"].get("content", "") for event in events)


def _messages(question: Question) -> list[dict[str, str]]:
    turns = (*question.history, ("user", question.text))
    return [{"role": role, "content": text} for role, text in turns]


def _checked(answer: dict[str, Any]) -> str:
    for citation in answer["citations"]:
        if citation["paper"]["abstract"][citation["start"] : citation["end"]] != citation["quote"]:
            raise ValueError(f"a quote that is not verbatim: {citation['quote'][:100]}")
    return answer["text"]


def _work(url: str, mine: Sequence[Question], tally: Tally, seed: int) -> None:
    visitor: Visitor | None = None
    for number, question in enumerate(mine):
        way, began = "coming in", time.perf_counter()
        try:
            if visitor is None or number % VISIT == 0:
                if visitor is not None:
                    visitor.leave()
                visitor = Visitor(url, seed + number)
            way, began = visitor.draw(), time.perf_counter()
            visitor.ask(question, way)
        except Exception as error:  # whatever it is, it is counted
            tally.errors.append(f"{type(error).__name__}: {str(error)[:200]} ({question.text[:80]})")
        tally.times.append((way, time.perf_counter() - began))
    if visitor is not None:
        visitor.leave()


# ------------------------------------------------------------------------------------------------- the server


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """A server of the bundled pages: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant", "serve", "--reader", "builtin", "--port", str(port)]
    environment = {**os.environ, "PAPER_ASSISTANT_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, folder / "log")
        yield url, process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/health").json()["status"] == "ok":
                _come_to_rest(process.pid)
                return
        except (httpx.HTTPError, ValueError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not come up: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _come_to_rest(process: int) -> None:
    """Wait until a process that reads its library in the background computes no more."""
    before = ""
    while before != (before := _told(process, "time")):
        time.sleep(REST)


def memory(process: int) -> float:
    """Resident memory of a process, in MiB."""
    return int(_told(process, "rss")) / 1024


def _told(process: int, what: str) -> str:
    asked = ["ps", "-o", f"{what}=", "-p", str(process)]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def soak(count: int, at_once: int, *, say: Callable[[str], None] = lambda _: None) -> Figures:
    """``count`` questions after a warm-up, ``at_once`` at a time."""
    papers = list(merge_all(paper for page in bundled() for paper in read_page(page).papers).values())
    stream, tally = questions(papers), Tally()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, process):
        _round(url, list(islice(stream, WARM_UP)), at_once, tally, 0)
        tally.times.clear()
        began, curve = time.monotonic(), [(0, memory(process))]
        say(f"{0:>7} asked after {WARM_UP} to warm up, {curve[0][1]:.1f} MiB")
        for number, size in enumerate(_parts(count), 1):
            _round(url, list(islice(stream, size)), at_once, tally, 1000 * number)
            curve.append((len(tally.times), memory(process)))
            say(f"{curve[-1][0]:>7} asked, {curve[-1][1]:.1f} MiB, {len(tally.errors)} errors {tally.errors[-1:]}")
        seconds = time.monotonic() - began
    times = sorted(1000 * spent for _, spent in tally.times)
    p50, p95, p99 = (times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95, 0.99))
    by_way = {name: 1000 * median(t for way, t in tally.times if way == name) for name in {w for w, _ in tally.times}}
    return Figures(len(times), at_once, seconds, p50, p95, p99, tuple(curve), by_way, tuple(tally.errors))


def _round(url: str, some: Sequence[Question], at_once: int, tally: Tally, seed: int) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        for worker in range(at_once):
            pool.submit(_work, url, some[worker::at_once], tally, seed + worker)


def _parts(count: int) -> list[int]:
    """``count`` in rounds of :data:`LOOK_EVERY` or so, two at least, after each of which the memory is looked at."""
    rounds = max(2, round(count / LOOK_EVERY))
    return [count // rounds + (number < count % rounds) for number in range(rounds)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    arguments = parser.parse_args()
    figures = soak(arguments.questions, arguments.at_once, say=lambda line: print(line, flush=True))
    rate = figures.questions / figures.seconds
    print(f"{figures.questions:,} questions, {figures.at_once} at once, {rate:.1f} a second")
    print(f"p50 {figures.p50_ms:.0f} ms, p95 {figures.p95_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms")
    print("p50 by way:", ", ".join(f"{way} {spent:.0f} ms" for way, spent in sorted(figures.ways.items())))
    print(f"memory {figures.curve[0][1]:.1f} MiB after {WARM_UP} questions, {figures.curve[-1][1]:.1f} at the end")
    print(f"at most {figures.growth:+.1f} % above the base ({GROWTH:.0f} are allowed)")
    print(f"the second half added {figures.late_growth:+.1f} % ({LATE_GROWTH:.0f} are allowed)")
    print(f"{len(figures.errors)} errors", *figures.errors[:10], sep="\n")
    print("sound" if figures.sound else "not sound")
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")
    return 0 if figures.sound else 1


if __name__ == "__main__":
    sys.exit(main())
