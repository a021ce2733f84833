"""Prompts from files: strict variables, a fingerprint of each, abstracts quoted so that they can't break out.

A prompt is one Markdown file. A header says its purpose, its variables and what it must never do; the body has
``$name`` variables and is cut into messages at the lines ``# System``, ``# User`` and ``# Assistant``::

    ---
    purpose: Turn a question into search queries.
    variables: question
    never: Answer the question.
    ---
    # System
    You write search queries …
    # User
    Question: $question

Messages are cut before variables are filled in, so nothing inside a question or an abstract can open one.
Knows no wording, no model and no citation.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Literal, cast

from assistant.errors import PromptError
from assistant.readers import Message
from ingest.papers import Paper

#: Hexadecimal digits of a prompt's fingerprint.
FINGERPRINT_DIGITS = 8
#: Hexadecimal digits of the key on a source's marks: 48 bits, over texts that the writer of an abstract can't know.
KEY_DIGITS = 12
#: The prompts that come with the package lie beside it. importlib.resources would look for a namespace package of
#: that name, which a folder "prompts" in the current directory joins, and which Python 3.11 can't open when the
#: package is installed in editable mode.
_SHIPPED = Path(__file__).resolve().parents[1] / "prompts"
_HEADER = re.compile(r"\A---\n(?P<fields>.*?)\n---\n(?P<body>.*)\Z", re.DOTALL)
_MESSAGE = re.compile(r"^# (System|User|Assistant)[ \t]*$", re.MULTILINE)
_FIELDS = ("purpose", "variables", "never")
#: A mark such as [2] or 【3】 that a text brings along.
_FORGED_MARK = re.compile(r"[\[【［〔]\s*(\d[\d\s,;–—-]*)[\]】］〕]")
_SOURCE_TAG = re.compile(r"<(?=\s*/?\s*source)", re.IGNORECASE)
_LINK = re.compile(r"\](?=\s*[(\[])")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file: its header, its templates by message, and the first digits of its text's SHA-256."""

    name: str
    purpose: str
    variables: frozenset[str]
    never: str
    templates: tuple[tuple[Literal["system", "user", "assistant"], str], ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A prompt with its variables filled in, ready for a chat model."""

    messages: tuple[Message, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Quoted:
    """Sources quoted as data: the text to put into a prompt, and the key that their marks bear."""

    text: str
    key: str


class Prompts:
    """The prompts that come with the package, with a person's own folder in front of them.

    Raises PromptError where that folder doesn't exist.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise PromptError(
                f"The folder of prompts {folder} doesn't exist; make it or unset PAPER_ASSISTANT_PROMPTS."
            )
        self._folder = folder
        self._load = lru_cache(maxsize=None)(self._read)

    def load(self, name: str) -> Prompt:
        """The prompt of that name. Raises PromptError where there is none or its file can't be used."""
        return self._load(name)

    def render(self, name: str, /, **variables: str) -> Rendered:
        """The prompt with ``variables`` filled in; they must be exactly those that its header names.

        Raises PromptError naming the missing or the unknown ones.
        """
        prompt = self.load(name)
        if missing := sorted(prompt.variables - set(variables)):
            raise PromptError(f"The prompt '{name}' was given no {_listed(missing)}; fill in every variable it names.")
        if unknown := sorted(set(variables) - prompt.variables):
            raise PromptError(
                f"The prompt '{name}' doesn't use {_listed(unknown)}; add it to the file, or mend its name."
            )
        messages = (Message(role, Template(text).substitute(variables).strip()) for role, text in prompt.templates)
        return Rendered(tuple(m for m in messages if m.content), prompt.fingerprint)

    def _read(self, name: str) -> Prompt:
        own = self._folder / f"{name}.md" if self._folder else None
        place = own if own is not None and own.is_file() else _SHIPPED / f"{name}.md"
        try:
            text = place.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"The prompt '{name}' can't be read from {place}; it must be a UTF-8 file.") from error
        return parse(name, text.removeprefix("\ufeff").replace("\r\n", "\n"))


def parse(name: str, text: str) -> Prompt:
    """A prompt from the text of its file.

    Raises PromptError for a header without its three fields, a stray ``$`` or variables that the header and the
    body disagree about.
    """
    found = _HEADER.match(text)
    fields = dict(_field(line) for line in found["fields"].splitlines() if line.strip()) if found else {}
    if found is None or set(fields) != set(_FIELDS):
        raise PromptError(f"The prompt '{name}' must begin with a header between two lines '---': {_listed(_FIELDS)}.")
    template = Template(found["body"])
    if not template.is_valid():
        raise PromptError(f"The prompt '{name}' has a '$' that begins no variable; write '$$' for a dollar sign.")
    named = frozenset(word.strip() for word in fields["variables"].split(",") if word.strip())
    if odd := sorted(named ^ set(template.get_identifiers())):
        raise PromptError(f"The header and the body of the prompt '{name}' disagree about {_listed(odd)}.")
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:FINGERPRINT_DIGITS]
    return Prompt(name, fields["purpose"], named, fields["never"], _messages(found["body"]), digest)


def quote_sources(papers: Sequence[Paper], salt: str = "") -> Quoted:
    """Papers as numbered data, counted from 1, between marks that no text among them contains.

    The marks bear a key drawn from all of the texts and ``salt`` (the question), so that whoever wrote an abstract
    could not know it. Number marks, source marks and Markdown links inside an abstract are defused.
    """
    bodies = [_body(paper) for paper in papers]
    key, round_ = "", 0
    while not key or any(key in body for body in (*bodies, salt)):
        seed = "\0".join((salt, str(round_), *bodies))
        key = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_DIGITS]
        round_ += 1
    sources = (
        f'<source number="{n}" key="{key}">\n{body}\n</source key="{key}">' for n, body in enumerate(bodies, start=1)
    )
    return Quoted("\n\n".join(sources), key)


def defused(text: str) -> str:
    """``text`` without anything that could pass for our own marks: ``[2]`` → ``(2)``, ``<source`` → ``‹source``."""
    text = _FORGED_MARK.sub(lambda mark: f"({mark[1].strip()})", text)
    return _LINK.sub("] ", _SOURCE_TAG.sub("‹", text))


def listing_facts(paper: Paper) -> dict[str, str]:
    """What the listing says of a paper beside its abstract, by name of the fact; only what is known."""
    facts = {
        "Listed": f"{paper.listed.day} {paper.listed:%B %Y}" if paper.listed else "",
        "Authors": ", ".join(paper.authors or ()),
        "Number of authors": str(paper.authors_count) if paper.authors_count is not None else "",
        "Organisation": paper.organization or "",
        "Comments": str(paper.comments) if paper.comments is not None else "",
    }
    return {name: fact for name, fact in facts.items() if fact}


def _body(paper: Paper) -> str:
    facts = [f"{name}: {defused(fact)}" for name, fact in listing_facts(paper).items()]
    return "\n".join([f"Title: {defused(paper.title)}", *facts, f"Abstract: {defused(paper.abstract)}"])


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _messages(body: str) -> tuple[tuple[Literal["system", "user", "assistant"], str], ...]:
    parts = _MESSAGE.split(body)
    if len(parts) == 1:
        return (("user", body),)
    roles = cast("list[Literal['system', 'user', 'assistant']]", [role.lower() for role in parts[1::2]])
    return tuple(zip(roles, parts[2::2], strict=True))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
