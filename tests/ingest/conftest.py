"""A library in a folder and one on a server: whatever a library promises is tested on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.embedding import StaticEmbedder
from tests.ingest.libraries import ChromaServer, CountingEmbedder, static_model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> StaticEmbedder:
    """A static embedder of 32 dimensions and sixty words."""
    return static_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def counting(tiny: StaticEmbedder) -> CountingEmbedder:
    return CountingEmbedder(tiny)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("chroma-server"))
    yield server
    server.stop()


@pytest.fixture(params=["in a folder", "on a server"])
def location(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where an empty library may be made."""
    if request.param == "in a folder":
        yield str(tmp_path / "library")
        return
    server: ChromaServer = request.getfixturevalue("chroma_server")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    _empty(server)
    yield server.url
    _empty(server)


def _empty(server: ChromaServer) -> None:
    import chromadb
    from chromadb.config import Settings

    client = chromadb.HttpClient("127.0.0.1", server.port, settings=Settings(anonymized_telemetry=False))
    for collection in client.list_collections():
        client.delete_collection(collection.name)
