"""What a model's server or library said, in one sentence for a person, with every secret taken out.

The most specific error is met first: a timeout is also a lost connection to the SDK.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from assistant.errors import ContextTooLong, ReaderError, ReaderFailed, ReaderUnavailable
from assistant.secrets import KEYLIKE, MASK

#: What servers call a prompt that is too long: OpenAI, vLLM, llama.cpp, Ollama and others put it differently.
_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context|maximum context|context (?:length|window|size)|too many (?:input )?tokens|"
    r"(?:prompt|input) is too long|reduce the length",
    re.IGNORECASE,
)
#: Characters of a foreign message that are shown.
SHOWN = 200


def without_secrets(text: str, secrets: Collection[str] = ()) -> str:
    """``text`` on one line, cut to SHOWN characters, without ``secrets`` and anything shaped like a key."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    text = " ".join(KEYLIKE.sub(MASK, text).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def about_context(error: Exception) -> bool:
    """Whether an error says that the messages are longer than the model's context window."""
    said = f"{getattr(error, 'code', '')} {getattr(error, 'body', '')} {error}"
    return bool(_CONTEXT.search(said))


def translate(error: Exception, *, server: str, model: str, secrets: Collection[str] = ()) -> ReaderError:
    """The SDK's error as one of ours; ``server`` is host and port, without credentials."""
    import openai

    said = without_secrets(_message(error), secrets)
    where = f"The server at {server}"
    if about_context(error):
        return ContextTooLong(f"Question and passages are too long for '{model}'; ask for fewer sources (--limit).")
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, where, model, said)
    if isinstance(error, openai.APITimeoutError):
        return ReaderFailed(f"{where} didn't answer in time; try again, or raise PAPER_ASSISTANT_TIMEOUT.")
    if isinstance(error, openai.APIConnectionError):
        return _unconnected(error, where)
    if isinstance(error, openai.APIError):
        return ReaderFailed(f"{where} broke off: {said}")
    return ReaderFailed(f"{where} sent something that isn't Chat Completions; check OPENAI_BASE_URL.")


def _by_status(error: Exception, where: str, model: str, said: str) -> ReaderError:
    import openai

    if isinstance(error, openai.AuthenticationError):
        return ReaderUnavailable(f"{where} refused the key (401); set OPENAI_API_KEY to a valid one.")
    if isinstance(error, openai.PermissionDeniedError):
        return ReaderUnavailable(f"{where} doesn't let this key use '{model}' (403).")
    if isinstance(error, openai.NotFoundError):
        return ReaderUnavailable(
            f"{where} has no model '{model}' (404); check its name, and that the base URL ends in /v1."
        )
    if isinstance(error, openai.RateLimitError):
        if getattr(error, "code", "") == "insufficient_quota":
            return ReaderUnavailable(f"{where} says that this key's quota is used up (429).")
        return ReaderFailed(f"{where} is taking no more requests for now (429); try again in a minute.")
    if isinstance(error, openai.InternalServerError):
        return ReaderFailed(f"{where} failed ({error.status_code}); try again later.")
    status = getattr(error, "status_code", "?")
    return ReaderFailed(f"{where} refused the request ({status}): {said}")


def _unconnected(error: Exception, where: str) -> ReaderError:
    """Whether nobody was there, or somebody went away, is what the cause says."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        chain.append(f"{type(cause).__name__} {cause}")
        cause = cause.__cause__ or cause.__context__
    said = " ".join(chain)
    if "CERTIFICATE" in said.upper():
        return ReaderUnavailable(f"{where} has a certificate that isn't trusted here; check the address.")
    if re.search(r"ReadError|RemoteProtocolError|incomplete|disconnected", said):
        return ReaderFailed(f"{where} broke the connection off; try again.")
    return ReaderUnavailable(f"{where} can't be reached; check that it runs and that OPENAI_BASE_URL is right.")


def _message(error: Exception) -> str:
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return body["message"]
    return str(getattr(error, "message", "") or error)
