"""Does an abstract bear out a sentence? Judged by words, numbers, names and negations, by no model that writes."""

from __future__ import annotations

from assistant.verification.verifier import Embed, Judgment, Verifier

__all__ = ["Embed", "Judgment", "Verifier"]
