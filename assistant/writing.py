"""A chat model's part: the prompt filled to the model's size, the answer streamed, checked and corrected.

While the model writes, only whole and valid marks are passed on; when it has ended every sentence is checked
against the abstracts, and the draft that comes last is what holds. Knows no server, no library and no page.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from assistant.answers import REFUSAL, Delta, Draft, Numbering, Passage, Turn, Usage
from assistant.budget import Fitted, fit, recent
from assistant.citations import Checked, check, is_refusal
from assistant.errors import ContextTooLong, ReaderFailed
from assistant.marks import MarkStream
from assistant.prompting import Prompts, quote_sources
from assistant.questions import Kind, Question
from assistant.readers import ChatModel, Message
from assistant.readers.thinking import without_thinking
from assistant.settings import Settings
from assistant.verification import Embed, Verifier
from assistant.verification.wording import Sort, names_of, units
from ingest.papers import Paper

#: Which prompt answers which kind of question; the others are answered by "answer".
PROMPTS = {Kind.SURVEY: "survey", Kind.COUNT: "survey", Kind.COMPARE: "compare"}
#: Tokens granted for a few short lines: queries, a question made whole.
LINES_TOKENS = 120
#: Most queries taken from a rewriting, and questions from an expansion.
MOST_QUERIES, MOST_QUESTIONS = 3, 5
#: Longest query and longest question made whole, in characters; beyond it a model is talking, not asking.
LONGEST_LINE = 300
#: A server that reports less than this part of the estimate has cut the prompt; the estimate is a third too high.
CUT_SHORT = 0.4
_log = logging.getLogger(__name__)
_LINE_START = re.compile(r"^(?:[-*+•]|\(?\d{1,2}[.):]|(?:query|question|search)(?: \d+)?:)\s*", re.IGNORECASE)
_TALK = re.compile(
    r"^(?:sure|certainly|here (?:are|is)|of course|okay|i (?:can|will|am|would)|as an ai)\b", re.IGNORECASE
)


class Writer:
    """Lets ``model`` write answers from passages. ``embed`` helps to find the evidence of a sentence."""

    def __init__(self, model: ChatModel, prompts: Prompts, settings: Settings, embed: Embed | None = None) -> None:
        self._model = model
        self._prompts = prompts
        self._settings = settings
        self._verifier = Verifier(embed)

    @property
    def name(self) -> str:
        return self._model.name

    def write(
        self,
        question: Question,
        asked: str,
        history: Sequence[Turn],
        passages: Sequence[Passage],
        numbering: Numbering,
    ) -> Iterator[Delta | Draft]:
        """Pieces of the answer as they come, then the draft, which holds where the two differ.

        ``question`` stands alone; ``asked`` is the person's own wording. Where the model says that the passages are
        too long for it, half of them are tried once. Raises ReaderError, PromptError.
        """
        fitted = self._fit(question, asked, history, passages)
        begun = False
        try:
            for event in self._write(fitted, numbering):
                begun = True
                yield event
        except ContextTooLong:
            kept = len(fitted.passages) // 2
            if begun or not kept:
                raise
            _log.info("the messages were too long for %s; trying again with %d passages", self.name, kept)
            shorter = self._fit(question, asked, (), fitted.passages[:kept])
            omitted = (*fitted.passages[kept:], *fitted.omitted)
            yield from self._write(replace(shorter, omitted=omitted), numbering)

    def rewrite(self, question: Question) -> list[str]:
        """Search queries in the words of abstracts, at most three; none where the model wrote nothing of use.

        Raises ReaderError, PromptError.
        """
        text = self._lines("rewrite", question=question.text)
        queries = [line for line in _useful_lines(text) if _folded(line) != _folded(question.text)]
        return queries[:MOST_QUERIES]

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        """The follow-up as a question that stands alone, or nothing where the model wrote nothing of use.

        Raises ReaderError, PromptError.
        """
        if not history:
            return ""
        turns = recent(self._model, history, self._model.context_window // 2)
        told = "\n".join(f"{turn.role}: {_without_marks(turn.text)}" for turn in turns)
        lines = _useful_lines(self._lines("condense", history=told, question=question))
        if len(lines) != 1 or any(_folded(lines[0]) == _folded(_without_marks(t.text)) for t in history):
            return ""
        return lines[0] if _grounded(lines[0], f"{question} {told}") else ""

    def expand(self, paper: Paper) -> list[str]:
        """Everyday questions that the paper answers, at most five. Raises ReaderError, PromptError."""
        quoted = quote_sources([paper])
        lines = _useful_lines(self._lines("expand", source=quoted.text, key=quoted.key))
        return [line for line in lines if line.endswith(("?", "？"))][:MOST_QUESTIONS]

    def _lines(self, prompt: str, **variables: str) -> str:
        messages = self._prompts.render(prompt, **variables).messages
        pieces = self._model.stream(messages, max_tokens=LINES_TOKENS)
        return "".join(p for p in without_thinking(pieces) if isinstance(p, str))

    def _write(self, fitted: Fitted, numbering: Numbering) -> Iterator[Delta | Draft]:
        writing = _Writing(fitted.passages, numbering)
        usage: Usage | None = None
        # in strict mode nothing is shown that may be struck out a moment later
        strict = self._settings.strict
        with closing(self._model.stream(fitted.messages, max_tokens=fitted.max_tokens)) as pieces:
            for piece in without_thinking(pieces):
                if isinstance(piece, Usage):
                    usage = piece
                elif (shown := writing.feed(piece)) and not strict:
                    yield Delta(shown)
        if (rest := writing.close()) and not strict:
            yield Delta(rest)
        draft = self._draft(writing, fitted, numbering, usage)
        if strict:
            yield Delta(draft.text)
        yield draft

    def _fit(self, question: Question, asked: str, history: Sequence[Turn], passages: Sequence[Passage]) -> Fitted:
        name = PROMPTS.get(question.kind, "answer")
        wanted = asked if asked.strip() == question.text.strip() else f"{asked}\n(That is: {question.text})"

        def assemble(kept: Sequence[Passage], turns: Sequence[Turn]) -> tuple[tuple[Message, ...], str]:
            quoted = quote_sources([p.paper for p in kept], salt=wanted)
            rendered = self._prompts.render(name, question=wanted, sources=quoted.text, key=quoted.key, refusal=REFUSAL)
            told = tuple(Message(t.role, _without_marks(t.text)) for t in turns)
            return (*rendered.messages[:-1], *told, rendered.messages[-1]), rendered.fingerprint

        return fit(self._model, assemble, passages, history, self._settings.max_tokens)

    def _draft(self, writing: _Writing, fitted: Fitted, numbering: Numbering, usage: Usage | None) -> Draft:
        if not writing.text.strip():
            raise ReaderFailed(f"{self.name} wrote nothing.")
        # what follows a refusal is shown only where it holds
        strict = self._settings.strict or is_refusal(writing.text)
        checked = check(writing.text, writing.sources, self._verifier, strict=strict)
        checked = checked.renumbered({n: numbering.number_of(paper_id) for n, paper_id in writing.order(checked.text)})
        text = checked.text or REFUSAL
        refused = is_refusal(text)
        return Draft(
            text=text,
            answered=not refused,
            confidence=0.0 if refused else _confidence(checked),
            citations=checked.citations,
            notes=self._notes(fitted, usage),
            prompt=fitted.fingerprint,
            omitted=fitted.omitted,
            usage=usage,
            flags=checked.flags,
        )

    def _notes(self, fitted: Fitted, usage: Usage | None) -> tuple[str, ...]:
        notes: list[str] = []
        if fitted.omitted:
            titles = "; ".join(p.paper.title for p in fitted.omitted)
            notes.append(f"Left out, because the model's context window is full: {titles}.")
        if usage and usage.completion_tokens >= fitted.max_tokens:
            notes.append(f"The answer was cut at {fitted.max_tokens} tokens; PAPER_ASSISTANT_MAX_TOKENS allows more.")
        if usage and usage.prompt_tokens < CUT_SHORT * fitted.tokens:
            notes.append(
                f"The server read only {usage.prompt_tokens} of about {fitted.tokens} tokens: its context window is "
                "smaller than the passages; name its size in the reader, as in openai:MODEL?context=2048."
            )
        return tuple(notes)


class _Writing:
    """An answer under way: the model's marks, which count the passages, become the conversation's.

    A copy of the numbering is used up meanwhile, so that a mark which the check takes away leaves no gap.
    """

    def __init__(self, passages: Sequence[Passage], numbering: Numbering) -> None:
        self._papers = [p.paper for p in passages]
        self._preview = Numbering([Turn("assistant", "", numbering.known())])
        self._stream = MarkStream(self._number, [link for paper in self._papers for link in paper.links])
        self._pieces: list[str] = []

    def _number(self, mark: int) -> int | None:
        return self._preview.number_of(self._papers[mark - 1].id) if 1 <= mark <= len(self._papers) else None

    def feed(self, piece: str) -> str:
        return self._kept(self._stream.feed(piece))

    def close(self) -> str:
        return self._kept(self._stream.close())

    def _kept(self, shown: str) -> str:
        self._pieces.append(shown)
        return shown

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def sources(self) -> dict[int, Paper]:
        """Every passage's paper by the mark it has, or would have if it were cited next."""
        return {self._preview.number_of(paper.id): paper for paper in self._papers}

    def order(self, text: str) -> list[tuple[int, str]]:
        """The marks of ``text`` in order of first appearance, with the ids of their papers."""
        ids = {number: paper.id for number, paper in self.sources.items()}
        marks = dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", text))
        return [(n, ids[n]) for n in marks if n in ids]


def _confidence(checked: Checked) -> float:
    """The share of statements that a source bears out."""
    return checked.supported / checked.stated if checked.stated else 0.0


def _useful_lines(text: str) -> list[str]:
    """The lines of a model's list, bare, each once; chatter, endless lines and empty ones left out."""
    lines = (_LINE_START.sub("", line.strip()).strip(" \"'“”`*") for line in text.splitlines())
    useful = (line for line in lines if line and len(line) <= LONGEST_LINE and any(c.isalnum() for c in line))
    distinct = {_folded(line): line for line in useful if not _TALK.match(line) and not line.endswith((":", "："))}
    return list(distinct.values())


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _grounded(line: str, told: str) -> bool:
    """Whether every name in a line was named before: a question made whole must not bring in a new one."""
    known = names_of(told)
    return all(known.bear_out(line[u.start : u.end]) for u in units(line, titles=False) if u.sort is Sort.NAME)


def _without_marks(text: str) -> str:
    return re.sub(r"\s?\[\d+\]", "", text)
