"""Question to ranked passages: both sides searched, candidates judged by several signals, near-duplicates grouped."""

from assistant.retrieval.retriever import Reranker, Retriever

__all__ = ["Reranker", "Retriever"]
