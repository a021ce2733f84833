"""The Daily Papers API as one server is asked: one request at a time, politely, tried again where that may help.

Knows nothing of files. An answer of many papers comes in parts::

    GET {base}/api/daily_papers?date=2025-02-13&limit=100&p=0
    [{"paper": {"id": "2502.08946", "title": …, "summary": …, "authors": […]}, "publishedAt": …, "numComments": 2}, …]
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ingest.errors import FetchError, NetworkMissing

if TYPE_CHECKING:
    import httpx

PATH = "/api/daily_papers"
#: Papers asked for at a time, and parts of a day at most; a day has some fifty papers.
PAGE, MOST_PAGES = 100, 20
#: Bytes of one answer; a hundred papers take about half a megabyte.
MOST_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Manners:
    """How a server is treated. All times are in seconds.

    ``pause`` lies between two requests; a failed one is tried ``tries`` times in all, after ``backoff``, twice that,
    and so on, or after as long as the server asks for in Retry-After, if that is not more than ``patience``. Where
    nobody answers at all it is tried twice: a person is waiting.
    """

    pause: float = 1.0
    tries: int = 5
    backoff: float = 1.0
    patience: float = 120.0
    timeout: float = 30.0
    sleep: Callable[[float], None] = time.sleep


class _Again(Exception):
    """A request that may succeed later; ``after`` are the seconds that the server asks for, if it does."""

    def __init__(self, why: str, after: float | None = None, *, unreachable: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.unreachable = unreachable


class DailyServer:
    """Asks one server, one request at a time."""

    def __init__(self, client: httpx.Client, base: str, manners: Manners) -> None:
        self._client = client
        self._base = base
        self._manners = manners
        self._asked = False

    def papers_of(self, day: date) -> list[Any]:
        """All papers of a day. Raises NetworkMissing or FetchError."""
        found: list[Any] = []
        for page in range(MOST_PAGES):
            more = self._page(day, page)
            fresh = [paper for paper in more if paper not in found]
            found += fresh
            if len(more) < PAGE or not fresh:  # a server that knows no pages gives the first one again
                break
        return found

    def _page(self, day: date, page: int) -> list[Any]:
        manners = self._manners
        for attempt in range(1, manners.tries + 1):
            if self._asked:
                manners.sleep(manners.pause)
            self._asked = True
            try:
                return self._ask(day, page)
            except _Again as error:
                tries = min(manners.tries, 2) if error.unreachable else manners.tries
                if attempt >= tries or (error.after or 0) > manners.patience:
                    raise self._given_up(day, error) from error
                # Not all who were turned away come back in the same moment.
                waiting = manners.backoff * 2 ** (attempt - 1) * random.uniform(1.0, 1.25)
                manners.sleep(min(manners.patience, max(waiting, error.after or 0)))
        raise AssertionError("unreachable")

    def _given_up(self, day: date, error: _Again) -> FetchError:
        if error.unreachable:
            return NetworkMissing(
                f"{self._base} can't be reached ({error}); check the network, or name another address with --url."
            )
        return FetchError(f"The papers of {day} could not be fetched from {self._base} ({error}); try again later.")

    def _ask(self, day: date, page: int) -> list[Any]:
        import httpx

        asked = {"date": day.isoformat(), "limit": str(PAGE), "p": str(page)}
        try:
            with self._client.stream("GET", self._base + PATH, params=asked) as response:
                _judge(response.status_code, response.headers.get("Retry-After"), self._base)
                body = self._body(response)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise FetchError(f"{self._base} can't be fetched from ({_short(error)}); check the address.") from error
        except httpx.ConnectError as error:
            raise _Again(_short(error), unreachable=True) from error
        except httpx.HTTPError as error:
            raise _Again(_short(error) or type(error).__name__) from error
        return _papers(body)

    def _body(self, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size, began = 0, time.monotonic()
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise FetchError(
                    f"{self._base} answers with more than {MOST_BYTES >> 20} MiB, no list of a day's papers."
                )
            if time.monotonic() - began > 4 * self._manners.timeout:
                raise _Again("the answer came too slowly")
        return b"".join(parts)


def _judge(status: int, retry_after: str | None, base: str) -> None:
    """Raises _Again for an answer that may be another one later, FetchError for one that will not."""
    if status in (408, 425, 429) or status >= 500:
        raise _Again(f"it answers {status}", _seconds(retry_after))
    if status != 200:
        raise FetchError(f"{base} answers {status} and no list of papers; check the address given with --url.")


def _seconds(retry_after: str | None) -> float | None:
    """Seconds to wait, from a number of them or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after.strip()[:9])
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _papers(body: bytes) -> list[Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Again("its answer is no whole JSON") from error
    if not isinstance(value, list):
        raise _Again("its answer is no list of papers")
    return value


def _short(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:150]
