"""Many questions, several at once, over the served page: python -m tests.bench.soak [--questions 10000] [--at-once 8]

Starts ``paper-assistant serve`` over the bundled pages in a process of its own and asks it questions made from the
library's own papers: by gradio_client, by the plain HTTP calls of the page's API, and as chat completions, whole and
streamed. Reports times, errors and the server's memory; exits with 1 after any error, or where memory has grown by
more than 5 % since the warm-up. Linux and macOS.
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
from typing import Any

import httpx
from gradio_client import Client

from ingest.pages import bundled, read_page
from ingest.papers import merge_all
from tests.bench.questions import Question, questions

#: Growth of the server's memory, in percent, that is still none.
GROWTH = 5.0
#: Share of the questions that warms the server up, and the fewest.
WARM_UP, FEWEST = 0.1, 100
#: Questions after which a worker comes back as a new visitor: often in the warm-up, so that the server, which keeps
#: the last 128 visitors, holds as many as it ever will before its memory is looked at.
WARM_UP_VISIT, VISIT = 7, 100
#: Seconds after which an answer counts as lost.
PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run measured: times in milliseconds, memory in MiB, growth in percent of the memory after warm-up."""

    questions: int
    at_once: int
    seconds: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    warm_mib: float
    end_mib: float
    growth: float
    errors: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return not self.errors and self.growth <= GROWTH


@dataclass
class Tally:
    """What the workers have seen so far."""

    times: list[float] = field(default_factory=list[float])
    errors: list[str] = field(default_factory=list[str])


# ----------------------------------------------------------------------------------------------------- asking


class Visitor:
    """One who asks a server, by one way after the other, and checks what comes."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._draw = random.Random(seed)
        self._http = httpx.Client(timeout=PATIENCE)
        self._client = Client(url, verbose=False, httpx_kwargs={"timeout": PATIENCE})
        self._ways: tuple[Callable[[Question], str], ...] = (
            self._by_client,
            self._by_call,
            self._whole,
            self._streamed,
        )

    def ask(self, question: Question) -> None:
        """Raises where no answer of the expected form comes."""
        text = self._draw.choices(self._ways, (5, 2, 2, 2))[0](question)
        if not text.strip():
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


def _work(url: str, mine: Sequence[Question], tally: Tally, seed: int, visit: int = VISIT) -> None:
    visitor: Visitor | None = None
    began = time.perf_counter()
    for number, question in enumerate(mine):
        try:
            if visitor is None or number % visit == 0:
                if visitor is not None:
                    visitor.leave()
                visitor = Visitor(url, seed + number)
            began = time.perf_counter()
            visitor.ask(question)
        except Exception as error:  # whatever it is, it is counted
            tally.errors.append(f"{type(error).__name__}: {str(error)[:200]} ({question.text[:80]})")
        tally.times.append(time.perf_counter() - began)
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
                return
        except (httpx.HTTPError, ValueError):
            time.sleep(0.2)
    raise RuntimeError(f"The server did not come up: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def memory(process: int) -> float:
    """Resident memory of a process, in MiB."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


def soak(count: int, at_once: int, *, say: Callable[[str], None] = lambda _: None) -> Figures:
    """``count`` questions after a warm-up, ``at_once`` at a time."""
    papers = list(merge_all(paper for page in bundled() for paper in read_page(page).papers).values())
    stream, tally = questions(papers), Tally()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, process):
        rounds = [max(FEWEST, int(count * WARM_UP)), *_parts(count)]
        warm, began = 0.0, time.monotonic()
        for number, size in enumerate(rounds):
            mine = list(islice(stream, size))
            with ThreadPoolExecutor(at_once) as pool:
                for worker in range(at_once):
                    visit = VISIT if number else WARM_UP_VISIT
                    pool.submit(_work, url, mine[worker::at_once], tally, 1000 * number + worker, visit)
            failed = f"{len(tally.errors)} errors {tally.errors[-1:]}"
            say(f"{len(tally.times):>7} asked, {memory(process):.1f} MiB, {failed}")
            if number == 0:
                warm, began = memory(process), time.monotonic()
                tally.times.clear()
        end, seconds = memory(process), time.monotonic() - began
    times = sorted(1000 * spent for spent in tally.times)
    p50, p95, p99 = (times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95, 0.99))
    growth = 100 * (end - warm) / warm
    return Figures(len(times), at_once, seconds, p50, p95, p99, warm, end, growth, tuple(tally.errors))


def _parts(count: int) -> list[int]:
    """``count`` in rounds of about a thousand, after each of which the memory is looked at."""
    rounds = max(1, round(count / 1000))
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
    print(f"memory {figures.warm_mib:.1f} MiB after warm-up, {figures.end_mib:.1f} at the end: {figures.growth:+.1f} %")
    print(f"{len(figures.errors)} errors", *figures.errors[:10], sep="\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")
    return 0 if figures.sound else 1


if __name__ == "__main__":
    sys.exit(main())
