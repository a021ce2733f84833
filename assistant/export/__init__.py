"""Answers, conversations and papers for other programs: Markdown, BibTeX, RIS, CSL-JSON, CSV and JSON lines.

Everything that is exported was written by strangers: each format escapes it in its own way. Knows no page and no file.
"""

from assistant.export.bibtex import bibtex
from assistant.export.digests import digest_markdown, digest_text
from assistant.export.formats import FORMATS, Format, export_answers, export_papers, format_of
from assistant.export.markdown import answer_markdown, conversation_markdown, harmless
from assistant.export.references import bibtex_key, cited_papers
from assistant.export.values import answer_as_dict, answer_from_dict, as_json, paper_as_dict, passage_as_dict

__all__ = [
    "FORMATS",
    "Format",
    "answer_as_dict",
    "answer_from_dict",
    "answer_markdown",
    "as_json",
    "bibtex",
    "bibtex_key",
    "cited_papers",
    "conversation_markdown",
    "digest_markdown",
    "digest_text",
    "export_answers",
    "export_papers",
    "format_of",
    "harmless",
    "paper_as_dict",
    "passage_as_dict",
]
