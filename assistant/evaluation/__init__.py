"""How good the search and the answers are: question files and BEIR folders to figures."""

from assistant.evaluation.beir import BeirReport, evaluate_beir
from assistant.evaluation.changes import compare
from assistant.evaluation.plot import plot_reliability
from assistant.evaluation.questions import Asked, Report, evaluate_questions, evaluate_search, read_questions

__all__ = [
    "Asked",
    "BeirReport",
    "Report",
    "compare",
    "evaluate_beir",
    "evaluate_questions",
    "evaluate_search",
    "plot_reliability",
    "read_questions",
]
