"""The map's tab: drawn when first looked at, cited papers lit, a press on a point opens its abstract."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from assistant.history import Conversation
from assistant.web.cards import card_below
from assistant.web.events import PRIVATE, Visitor, heard
from assistant.web.mapping import FEWEST, Map, chart

if TYPE_CHECKING:
    from assistant.assistant import Assistant

EMPTY = '<p class="hint">Press a point to read its abstract here.</p>'


def build(assistant: Assistant, tab: Any, transcript: Any, conversation: Any) -> None:
    """Lay out the tab where the caller stands, and wire it."""
    import gradio as gr

    with gr.Row(elem_id="atlas", equal_height=False):
        with gr.Column(elem_id="sheet", min_width=0):
            said = gr.HTML(value="", apply_default_css=False)
            points = gr.Plot(label="Map of the library", show_label=False, elem_id="points")
            gr.HTML('<h2 class="caption">Papers by month of listing</h2>', apply_default_css=False)
            months = gr.Plot(label="Papers by month", show_label=False, elem_id="months")
        with gr.Column(elem_id="place", min_width=0):
            detail = gr.HTML(value=EMPTY, apply_default_css=False)
    cabinet = Cabinet(assistant)

    def drawn(current: Conversation | None) -> tuple[str, Any, Any]:
        from assistant.web.drawing import map_figure, timeline_figure

        sheet = cabinet.latest()
        cited = {paper.id for answer in (current.answers() if current else []) for paper in answer.sources.values()}
        if not sheet.clusters:
            return described(sheet, cited), None, None
        return described(sheet, cited), map_figure(sheet, cited), timeline_figure(assistant.papers())

    def opened(visitor: Visitor) -> str:
        paper_id = visitor.text("id")
        paper = assistant.library.get([paper_id]).get(paper_id)
        return card_below(paper) if paper else EMPTY

    lane: dict[str, Any] = {**PRIVATE, "show_progress": "minimal", "concurrency_id": "drawing", "concurrency_limit": 1}
    tab.select(drawn, [conversation], [said, points, months], **lane)
    transcript.point(heard(opened), None, [detail], **PRIVATE)


class Cabinet:
    """The last map, drawn anew when the library has changed."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._kept: tuple[int, Map] | None = None
        self._lock = threading.Lock()

    def latest(self) -> Map:
        with self._lock:
            generation = self._assistant.library.generation
            if self._kept is None or self._kept[0] != generation:
                self._kept = (generation, chart(self._assistant))
            return self._kept[1]


def described(sheet: Map, cited: set[str]) -> str:
    """A sentence on what is drawn."""
    drawn = len(sheet.papers)
    if drawn < FEWEST:
        return f'<p class="hint few">A map needs at least {FEWEST} papers; the library has {sheet.total}.</p>'
    some = f"{drawn:,} papers" if drawn == sheet.total else f"{drawn:,} of {sheet.total:,} papers, evenly spread"
    lit = len(cited & {paper.id for paper in sheet.papers})
    stars = (
        f" The {'star is the paper' if lit == 1 else 'stars are the papers'} that this conversation cites."
        if lit
        else ""
    )
    return f'<p class="hint">{some}; those with similar abstracts lie near each other.{stars}</p>'
