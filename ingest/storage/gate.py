"""A gate before something that is replaced at times, while others use it. Knows nothing of what that is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Lets any number of calls in, or shuts all out while one thread has the place to itself.

    Entered by each call for as long as it lasts; a call that holds the gate must not enter it again.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._shut = False

    def __enter__(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._shut)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Wait until all calls have left, and let none in meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: not self._shut)
            self._shut = True
        try:
            with self._changed:
                self._changed.wait_for(lambda: not self._inside)
            yield
        finally:
            with self._changed:
                self._shut = False
                self._changed.notify_all()
