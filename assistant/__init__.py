"""Question to cited answer: the package that users import. A tour, which runs as a test:

>>> from datetime import date
>>> from assistant import Assistant, Filters
>>> assistant = Assistant.open(reader="builtin")       # the default library, or Assistant.open("folder")

An answer says what was found, how sure it is, and which words of which abstract stand behind every sentence:

>>> answer = assistant.ask("How much does AMPO gain on out-of-distribution tasks?")
>>> answer.answered, answer.reader
(True, 'builtin')
>>> "12.2%" in answer.text
True
>>> citation = answer.citations[-1]
>>> citation.paper.title
'More Than One Teacher: Adaptive Multi-Guidance Policy Optimization for Diverse Exploration'
>>> citation.paper.abstract[citation.start : citation.end] == citation.quote
True

What the abstracts don't say is an answer too, and no error:

>>> assistant.ask("How do I bake sourdough bread?").text.splitlines()[0]
"The abstracts don't say. What the nearest papers do say:"

A follow-up takes the conversation with it; a stream tells its stages, pieces of text, and last the answer:

>>> history = [("user", "What is GAIN-RL?"), assistant.ask("What is GAIN-RL?")]
>>> assistant.ask("how does it select training data?", history=history).citations[0].paper.title[:17]
"Angles Don't Lie:"
>>> *_, last = assistant.stream("What does AMPO do?")
>>> last.text == assistant.ask("What does AMPO do?").text
True

Search finds papers, with filters; the library is a data frame for pandas, and a file for any reference manager:

>>> found = assistant.search("continual learning", limit=3, filters=Filters(since=date(2025, 1, 1)))
>>> [passage.paper.listed.year >= 2025 for passage in found]
[True, True, True]
>>> len(assistant.library.to_frame())
385
>>> from assistant.export import export_papers, format_of
>>> print("".join(export_papers([found[0].paper], format_of("ris")))[:10])
TY  - UNPB

A digest is what is new on some topics, a section each:

>>> digest = assistant.digest("reinforcement learning for reasoning", since=date(2025, 10, 1), limit=2)
>>> [finding.citation.paper.listed >= date(2025, 10, 1) for finding in digest.sections[0].findings]
[True, True]

Whatever goes wrong is an AssistantError or an IngestError, whose text is one sentence for a person:

>>> assistant.ask("")
Traceback (most recent call last):
assistant.errors.UsageError: The question is empty; ask something, for example "what is GRPO?".
>>> assistant.close()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.answers import (
    Answer,
    Citation,
    Delta,
    Digest,
    Filters,
    Finding,
    Passage,
    Section,
    Stage,
    Turn,
    Verdict,
    Watch,
)
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
    "Digest",
    "Filters",
    "Finding",
    "IngestError",
    "Passage",
    "ReaderError",
    "Section",
    "Stage",
    "Turn",
    "UsageError",
    "Verdict",
    "Watch",
    "__version__",
]


def __getattr__(name: str) -> object:
    # Assistant pulls in everything below it; the command line's --help must not pay for that.
    if name == "Assistant":
        from assistant.assistant import Assistant

        return Assistant
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
