# Gradio reads the annotations of endpoints to describe them. Hence no postponed evaluation.
"""The page's named endpoints for programs: ask, search and papers, over HTTP with gradio_client or as MCP tools."""

from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.answers import Filters
from assistant.errors import AssistantError, UsageError
from assistant.export import answer_as_dict, paper_as_dict, passage_as_dict
from assistant.web import filtering, journal
from assistant.web.events import plainly

if TYPE_CHECKING:
    from assistant.assistant import Assistant

#: Papers that one call returns at most.
MOST = 100


def build(assistant: "Assistant") -> None:
    """Declare the endpoints where the caller stands in its Blocks."""
    from gradio.events import api

    def ask(
        question: str,
        history: list[list[str]] | None = None,
        since: str = "",
        until: str = "",
        organization: str = "",
        source: str = "",
        limit: int = 8,
    ) -> dict[str, Any]:
        """Answer a question from the abstracts of the library, each sentence cited.

        Args:
            question: The question, in any language.
            history: Earlier turns as ["user" or "assistant", text] pairs, oldest first.
            since: Only papers listed on or after this date, such as 2025, 2025-06 or 2025-06-14.
            until: Only papers listed on or before this date.
            organization: Only papers of this organisation.
            source: Only papers of this listing page.
            limit: How many papers may be read, 1 to 100.

        Returns:
            The answer: text with [n] marks, answered, confidence, citations with verbatim quotes, and passages.
        """
        filters = _filters(since, until, organization, source)
        turns = [_turn(turn) for turn in history or []]
        try:
            answer = assistant.ask(question, history=turns, filters=filters, limit=limit)
        except Exception as error:
            journal.failed("api", question, error)
            raise
        journal.answered("api", answer)
        return answer_as_dict(answer)

    def search(
        query: str, since: str = "", until: str = "", organization: str = "", source: str = "", limit: int = 10
    ) -> list[dict[str, Any]]:
        """Find the papers of the library that fit a query best.

        Args:
            query: Words or a question.
            since: Only papers listed on or after this date, such as 2025, 2025-06 or 2025-06-14.
            until: Only papers listed on or before this date.
            organization: Only papers of this organisation.
            source: Only papers of this listing page.
            limit: How many papers to return, 1 to 100.

        Returns:
            Passages, best first: paper, text found, score.
        """
        found = assistant.search(query, limit=limit, filters=_filters(since, until, organization, source))
        return [passage_as_dict(passage) for passage in found]

    def papers(query: str = "", offset: int = 0, limit: int = 50) -> dict[str, Any]:
        """List the papers of the library, or those whose title or abstract holds every word of a query.

        Args:
            query: Words that must all occur; empty for every paper.
            offset: How many papers to pass over.
            limit: How many papers to return, 1 to 100.

        Returns:
            total, and papers with title, abstract, date, organisation and sources.
        """
        if not 1 <= limit <= MOST or offset < 0:
            raise UsageError(f"The limit must be between 1 and {MOST}, and the offset not negative.")
        total, chosen = 0, []
        for paper in assistant.papers(query or None):
            if offset <= total < offset + limit:
                chosen.append(paper_as_dict(paper))
            total += 1
        return {"total": total, "papers": chosen}

    for endpoint in (ask, search, papers):
        api(plainly(endpoint), api_name=endpoint.__name__, concurrency_id="answering", concurrency_limit=4)


def _filters(since: str, until: str, organization: str, source: str) -> Filters:
    filters, _ = filtering.read((since, until, organization, source, False, 1), today=date.today())
    return filters


def _turn(turn: Any) -> Any:
    """A turn as a pair; a Gradio chat's message dict, whose content may be a list of parts, serves too."""
    if isinstance(turn, dict):
        content = turn.get("content", "")
        if isinstance(content, list):
            content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        return (turn.get("role", ""), content)
    if isinstance(turn, list | tuple) and len(turn) == 2:
        return tuple(turn)
    raise AssistantError('history is a list of ["user", text] and ["assistant", text] pairs.')
