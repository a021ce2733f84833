"""Keeps Gradio from calling home. Knows nothing of the page."""

from __future__ import annotations

import os


def silence() -> None:
    """Tell Gradio to call nobody. Works only before it is first imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
