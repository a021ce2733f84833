"""The controls that narrow a question: dates, organisation, page, code, number of sources; and who reads.

Turns what they hold into values; what a date phrase means is read where questions are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.answers import Filters
from assistant.errors import UsageError
from assistant.language import dates

if TYPE_CHECKING:
    import gradio as gr
    from gradio.components import Component

    from assistant.assistant import Assistant

ANYWHERE = ""


@dataclass(frozen=True, slots=True)
class Controls:
    """The components, in the order in which :func:`read` takes their values."""

    since: gr.Textbox
    until: gr.Textbox
    organization: gr.Dropdown
    page: gr.Dropdown
    has_code: gr.Checkbox
    limit: gr.Slider

    def inputs(self) -> list[Component]:
        return [self.since, self.until, self.organization, self.page, self.has_code, self.limit]


def build(assistant: Assistant) -> Controls:
    """Make the controls where the caller stands in its layout."""
    import gradio as gr

    organizations, pages = choices(assistant)
    with gr.Row(elem_classes="controls"):
        since = gr.Textbox(label="Listed since", placeholder="2025-06", max_length=40, min_width=120)
        until = gr.Textbox(label="Listed until", placeholder="2025-12-31", max_length=40, min_width=120)
        organization = gr.Dropdown(organizations, label="Organisation", value=ANYWHERE, min_width=150)
        page = gr.Dropdown(pages, label="Listing page", value=ANYWHERE, min_width=150)
    with gr.Row(elem_classes="controls"):
        limit = gr.Slider(
            1, 30, value=min(30, assistant.settings.limit), step=1, label="Papers to read at most", min_width=220
        )
        has_code = gr.Checkbox(label="Only papers that link to code", min_width=150)
    return Controls(since, until, organization, page, has_code, limit)


def choices(assistant: Assistant) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Organisations and pages to choose from, "any" first."""
    organizations = [("Any", ANYWHERE), *((name, name) for name in assistant.library.organizations())]
    pages = [("Any", ANYWHERE), *((name, name) for name in assistant.library.pages())]
    return organizations, pages


def read(values: Sequence[Any], *, today: date) -> tuple[Filters, int]:
    """The filters and the limit that the controls hold. Raises UsageError for a date that can't be read."""
    since, until, organization, page, has_code, limit = values
    first = _day(since, "since", today)
    last = _day(until, "until", today)
    if first and last and first > last:
        raise UsageError(f"Nothing is listed since {first} and until {last}: swap the two dates.")
    filters = Filters(first, last, organization or None, page or None, True if has_code else None)
    return filters, int(limit)


def _day(text: str | None, side: str, today: date) -> date | None:
    words = (text or "").strip()
    if not words:
        return None
    phrase = dates.read(f"{side} {words}", today=today)
    day = phrase.since if side == "since" else phrase.until
    if day is None:
        raise UsageError(f"“{words}” is no date that can be read; write 2025, 2025-06, 2025-06-14 or “last month”.")
    return day


def described(values: Sequence[Any]) -> str:
    """What the controls hold beyond the ordinary, in words, for the label of the closed controls."""
    since, until, organization, page, has_code, _ = values
    parts = (
        f"since {since.strip()}" if (since or "").strip() else "",
        f"until {until.strip()}" if (until or "").strip() else "",
        organization or "",
        page or "",
        "with code" if has_code else "",
    )
    return ", ".join(part for part in parts if part)
