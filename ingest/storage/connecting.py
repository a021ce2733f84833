"""Opens Chroma: the embedded one in a folder, or a client of a server. Chroma is imported when it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.storage.place import Place

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.config import Settings

#: Seconds a server may take to accept a connection, and to answer.
TIMEOUTS = (5.0, 120.0)


def connect(where: Place) -> ClientAPI:
    """A client for the library at ``where``; raises Chroma's own errors."""
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if where.folder is not None:
        return _embedded(str(where.folder / "chroma"), settings)
    headers = {"Authorization": where.authorization} if where.authorization else None
    client = chromadb.HttpClient(where.host, where.port, ssl=where.secure, headers=headers, settings=settings)
    # Chroma sets no time limit of its own: a server that hangs would hold a question for ever.
    if (session := getattr(getattr(client, "_server", None), "_session", None)) is not None:
        import httpx

        session.timeout = httpx.Timeout(TIMEOUTS[1], connect=TIMEOUTS[0])
    return client


def _embedded(path: str, settings: Settings) -> ClientAPI:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient

    try:
        return chromadb.PersistentClient(path, settings=settings)
    except BaseException:
        # Chroma keeps what failed to start and would hand it out again, even after the folder has been mended.
        getattr(SharedSystemClient, "_identifier_to_system", {}).pop(path, None)
        raise
