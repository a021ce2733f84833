"""Document expansion: questions of a model are found by and never shown, kept, resumed, and lost by no fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.answers import Answer
from assistant.cli import run
from assistant.export.values import answer_as_dict
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.pipeline import ingest_pages
from tests.ingest.libraries import plain_page
from tests.servers import FaultServer, fails, fault_server, says

#: Words that no abstract has.
QUESTION = "How can my grandmother's homework chatbot stop blurting out solutions?"
ASKED = "grandmother homework chatbot blurting out solutions"
PAPERS = [
    (
        "Socratic Restraint for Language Tutors",
        "We train a language model to withhold final results from learners. A reward penalises answers that are given "
        "too early, and hints are preferred. On 1,200 dialogues pupils reach the goal unaided in 64% of the cases.",
    ),
    (
        "Sparse Attention with Learned Windows",
        "Attention over long documents costs memory that grows with the square of their length. We learn windows for "
        "each head and keep perplexity while memory falls by 71% on books of 100,000 tokens.",
    ),
    (
        "Graph Retrieval for Protein Design",
        "Proteins are designed by retrieving similar fragments from a graph of known structures. The method needs no "
        "alignment and finds stable folds in nine of ten trials in the laboratory.",
    ),
]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with fault_server() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        yield running


@pytest.fixture
def place(tmp_path: Path) -> str:
    with Library.open(tmp_path / "library", load_embedder("default"), create=True) as library:
        ingest_pages([plain_page(tmp_path, "page.txt", PAPERS)], library)
    return str(tmp_path / "library")


def writes(body: dict[str, Any]) -> Any:
    """A model that writes everyday questions for the tutor paper, and others for the others."""
    asked = json.dumps(body["messages"])
    text = QUESTION if "Socratic" in asked else f"What about number {len(asked)}?"
    return says(f"{text}\nWho would want that, and why?")(body)


def expand(place: str) -> int:
    return run(["ingest", "--expand", "--reader", "openai:m", "--library", place])


def search(place: str, query: str) -> list[str]:
    with Assistant.open(library=place, reader="builtin") as assistant:
        return [passage.paper.title for passage in assistant.search(query, limit=3)]


def test_a_question_in_words_of_the_expansion_alone_finds_the_paper(server: FaultServer, place: str, capsys) -> None:
    with Library.open(place, load_embedder("default")) as library:
        assert not library.lexical("grandmother blurting", 5)
    server.plays(writes)
    assert expand(place) == 0
    assert "6 questions written for 3 of 3 papers" in capsys.readouterr().out
    with Library.open(place, load_embedder("default")) as library:
        (hit,) = library.lexical("grandmother blurting", 5)
        assert library.get([hit.paper_id])[hit.paper_id].title == PAPERS[0][0]
    assert search(place, ASKED)[0] == PAPERS[0][0]


def test_nothing_of_an_expansion_is_ever_shown(server: FaultServer, place: str, capsys) -> None:
    server.plays(writes)
    assert expand(place) == 0
    server.plays(says("Tutors are trained to withhold final results from learners [1]."))
    capsys.readouterr()
    with Assistant.open(library=place, reader="openai:m") as writing, Assistant.open(library=place) as assistant:
        for asked in (ASKED, QUESTION, "Which paper trains tutors to withhold results?"):
            for answer in (assistant.ask(asked), writing.ask(asked)):
                _holds_abstracts_only(answer)
        assert server.seen
        assert not any("Who would want that" in json.dumps(seen.body) for seen in server.seen), "nor read by a model"
    assert run(["papers", "--json", "--library", place]) == 0
    assert "grandmother" not in capsys.readouterr().out


def _holds_abstracts_only(answer: Answer) -> None:
    for citation in answer.citations:
        assert citation.paper.abstract[citation.start : citation.end] == citation.quote
    for passage in answer.passages:
        assert passage.paper.abstract[passage.start : passage.end] == passage.text
    shown = json.dumps([answer_as_dict(answer)["citations"], answer_as_dict(answer)["passages"], answer.text])
    assert "grandmother" not in shown
    assert "Who would want that" not in shown


def test_questions_are_kept_when_the_page_is_read_again_and_not_asked_twice(
    server: FaultServer, place: str, tmp_path: Path
) -> None:
    server.plays(writes)
    assert expand(place) == 0
    server.plays(writes)
    assert run(["ingest", str(tmp_path / "page.txt"), "--library", place]) == 0
    changed = [(PAPERS[0][0], PAPERS[0][1] + " Teachers were asked as well."), *PAPERS[1:]]
    plain_page(tmp_path, "page.txt", changed)
    assert run(["ingest", str(tmp_path / "page.txt"), "--library", place]) == 0
    assert run(["ingest", "--rebuild", "--library", place]) == 0
    assert expand(place) == 0
    assert not server.seen
    assert search(place, ASKED)[0] == PAPERS[0][0]


def test_a_server_that_fails_half_way_loses_nothing_and_the_next_run_goes_on(
    server: FaultServer, place: str, capsys
) -> None:
    server.plays(writes, writes, fails(401, "no such key"))
    assert expand(place) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    server.plays(writes)
    assert expand(place) == 0
    assert "2 questions written for 1 of 3 papers" in capsys.readouterr().out
    assert search(place, ASKED)[0] == PAPERS[0][0]


def test_a_model_with_nothing_to_say_is_not_asked_again(server: FaultServer, place: str) -> None:
    server.plays(says("I can't help with that."))
    assert expand(place) == 0
    server.plays(writes)
    assert expand(place) == 0
    assert not server.seen


def test_expansion_needs_a_reader_that_writes(place: str, capsys) -> None:
    assert run(["ingest", "--expand", "--reader", "builtin", "--library", place]) == 2
    assert "generative reader" in capsys.readouterr().err
