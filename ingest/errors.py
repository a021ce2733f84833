"""Everything that can go wrong below the door, as one tree.

::

    IngestError                  base; its text is one sentence for a person: what is wrong, what to do
    ├── SourceError              a file or page can't be read at all (missing, a directory, binary, too large)
    ├── FetchError               papers could not be fetched from the net
    │   └── NetworkMissing       nobody can be reached there
    ├── EmbedderError            the embedding model is missing, unreachable or answers nonsense
    │   └── UnknownEmbedder      no embedder has that name
    └── LibraryError             the library can't be used as it stands
        ├── UnknownPlace         neither a folder nor the URL of a server
        ├── LibraryMissing       there is no library at that place
        ├── LibraryUnfinished    half a copy of another library; names `copy`, which finishes it
        ├── LibraryMismatch      made by another embedder, chunker or format; names `ingest --rebuild`
        ├── LibraryDamaged       a part is broken; names `doctor --repair`
        ├── LibraryBusy          another process is writing to it
        └── LibraryUnreachable   the Chroma server does not answer

Foreign exceptions (Chroma, tantivy, httpx, openai, OSError) are translated where they are met and
never leave this package.
"""


class IngestError(Exception):
    """Base of all errors of this package; ``str(error)`` is fit to be shown to a person."""


class SourceError(IngestError):
    """A source can't be read at all."""


class FetchError(IngestError):
    """Papers could not be fetched from the net."""


class NetworkMissing(FetchError):
    """The server can't be reached at all."""


class EmbedderError(IngestError):
    """The embedding model is missing, unreachable or gave vectors that can't be used."""


class UnknownEmbedder(EmbedderError):
    """No embedder has that name."""


class LibraryError(IngestError):
    """The library can't be used as it stands."""


class UnknownPlace(LibraryError):
    """What was given as a library's place is neither a folder nor the URL of a server."""


class LibraryMissing(LibraryError):
    """There is no library at that place."""


class LibraryUnfinished(LibraryError):
    """What stands at that place is half a copy of another library."""


class LibraryMismatch(LibraryError):
    """The library was made by another embedder, chunker or format than the one in use."""


class LibraryDamaged(LibraryError):
    """A part of the library is broken."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class LibraryUnreachable(LibraryError):
    """The Chroma server that holds the library does not answer."""
