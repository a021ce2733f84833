"""Where a library is: a folder or a Chroma server. Connects to nothing."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ingest.errors import LibraryError, UnknownPlace

#: The port that ``chroma run`` listens on unless told otherwise.
CHROMA_PORT = 8000
#: Characters of a path, and bytes of one name in it, that file systems take at most.
LONGEST, LONGEST_NAME = 4_000, 255


@dataclass(frozen=True, slots=True)
class Place:
    """Where a library is: a folder, or a Chroma server. ``text`` names it to people, without credentials."""

    text: str
    folder: Path | None = None
    host: str = ""
    port: int = CHROMA_PORT
    secure: bool = False
    authorization: str | None = field(default=None, repr=False)


def place(location: str | Path) -> Place:
    """The place that ``location`` names. Raises UnknownPlace for a URL that names no server."""
    text = str(location).strip()
    if not text.lower().startswith(("http://", "https://")):
        if "://" in text or not text or "\0" in text:
            raise UnknownPlace(
                f"'{text[:200]}' names no library; give a folder or http://host:port of a Chroma server."
            )
        return Place(text, _folder(text))
    return _server(text)


def cache_folder(where: Place) -> Path:
    """The folder for what is local of a library on a server. Raises LibraryError where none can be written."""
    import platformdirs

    name = hashlib.sha256(where.text.encode()).hexdigest()[:16]
    for root in (Path(platformdirs.user_cache_dir("paper-assistant", appauthor=False)), Path(tempfile.gettempdir())):
        folder = root / "servers" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        return folder
    raise LibraryError("No folder can be written for the lexical index of a server's library; set XDG_CACHE_HOME.")


def _folder(text: str) -> Path:
    if len(text) > LONGEST or any(len(os.fsencode(part)) > LONGEST_NAME for part in Path(text).parts):
        raise UnknownPlace(f"'{text[:60]}…' is too long for the path of a library; name another folder.")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UnknownPlace(f"'{text}' names the home folder of nobody here; write out the path.") from None


def _server(text: str) -> Place:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        url, port = None, None
    if url is None or not url.hostname or url.path.strip("/") or url.query or url.fragment:
        raise UnknownPlace(f"'{text[:200]}' names no Chroma server; write it as http://host:port.")
    secure = url.scheme.lower() == "https"
    port = port or (443 if secure else CHROMA_PORT)
    authorization = None
    if url.username:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
        authorization = f"Basic {base64.b64encode(pair).decode()}"
    shown = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return Place(f"{url.scheme.lower()}://{shown}:{port}", None, url.hostname, port, secure, authorization)
