"""A chat model behind any server that speaks OpenAI's Chat Completions: OpenAI, Ollama, vLLM, llama.cpp and others.

The key and the base URL stay in the environment (OPENAI_API_KEY, OPENAI_BASE_URL) and are read when a client is
made; neither is a field, a log line or part of a message. Retries with backoff on 429, 5xx and lost connections
are the SDK's own. Knows no prompt's wording and no passage.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.answers import Usage
from assistant.errors import ReaderError, ReaderFailed, ReaderUnavailable
from assistant.readers import Message, estimate, options, window
from assistant.readers.refusals import about_context, translate, without_secrets

if TYPE_CHECKING:
    import openai

#: Where requests go when OPENAI_BASE_URL isn't set.
OPENAI = "https://api.openai.com/v1"
#: Tokens that OpenAI's own chat models take, the smallest of those on offer.
OPENAI_WINDOW = 128_000
#: Tokens supposed of any other server, which doesn't say how many it takes; ``?context=N`` overrides it.
SERVER_WINDOW = 8_192
#: The SDK's attempts after the first one on 429, 5xx and lost connections.
RETRIES = 2
#: Seconds allowed for connecting; waiting for an answer has the longer limit of the settings.
CONNECT_SECONDS = 10.0
#: A stream that lasts longer than this many times the limit for one piece is taken for one that never ends.
PATIENCE = 10
#: No tokenizer makes tokens longer than this on average: what a runaway stream is cut at, in characters a token.
LONGEST_TOKEN = 16


class OpenAIModel:
    """``openai:MODEL`` or ``openai:MODEL?context=4096``.

    ``timeout`` is in seconds, for one piece of the answer. Raises ReaderUnavailable where neither key nor base URL
    is set, or where one of them can't be used as it stands.
    """

    def __init__(self, model: str, *, timeout: float = 60.0, environ: Mapping[str, str] | None = None) -> None:
        self._model, chosen = options(model, {"context"})
        self._environ = os.environ if environ is None else environ
        self._timeout = timeout
        base = _base_url(self._environ)
        self.server = urlsplit(base).netloc.rpartition("@")[2]
        self._own = base == OPENAI
        key = _key(self._environ)
        if not key and self._own:
            raise ReaderUnavailable(
                "No key for the API is set; set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs none."
            )
        supposed = OPENAI_WINDOW if self._own else SERVER_WINDOW
        self._window = window(chosen["context"]) if "context" in chosen else supposed
        self._dropped: set[str] = set()
        self._client: openai.OpenAI | None = None

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r} at {self.server})"

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    @property
    def context_window(self) -> int:
        """Tokens for prompt and answer: as given, OpenAI's own, or a cautious guess."""
        return self._window

    def count(self, messages: Sequence[Message]) -> int:
        """An estimate that errs high: the protocol has no way to ask."""
        return estimate(messages)

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[str | Usage, None, None]:
        """The answer as the server sends it. Closing the iterator closes the connection, which stops the server.

        Raises ReaderUnavailable for a refused key or an unknown model, ContextTooLong, or ReaderFailed.
        """
        try:
            response = self._request(messages, max_tokens)
            try:
                yield from self._pieces(response, max_tokens)
            finally:
                response.close()
        except ReaderError:
            raise
        except Exception as error:  # the SDK lets errors of its HTTP and JSON libraries through in mid-stream
            raise self._translated(error) from None

    def _request(self, messages: Sequence[Message], max_tokens: int) -> Any:
        """The open stream; a parameter that the server doesn't know is dropped, once each, and not sent again."""
        import openai

        client = self._connect()
        while True:
            sent = self._parameters(max_tokens)
            try:
                return client.chat.completions.create(
                    model=self._model,
                    messages=[{"role": m.role, "content": m.content} for m in messages],  # type: ignore[misc]
                    stream=True,
                    **sent,
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                refused = _refused_parameter(error, sent)
                if not refused:
                    raise
                self._dropped.add(refused)

    def _parameters(self, max_tokens: int) -> dict[str, Any]:
        # OpenAI's newer models know only the longer name, most other servers only the shorter.
        limits = ("max_completion_tokens", "max_tokens") if self._own else ("max_tokens", "max_completion_tokens")
        limit = next((name for name in limits if name not in self._dropped), None)
        wanted: dict[str, Any] = {"temperature": 0.0, "stream_options": {"include_usage": True}}
        if limit:
            wanted[limit] = max_tokens
        return {name: value for name, value in wanted.items() if name not in self._dropped}

    def _pieces(self, response: Any, max_tokens: int) -> Iterator[str | Usage]:
        kind = response.response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/json":
            yield from _whole(response.response.read(), self.server)
            return
        deadline = time.monotonic() + PATIENCE * self._timeout
        usage: Usage | None = None
        written, finished = 0, ""
        for chunk in response:
            usage = _usage(getattr(chunk, "usage", None)) or usage
            for choice in (getattr(chunk, "choices", None) or ())[:1]:
                finished = choice.finish_reason or finished
                if text := getattr(choice.delta, "content", None):
                    written += len(text)
                    yield text
            if time.monotonic() > deadline or written > LONGEST_TOKEN * max_tokens:
                raise ReaderFailed(f"The server at {self.server} didn't come to an end; the answer was broken off.")
        if finished == "content_filter":
            raise ReaderFailed(f"The server at {self.server} withheld the answer by its content filter.")
        if not finished:
            raise ReaderFailed(self._unfinished(kind, written))
        if usage:
            yield usage

    def _unfinished(self, kind: str, written: int) -> str:
        if written:
            return f"The server at {self.server} broke off in mid-answer."
        if kind == "text/event-stream":
            return f"The server at {self.server} sent an empty answer."
        return (
            f"The server at {self.server} doesn't speak Chat Completions (it sent {kind or 'nothing'}); "
            "the base URL usually ends in /v1."
        )

    def _connect(self) -> openai.OpenAI:
        if self._client is None:
            import openai

            self._client = openai.OpenAI(
                api_key=_key(self._environ) or "none",  # the SDK insists on one; servers without keys ignore it
                base_url=_base_url(self._environ),
                max_retries=RETRIES,
                http_client=_patient_once(self._timeout),
            )
        return self._client

    def _translated(self, error: Exception) -> ReaderError:
        return translate(error, server=self.server, model=self._model, secrets=(_key(self._environ),))


def _patient_once(timeout: float) -> Any:
    """An HTTP client for which waiting in vain is final.

    The SDK would wait again, twice, so that a server that hangs kept a person waiting three times as long.
    """
    import openai

    class Client(openai.DefaultHttpxClient):
        def send(self, request: Any, **kwargs: Any) -> Any:
            try:
                return super().send(request, **kwargs)
            except Exception as error:
                # by name, since the SDK has changed its HTTP library between major versions
                if type(error).__name__ == "ReadTimeout":
                    raise openai.APITimeoutError(request=request) from error
                raise

    return Client(timeout=openai.Timeout(timeout, connect=CONNECT_SECONDS))


def _key(environ: Mapping[str, str]) -> str:
    key = environ.get("OPENAI_API_KEY", "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ReaderUnavailable("OPENAI_API_KEY holds characters that no key has; copy the key again, whole.")
    return key


def _base_url(environ: Mapping[str, str]) -> str:
    base = environ.get("OPENAI_BASE_URL", "").strip().rstrip("/")
    if not base:
        return OPENAI
    try:
        parts = urlsplit(base)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or any(c.isspace() for c in base):
        raise ReaderUnavailable(
            "OPENAI_BASE_URL isn't the address of a server; write it like http://localhost:11434/v1."
        )
    return base


def _refused_parameter(error: openai.APIStatusError, sent: Mapping[str, Any]) -> str:
    """The parameter of ``sent`` that the server objects to, or nothing; a full context window is no such case."""
    if about_context(error):
        return ""
    if error.param in sent:
        return str(error.param)
    text = f"{error.message} {error.body}"
    named = [(text.find(name), name) for name in sent if name in text]
    return min(named)[1] if named else ""


def _usage(counted: Any) -> Usage | None:
    prompt, completion = getattr(counted, "prompt_tokens", None), getattr(counted, "completion_tokens", None)
    return Usage(prompt, completion) if isinstance(prompt, int) and isinstance(completion, int) else None


def _whole(body: bytes, server: str) -> Iterator[str | Usage]:
    """The answer of a server that doesn't stream, or the error that it sent with status 200."""
    from openai.types.chat import ChatCompletion

    error = json.loads(body).get("error")
    if error:
        said = error.get("message") if isinstance(error, dict) else error
        raise ReaderFailed(f"The server at {server} refused the request: {without_secrets(str(said))}")
    completion = ChatCompletion.model_validate_json(body)
    text = completion.choices[0].message.content if completion.choices else None
    if not text:
        raise ReaderFailed(f"The server at {server} sent an empty answer.")
    yield text
    if usage := _usage(completion.usage):
        yield usage
