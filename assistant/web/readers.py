"""Who may read on this page, what each needs, and one assistant for each that was chosen.

Readiness is asked of the parts that know; a reader is made when first chosen and kept.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.wiring import DEFAULT_API_MODEL, api_configured

if TYPE_CHECKING:
    from assistant.assistant import Assistant


@dataclass(frozen=True, slots=True)
class Choice:
    """A reader to choose: its specification, its label, and what it needs where it isn't ready."""

    spec: str
    label: str
    needs: str = ""


class Readers:
    """The readers of one page over one open library."""

    def __init__(self, assistant: Assistant) -> None:
        self.standard = assistant
        self._made: dict[str, Assistant] = {assistant.reader_name: assistant}
        self._lock = threading.Lock()

    def choices(self) -> list[Choice]:
        """The reader that the page was started with first, then the others."""
        model = self.standard.settings.model
        known = [
            Choice("builtin", "Built-in: quotes the abstracts' own sentences"),
            Choice(f"hf:{model}", f"Local model: {model}", _local_needs(model)),
            Choice(f"openai:{os.environ.get('OPENAI_MODEL') or DEFAULT_API_MODEL}", "API model", _api_needs()),
        ]
        own = self.standard.reader_name
        if own not in {choice.spec for choice in known}:
            known.append(Choice(own, own))
        return sorted(known, key=lambda choice: choice.spec != own)

    def assistant(self, spec: str) -> Assistant:
        """The assistant whose reader is ``spec``. Raises UsageError or ReaderUnavailable."""
        if spec not in self._made:
            # One at a time: a local model takes gigabytes. Those that are made already need not wait.
            with self._lock:
                if spec not in self._made:
                    self._made[spec] = self.standard.with_reader(spec)
        return self._made[spec]


def _api_needs() -> str:
    return "" if api_configured(os.environ) else "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"


def _local_needs(model: str) -> str:
    from assistant.readers.huggingface import weights_on_disk

    return "" if weights_on_disk(model) else f"run: pip install 'paper-assistant[local]' && hf download {model}"
