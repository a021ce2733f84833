"""The lexical index: BM25 with stemming in tantivy, derived from Chroma and never the truth."""

from ingest.lexical.index import LexicalIndex

__all__ = ["LexicalIndex"]
