"""An assistant inside a llama-index program: its search as a retriever, its answers as a query engine.

The classes are made when they are asked for, because their bases come from llama-index, which takes a second to load.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, Passage

if TYPE_CHECKING:
    from llama_index.core.base.base_query_engine import BaseQueryEngine
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.base.response.schema import Response
    from llama_index.core.schema import NodeWithScore, QueryBundle

    from assistant.assistant import Assistant


def as_retriever(assistant: Assistant, *, limit: int = 8) -> BaseRetriever:
    """What :meth:`Assistant.search` finds, as nodes: the passage as text, what is known of the paper as metadata."""
    from llama_index.core.base.base_retriever import BaseRetriever

    class PassageRetriever(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            return [node(passage) for passage in assistant.search(query_bundle.query_str, limit=limit)]

    return PassageRetriever()


def as_query_engine(assistant: Assistant) -> BaseQueryEngine:
    """Checked answers as responses: the text with its marks, the passages as source nodes.

    A response's ``metadata`` holds "answered", "confidence", "reader" and "citations", each of these with the mark's
    "number", the paper's "title", the "quote" and the "verdict".
    """
    from llama_index.core.base.base_query_engine import BaseQueryEngine

    class AnswerQueryEngine(BaseQueryEngine):
        def _get_prompt_modules(self) -> dict[str, Any]:
            return {}

        def _query(self, query_bundle: QueryBundle) -> Response:
            return response(assistant.ask(query_bundle.query_str))

        async def _aquery(self, query_bundle: QueryBundle) -> Response:
            return response(await assistant.aask(query_bundle.query_str))

    return AnswerQueryEngine(callback_manager=None)


def node(passage: Passage) -> NodeWithScore:
    """A passage as a llama-index node; its id is the paper's, its offsets are those in the abstract."""
    from llama_index.core.schema import NodeWithScore, TextNode

    paper = passage.paper
    known = {
        "title": paper.title,
        "listed": paper.listed.isoformat() if paper.listed else None,
        "organization": paper.organization,
        "arxiv_id": paper.arxiv_id,
        "sources": [f"{source.page}:{source.position}" for source in paper.sources],
    }
    text = TextNode(
        id_=paper.id,
        text=passage.text,
        metadata={name: value for name, value in known.items() if value},
        start_char_idx=passage.start,
        end_char_idx=passage.end,
    )
    return NodeWithScore(node=text, score=passage.score)


def response(answer: Answer) -> Response:
    """An answer as a llama-index response."""
    from llama_index.core.base.response.schema import Response

    citations = [
        {"number": c.number, "title": c.paper.title, "quote": c.quote, "verdict": c.verdict.value}
        for c in answer.citations
    ]
    told = {"answered": answer.answered, "confidence": answer.confidence, "reader": answer.reader}
    return Response(answer.text, [node(p) for p in answer.passages], {**told, "citations": citations})
