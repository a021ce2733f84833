"""Keeps Gradio from calling home and from keeping books that nobody reads. Knows nothing of the page."""

from __future__ import annotations

import os


def silence() -> None:
    """Tell Gradio to call nobody. Works only before it is first imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # After every event Gradio makes a table of the last ten thousand, for a dashboard that is switched off.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
