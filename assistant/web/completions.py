"""The assistant in the shape of a chat-completions server: requests read, answers written as its values.

A request, of which everything that is not shown here is passed over (an instruction of the "system" role too: the
assistant has its own)::

    {"model": "paper-assistant", "stream": true, "limit": 8, "filters": {"since": "2025-06"},
     "messages": [{"role": "user", "content": "What does AMPO do?"},
                  {"role": "assistant", "content": "AMPO is … [1].\n\n**Sources**\n\n- [1] [AMPO: …](https://…)"},
                  {"role": "user", "content": [{"type": "text", "text": "How much does it gain?"}]}]}

Knows no server and no reader.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from assistant.answers import Answer, Filters, Turn
from assistant.errors import UsageError
from assistant.export import harmless
from assistant.export.markdown import escaped
from assistant.web import filtering
from ingest.papers import Paper, paper_id, paper_links

#: The name under which the reader that the page was started with answers; another's is ``paper-assistant/READER``.
MODEL = "paper-assistant"
#: Messages of a conversation that are read, the last ones.
MOST_MESSAGES = 100
#: What stands between an answer and its sources, in the text of a message.
SOURCES = "**Sources**"
#: What comes before an answer that the check has changed after it was streamed.
CHECKED = "\n\n---\n\nThe check changed this answer; it reads:\n\n"
_SOURCE = re.compile(r"^- \[(\d{1,3})\] \[((?:\\.|[^\\\]\n])*)\]\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for. ``limit`` is how many papers may be read, None for as many as is set."""

    question: str
    history: tuple[Turn, ...] = ()
    model: str = MODEL
    stream: bool = False
    usage: bool = False
    filters: Filters = field(default_factory=Filters)
    limit: int | None = None


def read(body: Any) -> Wanted:
    """What the body of a request, already parsed, asks for. Raises UsageError."""
    if not isinstance(body, dict):
        raise UsageError("The body must be a JSON object with the messages of a conversation.")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise UsageError('"messages" must be a list that ends with the user\'s question.')
    if body.get("n") not in (None, 1):
        raise UsageError('One answer is given at a time; leave out "n".')
    shape = body.get("response_format")
    if isinstance(shape, dict) and shape.get("type") not in (None, "text"):
        raise UsageError('Answers are text with citations; leave out "response_format".')
    turns = [turn for message in messages[-MOST_MESSAGES:] if (turn := _turn(message))]
    if not turns or turns[-1].role != "user":
        raise UsageError("The last message must be the user's question.")
    model = body.get("model", MODEL)
    if not isinstance(model, str):
        raise UsageError(f'"model" must be a name, such as "{MODEL}".')
    options = body.get("stream_options")
    filters, limit = _filters(body)
    return Wanted(
        question=turns[-1].text,
        history=tuple(turns[:-1]),
        model=model or MODEL,
        stream=body.get("stream") is True,
        usage=isinstance(options, dict) and options.get("include_usage") is True,
        filters=filters,
        limit=limit,
    )


def _turn(message: Any) -> Turn | None:
    """A message as a turn; None for one that says nothing to this assistant."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise UsageError('Each message must be an object with a "role" and a "content".')
    role, text = message["role"], _text(message.get("content"))
    if role == "user":
        return Turn("user", text)
    if role == "assistant" and text.strip():
        said, _, sources = text.partition(f"\n\n{SOURCES}\n")
        return Turn("assistant", said, _cited(sources))
    if role not in ("assistant", "system", "developer", "tool", "function"):
        raise UsageError('The role of a message is "user", "assistant" or "system".')
    return None


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return _whole(content or "")
    if not isinstance(content, list):
        raise UsageError('The "content" of a message must be text.')
    if any(not isinstance(part, dict) or part.get("type") not in ("text", "input_text", "refusal") for part in content):
        raise UsageError("Only text can be read; leave out images, sound and files.")
    return _whole("".join(str(part.get("text") or part.get("refusal") or "") for part in content))


def _whole(text: str) -> str:
    """``text`` without halves of characters, which JSON can hold and no tokenizer can read."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cited(sources: str) -> dict[int, str]:
    """The ids of the papers by their marks, from the sources below an earlier answer."""
    return {int(number): paper_id(re.sub(r"\\(.)", r"\1", title)) for number, title in _SOURCE.findall(sources)}


def _filters(body: Mapping[str, Any]) -> tuple[Filters, int | None]:
    limit = body.get("limit")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
        raise UsageError('"limit" must be a whole number from 1 to 100.')
    given = body.get("filters") or {}
    if not isinstance(given, dict):
        raise UsageError('"filters" must be an object, such as {"since": "2025-06"}.')
    names = ("since", "until", "organization", "source")
    values = [given.get(name) or "" for name in names]
    if unknown := sorted(set(map(str, given)) - {*names, "has_code"}):
        raise UsageError(f"There is no filter '{unknown[0]}'; there are {', '.join(names)} and has_code.")
    if not all(isinstance(value, str) for value in values):
        raise UsageError(f"The filters {', '.join(names)} must be text.")
    filters, _ = filtering.read((*values, given.get("has_code") is True, 1), today=date.today())
    return filters, limit


# -------------------------------------------------------------------------------------------- what is sent back


def message(answer: Answer) -> str:
    """The answer as one Markdown text, its numbered sources with their links at the end."""
    return harmless(answer.text) + sources(answer)


def remainder(answer: Answer, sent: str) -> str:
    """What is still to be sent of ``message(answer)`` after ``sent``; all of it, where the check changed the text."""
    whole, kept = harmless(answer.text), sent.rstrip()
    return (whole[len(kept) :] if whole.startswith(kept) else CHECKED + whole) + sources(answer)


def sources(answer: Answer) -> str:
    """The cited papers with links and quotes, what no abstract bears out, and the notes."""
    parts = [f"> Not borne out: “{escaped(flag.sentence)}” ({escaped(flag.reason)})" for flag in answer.flags]
    parts += [f"*{escaped(note)}*" for note in answer.notes]
    listed = [_source(number, paper, answer) for number, paper in answer.sources.items()]
    if listed:
        parts += [SOURCES, "\n".join(listed)]
    return "".join(f"\n\n{part}" for part in parts)


def _source(number: int, paper: Paper, answer: Answer) -> str:
    """The paper on a line, and below it the words it is cited for where they are not the answer's own."""
    day = f", {paper.listed.isoformat()}" if paper.listed else ""
    cited = [c for c in answer.citations if c.number == number and (c.listing or not _repeats(answer.text, c.quote))]
    said = [escaped(c.listing) if c.listing else f"“{escaped(c.quote)}”" for c in cited]
    head = f"- [{number}] [{escaped(paper.title)}]({_address(paper)}){day}"
    return "\n".join([head, *(f"  - {words}" for words in dict.fromkeys(said))])


def _repeats(text: str, quote: str) -> bool:
    return " ".join(quote.split()).rstrip(".") in " ".join(text.split())


def _address(paper: Paper) -> str:
    """The paper's page, fit to stand between the brackets of a Markdown link."""
    return re.sub(r"[\s()<>\\]", lambda found: f"%{ord(found[0]):02X}", paper_links(paper)[0].url)


def citations(answer: Answer) -> list[dict[str, Any]]:
    """Each citation for programs: ``start`` and ``end`` count characters of the paper's abstract."""
    return [
        {
            "number": citation.number,
            "paper_id": citation.paper.id,
            "title": citation.paper.title,
            "url": paper_links(citation.paper)[0].url,
            "listed": citation.paper.listed.isoformat() if citation.paper.listed else None,
            "quote": citation.quote,
            "start": citation.start,
            "end": citation.end,
            "listing": citation.listing,
            "sentence": citation.sentence,
            "verdict": citation.verdict.value,
            "reason": citation.reason,
        }
        for citation in answer.citations
    ]


def details(answer: Answer) -> dict[str, Any]:
    """What a chat completion has no field for."""
    return {
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "reader": answer.reader,
        "standalone": answer.standalone,
        "notes": list(answer.notes),
        "flags": [{"sentence": flag.sentence, "reason": flag.reason} for flag in answer.flags],
        "seconds": {stage: round(seconds, 4) for stage, seconds in answer.seconds.items()},
    }


def usage(answer: Answer) -> dict[str, int]:
    """The tokens of the model that wrote; none, where the built-in reader answered."""
    read_, written = (answer.usage.prompt_tokens, answer.usage.completion_tokens) if answer.usage else (0, 0)
    return {"prompt_tokens": read_, "completion_tokens": written, "total_tokens": read_ + written}


class Completion:
    """One completion: its id, the moment it was made, and the values that are sent of it."""

    def __init__(self, model: str) -> None:
        self._head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def whole(self, answer: Answer) -> dict[str, Any]:
        """The answer at once."""
        said = {"role": "assistant", "content": message(answer), "refusal": None, "citations": citations(answer)}
        choice = {"index": 0, "message": said, "logprobs": None, "finish_reason": "stop"}
        kind = {"object": "chat.completion"}
        return {**self._head, **kind, "choices": [choice], "usage": usage(answer), "paper_assistant": details(answer)}

    def piece(self, *, finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
        """A piece of the answer as it is written."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}

    def ending(self, answer: Answer, *, with_usage: bool) -> Iterator[dict[str, Any]]:
        """What comes after the last piece of text."""
        yield {**self.piece(finish_reason="stop", citations=citations(answer)), "paper_assistant": details(answer)}
        if with_usage:
            yield {**self.piece(), "choices": [], "usage": usage(answer)}


def model_card(name: str, created: int) -> dict[str, Any]:
    """A model as a list of models shows it."""
    return {"id": name, "object": "model", "created": created, "owned_by": MODEL}


def fault(text: str, status: int, *, code: str = "") -> dict[str, Any]:
    """An error in the shape of a chat-completions server; ``text`` is one sentence."""
    kind = "invalid_request_error" if 400 <= status < 500 and status != 429 else "server_error"
    return {"error": {"message": text, "type": kind, "param": None, "code": code or None}}
