# The annotations of event handlers must be the real classes: Gradio looks at them. Hence no postponed evaluation.
"""The library's tab: search and browse, one abstract at the side, and pages added by upload."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import AssistantError
from assistant.web.browsing import ORDERS, SCREEN, Look, find, listing_html, report_html
from assistant.web.cards import card_below
from assistant.web.events import PRIVATE, Visitor, heard
from ingest.errors import IngestError

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: Kinds of file that papers come in; which form one really has is told by its content.
PAGES = [".txt", ".text", ".md", ".html", ".htm", ".json", ".jsonl", ".ndjson", ".bib", ".csv", ".tsv", ".parquet"]
PAGES += [".gz", ".zst"]
#: Files in one upload.
MOST_FILES = 20


@dataclass(frozen=True)
class Shelves:
    """What other parts of the page listen to: ``changed`` is the event of pages being added."""

    changed: Any


def build(assistant: "Assistant", transcript: Any) -> Shelves:
    """Lay out the tab where the caller stands, and wire it; ``transcript`` is where the page's script sends events."""
    import gradio as gr

    look = gr.State(Look())
    with gr.Row(elem_id="library", equal_height=False):
        with gr.Column(elem_id="finding", min_width=0):
            with gr.Row(elem_classes="controls"):
                words = gr.Textbox(
                    label="Search titles and abstracts",
                    placeholder="Words, a method, a topic",
                    max_length=1_000,
                    scale=3,
                )
                order = gr.Dropdown(list(ORDERS), value=ORDERS[0], label="Order", scale=1, min_width=140)
                organization = gr.Dropdown(
                    _organizations(assistant), value="", label="Organisation", scale=1, min_width=140
                )
            with gr.Accordion("Add pages", open=not assistant.library.count(), elem_id="adding"):
                gr.HTML(ACCEPTED, apply_default_css=False)
                upload = gr.File(
                    label="Pages to add",
                    show_label=False,
                    file_count="multiple",
                    file_types=PAGES,
                    height=140,
                )
                report = gr.HTML(value="", apply_default_css=False)
            listing = gr.HTML(value=listing_html(find(assistant, Look())), elem_id="listing", apply_default_css=False)
        with gr.Column(elem_id="detail", min_width=0):
            detail = gr.HTML(value=EMPTY, apply_default_css=False)
    _wire_finding(assistant, transcript, (words, order, organization), look, (listing, detail))
    changed = _wire_adding(assistant, upload, report, look, listing)
    changed.then(_organizations_now(assistant), None, [organization], **PRIVATE)
    return Shelves(changed)


ACCEPTED = (
    '<p class="hint">Listing pages saved as text or HTML, or lists of papers as JSON, BibTeX, CSV, TSV or Parquet; '
    "packed ones (.gz, .zst) too.</p>"
)
EMPTY = '<p class="hint">Choose a paper to read its abstract here.</p>'


def _organizations_now(assistant: "Assistant") -> Callable[[], Any]:
    import gradio as gr

    return lambda: gr.Dropdown(choices=_organizations(assistant))


def _organizations(assistant: "Assistant") -> list[tuple[str, str]]:
    return [("Any", ""), *((name, name) for name in assistant.library.organizations())]


def _wire_finding(
    assistant: "Assistant", transcript: Any, controls: tuple[Any, ...], look: Any, shown: tuple[Any, Any]
) -> None:
    listing, detail = shown

    def searched(words: str, order: str, organization: str | None) -> tuple[Look, str]:
        return _look(Look(words or "", order, organization or ""))

    def more(current: Look) -> tuple[Look, str]:
        return _look(replace(current, shown=current.shown + SCREEN))

    def alike(visitor: Visitor) -> tuple[Look, str]:
        return _look(Look(alike=visitor.text("id")))

    def opened(visitor: Visitor) -> str:
        paper_id = visitor.text("id")
        paper = assistant.library.get([paper_id]).get(paper_id)
        return card_below(paper) if paper else '<p class="hint">That paper is no longer in the library.</p>'

    def _look(wanted: Look) -> tuple[Look, str]:
        try:
            return wanted, listing_html(find(assistant, wanted))
        except (AssistantError, IngestError) as error:
            return wanted, f'<p class="problem" role="alert">{escape(str(error))}</p>'

    words, order, organization = controls
    # Gradio tells no ``input`` of a letter that is taken away again.
    for event in (words.change, order.change, organization.change):
        event(searched, list(controls), [look, listing], trigger_mode="always_last", **PRIVATE)
    transcript.more(more, [look], [look, listing], **PRIVATE)
    transcript.alike(heard(alike), None, [look, listing], **PRIVATE)
    transcript.paper(heard(opened), None, [detail], **PRIVATE)


def _wire_adding(assistant: "Assistant", upload: Any, report: Any, look: Any, listing: Any) -> Any:
    def added(paths: list[str] | None, wanted: Look) -> Iterator[tuple[str, str]]:
        before = listing_html(find(assistant, wanted))
        if not paths:
            return
        if len(paths) > MOST_FILES:
            yield f'<p class="problem" role="alert">Add at most {MOST_FILES} pages at a time.</p>', before
            return
        for said, done in _ingest(assistant, [Path(path) for path in paths]):
            yield said, listing_html(find(assistant, wanted)) if done else before

    # A lane of its own: an upload never keeps a question waiting, nor another upload the library.
    return upload.upload(
        added, [upload, look], [report, listing], concurrency_id="adding", concurrency_limit=1, **PRIVATE
    )


def _ingest(assistant: "Assistant", paths: list[Path]) -> Iterator[tuple[str, bool]]:
    """What to show while pages go in, and at the end the report."""
    news: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_run, args=(assistant, paths, news.put), daemon=True).start()
    while True:
        item = news.get()
        while not news.empty() and not isinstance(item, _Done):
            item = news.get()
        if isinstance(item, _Done):
            yield item.html, True
            return
        total = f" of {item.total}" if item.total else ""
        share = f' value="{item.done}" max="{item.total}"' if item.total else ""
        yield f'<p class="stage">{escape(item.stage)}: {item.done}{total}</p><progress{share}></progress>', False


@dataclass(frozen=True)
class _Done:
    html: str


def _run(assistant: "Assistant", paths: list[Path], tell: Callable[[Any], None]) -> None:
    try:
        report = assistant.ingest(paths, tell)
        tell(_Done(report_html(report, [(str(path), path.name) for path in paths])))
    except (AssistantError, IngestError) as error:
        tell(_Done(f'<p class="problem" role="alert">{escape(str(error))}</p>'))
    except Exception:
        import logging

        logging.getLogger(__name__).exception("adding pages failed")
        tell(_Done('<p class="problem" role="alert">The pages could not be added; the terminal says more.</p>'))
