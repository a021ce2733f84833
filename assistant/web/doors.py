"""Who may come in and how many at once, for requests of programs: login, strange web pages, a bounded queue."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.requests import Request


class Refused(Exception):
    """A request that is not served: its status, one sentence, and a code for programs."""

    def __init__(self, status: int, text: str, code: str = "") -> None:
        super().__init__(text)
        self.status, self.code = status, code


class Door:
    """Lets in who knows the login, which is a name and a password, or everybody where there is none."""

    def __init__(self, login: tuple[str, str] | None) -> None:
        self._login = login

    def admit(self, request: Request) -> None:
        """Raises Refused: 401 without the login, 403 for a script of another site's page."""
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            raise Refused(403, "Web pages of other sites may not ask here.", "origin_not_allowed")
        if not self.knows(request):
            raise Refused(401, "This server asks for its password: send it as the API key.", "invalid_api_key")

    def knows(self, request: Request) -> bool:
        """Whether the request brings the login: the password as a bearer's key, or both by HTTP Basic."""
        if self._login is None:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        name, password = self._login
        if scheme.lower() == "bearer":
            return _same(given.strip(), password)
        if scheme.lower() == "basic":
            return _same(_decoded(given), f"{name}:{password}")
        return False


class Lane:
    """An asynchronous context that few may be in at once; more wait, and too many are turned away."""

    #: Inside at once, and waiting at most: the page's own bounds. Seconds after which to come again.
    AT_ONCE: ClassVar[int] = 4
    WAITING: ClassVar[int] = 32
    COME_AGAIN: ClassVar[int] = 5

    def __init__(self) -> None:
        self._seats = asyncio.Semaphore(self.AT_ONCE)
        self._there = 0

    async def __aenter__(self) -> Self:
        if self._there >= self.AT_ONCE + self.WAITING:
            raise Refused(429, "Too many questions are waiting; ask again in a few seconds.", "rate_limit_exceeded")
        self._there += 1
        try:
            await self._seats.acquire()
        except BaseException:
            self._there -= 1
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._there -= 1
        self._seats.release()


def _same(given: str, wanted: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
