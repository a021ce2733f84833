"""Builds the real parts from Settings: the only module that names concrete readers and embedders.

Which reader ``auto`` means is decided here: an API model where a key or a base URL is set, else the
configured local model where its weights are on disk, else the built-in reader.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answering import Answerer
from assistant.errors import UsageError
from assistant.readers import ChatModel
from assistant.readers.builtin import BuiltinReader
from assistant.retrieval.retriever import Reranker, Retriever
from assistant.settings import Settings, data_home
from ingest.embedding import Embedder, adapt_embedder, load_embedder
from ingest.errors import LibraryMissing
from ingest.expanding import Expansion, expand_papers
from ingest.fetching import BASE, Fetched, days_between, fetch
from ingest.library import Library
from ingest.pages import bundled
from ingest.papers import Paper
from ingest.pipeline import Progress, Report, ingest_pages, ingest_papers
from ingest.storage.copying import Copied, copy
from ingest.storage.memory import share_heap
from ingest.storage.repair import rebuild as rebuild_library

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import LLM

    from assistant.writing import Writer

#: Chat model asked for where only a key or a base URL is set.
DEFAULT_API_MODEL = "gpt-4o-mini"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything an Assistant is made of."""

    library: Library
    answerer: Answerer

    def writer_for(self, model: ChatModel | None, settings: Settings) -> Writer | None:
        """What lets ``model`` write answers from this library; None for the built-in reader."""
        if model is None:
            return None
        from assistant.prompting import Prompts
        from assistant.writing import Writer

        folder = Path(settings.prompts).expanduser() if settings.prompts else None
        return Writer(model, Prompts(folder), settings, self.library.embedder.embed)


def locate(settings: Settings) -> str:
    """Where the library is: a folder or the URL of a Chroma server."""
    return settings.library or str(data_home() / "library")


def build(
    settings: Settings,
    *,
    reader: str | ChatModel | LLM = "",
    embedder: str | Embedder | BaseEmbedding = "",
    say: Callable[[str], None] | None = None,
) -> Parts:
    """The parts that ``settings`` name; ``reader`` and ``embedder`` may be objects of the caller's own.

    Raises UsageError for an unknown reader or embedder, ReaderUnavailable, and the errors of opening a library.
    """
    model = choose_model(reader or settings.reader, settings)
    library = open_library(settings, embedder, say=say)
    retriever = Retriever(library, reranker=choose_reranker(settings.reranker))
    answerer = Answerer(library, retriever, BuiltinReader(library, retriever), rewrite=settings.rewrite)
    parts = Parts(library, answerer)
    return replace(parts, answerer=replace(parts.answerer, writer=parts.writer_for(model, settings)))


def open_library(
    settings: Settings, embedder: str | Embedder | BaseEmbedding = "", *, say: Callable[[str], None] | None = None
) -> Library:
    """The library that ``settings`` name; where nothing was ever ingested the bundled pages go in first."""
    chosen = embedder or settings.embedder
    engine = load_embedder(chosen) if isinstance(chosen, str) else adapt_embedder(chosen)
    place = locate(settings)
    try:
        return Library.open(place, engine)
    except LibraryMissing:
        library = Library.open(place, engine, create=True)
    tell = say or _to_stderr
    tell(f"No library at {place} yet: ingesting the bundled pages.")
    report = ingest_pages(bundled(), library)
    tell(f"{report.added} papers are ready.")
    return library


def choose_model(reader: str | ChatModel | LLM, settings: Settings) -> ChatModel | None:
    """The chat model that ``reader`` names, or None for the built-in reader.

    Raises UsageError for an unknown name, ReaderUnavailable for a model that can't be had.
    """
    if not isinstance(reader, str):
        return _adapt(reader)
    kind, _, name = reader.partition(":")
    if reader == "auto":
        return _automatic(settings)
    if reader == "builtin":
        return None
    if kind == "hf" and (name or settings.model):
        from assistant.readers.huggingface import HuggingFaceModel

        return HuggingFaceModel(name or settings.model)
    if kind == "openai":
        from assistant.readers.openai import OpenAIModel

        return OpenAIModel(name or DEFAULT_API_MODEL, timeout=settings.timeout)
    raise UsageError(f"There is no reader '{reader}'; use auto, builtin, hf:ORG/MODEL, hf:FOLDER or openai:MODEL.")


def choose_reranker(name: str) -> Reranker | None:
    """The cross-encoder that ``name`` (``hf:ID-or-DIR``) names, or None for none.

    Raises UsageError for an unknown name, ReaderUnavailable where the weights are missing.
    """
    if not name or name == "none":
        return None
    kind, _, model = name.partition(":")
    if kind != "hf" or not model:
        raise UsageError(f"There is no reranker '{name}'; use hf:ORG/MODEL or hf:FOLDER.")
    from assistant.retrieval.reranking import CrossEncoderReranker

    return CrossEncoderReranker(model)


def _automatic(settings: Settings) -> ChatModel | None:
    if api_configured(os.environ):
        return choose_model(f"openai:{os.environ.get('OPENAI_MODEL') or DEFAULT_API_MODEL}", settings)
    from assistant.readers.huggingface import weights_on_disk

    if weights_on_disk(settings.model):
        return choose_model(f"hf:{settings.model}", settings)
    return None


def api_configured(environ: Mapping[str, str]) -> bool:
    """Whether an OpenAI key or the base URL of a compatible server is set."""
    return bool(environ.get("OPENAI_API_KEY", "").strip() or environ.get("OPENAI_BASE_URL", "").strip())


def _adapt(reader: ChatModel | LLM) -> ChatModel:
    if all(hasattr(reader, name) for name in ("stream", "count", "context_window", "name")):
        return reader  # type: ignore[return-value]  # a Protocol is met by shape
    from assistant.readers.llamaindex import LlamaIndexModel

    return LlamaIndexModel(reader)  # type: ignore[arg-type]


def _as_progress(progress: Callable[[Progress], None] | None) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    return lambda done, total: progress(Progress("embedding", done, total))


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - the default listener where no roof supplies one


def ingest_into(
    settings: Settings,
    paths: Sequence[Path],
    *,
    rebuild: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Read pages into the library that ``settings`` name, making it if need be; for a program that does no more.

    Raises the errors of :mod:`ingest.errors`.
    """
    share_heap()
    engine = load_embedder(settings.embedder)
    place = locate(settings)
    if rebuild:
        rebuild_library(place, engine, progress=_as_progress(progress))
    with Library.open(place, engine, create=True) as library:
        return ingest_pages(paths, library, progress=progress)


def expand_into(settings: Settings, *, progress: Callable[[Progress], None] | None = None) -> Expansion:
    """Let the generative reader that ``settings`` name write questions for papers that have none, for the search.

    Raises UsageError where the reader is none that writes, ReaderError, LibraryMissing and the other errors of
    :mod:`ingest.errors`; what was written until then stays.
    """
    model = choose_model(settings.reader, settings)
    if model is None:
        raise UsageError("Questions are written by a generative reader; name one: --reader openai:MODEL or hf:MODEL.")
    tell = progress or (lambda _: None)
    with Library.open(locate(settings), load_embedder(settings.embedder)) as library:
        from assistant.prompting import Prompts
        from assistant.writing import Writer

        writer = Writer(model, Prompts(Path(settings.prompts).expanduser() if settings.prompts else None), settings)
        return expand_papers(
            library, writer.expand, progress=lambda done, total: tell(Progress("expanding", done, total))
        )


def fetch_into(
    settings: Settings,
    first: date,
    last: date,
    *,
    base: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[Fetched, Report]:
    """Bring the Daily Papers of some days and read them into the library that ``settings`` name.

    Raises FetchError, NetworkMissing and the other errors of :mod:`ingest.errors`.
    """
    tell = progress or (lambda _: None)
    fetched = fetch(
        days_between(first, last),
        data_home() / "fetched",
        base=base or BASE,
        tell=lambda done, total: tell(Progress("fetching", done, total)),
    )
    return fetched, ingest_into(settings, fetched.files, progress=progress)


def copy_library(source: str, target: str, *, progress: Callable[[Progress], None] | None = None) -> Copied:
    """Copy the library at ``source`` to ``target``, vectors and all. Raises the subclasses of LibraryError."""
    tell = progress or (lambda _: None)
    return copy(source, target, progress=lambda stage, done, total: tell(Progress(stage, done, total)))


def temporary_library(folder: str | Path, embedder: str, papers: Iterable[Paper]) -> Library:
    """A new library of ``papers``, each under its own id, in an empty folder; for measuring.

    Raises EmbedderError and the subclasses of LibraryError.
    """
    library = Library.open(folder, load_embedder(embedder), create=True)
    ingest_papers(papers, library)
    return library
