"""Whether the library behind the page can be read, for whoever watches over the server.

A look reads the manifest, the lexical index and Chroma, in threads of its own: it waits for no answer under way.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.errors import IngestError

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: Seconds after which a library that says nothing counts as one that can't be read.
PATIENCE = 5.0
#: Looks at once; a library that hangs holds no more threads than these.
LOOKS = 2


@dataclass(frozen=True, slots=True)
class State:
    """What a look found; ``problem`` is one sentence, empty where all is well."""

    papers: int = 0
    generation: int = 0
    reader: str = ""
    problem: str = ""


class Health:
    """Looks at the library of one assistant."""

    def __init__(self, assistant: Assistant) -> None:
        import anyio

        self._assistant = assistant
        self._looks = anyio.CapacityLimiter(LOOKS)

    async def look(self) -> State:
        """The state now, after at most :data:`PATIENCE` seconds."""
        from anyio import to_thread

        reading = to_thread.run_sync(self._read, abandon_on_cancel=True, limiter=self._looks)
        try:
            return await asyncio.wait_for(reading, PATIENCE)
        except TimeoutError:
            return State(
                problem=f"The library has not answered for {PATIENCE:.0f} seconds; look at the machine it is on."
            )

    def _read(self) -> State:
        import numpy as np

        library = self._assistant.library
        try:
            papers = library.count()
            if papers:
                # Chroma can stand with every row in place and yet fail each read: only a search tells.
                library.dense(np.eye(1, library.identity.dimension, dtype=np.float32)[0], 1)
            return State(papers, library.generation, self._assistant.reader_name)
        except IngestError as error:
            return State(problem=str(error))
        except Exception:
            import logging

            logging.getLogger(__name__).exception("the library can't be read")
            return State(problem="The library can't be read; paper-assistant doctor says what is wrong with it.")
