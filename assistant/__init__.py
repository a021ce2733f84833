"""Question to cited answer: the package that users import.

>>> from assistant import Assistant
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation, Delta, Filters, Passage, Stage, Turn, Verdict
from assistant.errors import AssistantError, ReaderError, UsageError
from ingest.errors import IngestError

if TYPE_CHECKING:
    from assistant.assistant import Assistant

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Assistant",
    "AssistantError",
    "Citation",
    "Delta",
    "Filters",
    "IngestError",
    "Passage",
    "ReaderError",
    "Stage",
    "Turn",
    "UsageError",
    "Verdict",
    "__version__",
]


def __getattr__(name: str) -> object:
    # Assistant pulls in everything below it; the command line's --help must not pay for that.
    if name == "Assistant":
        from assistant.assistant import Assistant

        return Assistant
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
