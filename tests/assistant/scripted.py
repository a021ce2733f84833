"""Two small papers, and a writer with a scripted model to ask about them."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Delta, Draft, Numbering, Passage, Turn, Usage
from assistant.prompting import Prompts
from assistant.questions import Question
from assistant.settings import Settings
from assistant.writing import Writer
from ingest.papers import Paper
from tests.fakes import Reply, ScriptedModel

AMPO = Paper(
    "a",
    "AMPO: Adaptive Mode Policy Optimization",
    "We propose AMPO, which selects one of four thinking modes for each question. "
    "AMPO gains 15.6% over GRPO on SOTOPIA. It does not need labels.",
)
SPARSE = Paper(
    "b",
    "Sparse Attention Kernels",
    "We present FlashSparse, a kernel for sparse attention. FlashSparse is 2.5x faster than dense attention on 8 GPUs.",
)
GAINS = "AMPO gains 15.6% over GRPO on SOTOPIA"
FASTER = "FlashSparse is 2.5x faster than dense attention"
ASKED = "How much does AMPO gain?"
QUESTION, LENIENT = Question(ASKED), Settings()


def passages(*papers: Paper) -> list[Passage]:
    return [Passage(p, p.abstract, 0, len(p.abstract), 1.0) for p in papers]


def written(
    *replies: Reply,
    papers: Sequence[Paper] = (SPARSE, AMPO),
    history: Sequence[Turn] = (),
    question: Question = QUESTION,
    settings: Settings = LENIENT,
    window: int = 8_192,
    usage: Usage | None = None,
) -> tuple[str, Draft, ScriptedModel]:
    """The deltas joined, the draft, and the model with its memory."""
    model = ScriptedModel(*replies, window=window, usage=usage)
    writer = Writer(model, Prompts(), settings)
    events = list(writer.write(question, question.text, history, passages(*papers), Numbering(history)))
    *deltas, draft = events
    assert isinstance(draft, Draft)
    assert all(isinstance(delta, Delta) for delta in deltas)
    return "".join(d.text for d in deltas if isinstance(d, Delta)), draft, model
