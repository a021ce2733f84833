"""The command line called wrongly, clumsily or with ill will."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile.harness import Case

ASKED = "What accuracy does GlowSync reach on LampBench?"
SERVER = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "none"}


def written(name: str, content: str | bytes = "") -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))

    return write


def pickled(folder: Path) -> None:
    written("model/config.json", '{"model_type": "bert"}')(folder)
    written("model/pytorch_model.bin", b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.")(folder)


CASES = {
    # no or unknown commands
    "unknown command": Case(["fly"], 2, ["fly"]),
    "command in capitals": Case(["ASK", "x"], 2, ["ASK"]),
    "command with a newline": Case(["ask\nask"], 2),
    "unknown option": Case(["ask", "x", "--colour"], 2, ["--colour"]),
    "option twice over": Case(["ask", ASKED, "--limit", "2", "--limit", "0"], 2),
    "option without its value": Case(["ask", "x", "--limit"], 2, ["--limit"]),
    "one argument too many": Case(["ask", "what", "is", "this"], 2),
    # questions
    "no question": Case(["ask"], 2, ["question"]),
    "empty question": Case(["ask", ""], 2, ["empty"]),
    "white space": Case(["ask", " \t\n\u3000\u00a0 "], 2, ["empty"]),
    "zero-width characters": Case(["ask", "\u200b\u200d\ufeff"], (2, 3)),
    "question of 100 kB": Case(["ask", "why " * 25_000], 2, ["long"]),
    "question of one word of 100 kB": Case(["ask", "w" * 100_000], 2),
    "NUL in a question": Case(["ask", f"{ASKED}\0"], 0),
    "lone surrogate": Case(["ask", f"{ASKED} \ud800"], 0),
    "right to left": Case(["ask", "\u202eما دقة GlowSync؟"], (0, 3)),
    "zalgo": Case(["ask", "W̷̢̛h̴̨a̸t̶ ḑ̸o̷e̵s̴ GlowSync do?"], (0, 3)),
    "emoji alone": Case(["ask", "🪲🪲🪲"], 3),
    "punctuation alone": Case(["ask", "?!...;;"], (2, 3)),
    "query language": Case(["ask", 'title:"x" AND (NOT y) OR *:* ~2 ^9 [a TO b] {'], (0, 3)),
    "SQL": Case(["ask", "'; DROP TABLE embeddings; --"], (0, 3)),
    "shell": Case(["ask", "$(touch pwned) `touch pwned` && touch pwned"], (0, 3)),
    "template variables": Case(["ask", "$question ${sources} %s {0} {{x}} {question}"], (0, 3)),
    "path as a question": Case(["ask", "../../../../etc/passwd"], (0, 3)),
    "terminal escapes": Case(["ask", "\x1b[2J\x1b]0;owned\x07 GlowSync"], (0, 3)),
    "forged marks": Case(["ask", "[1] [2] [99] [0] GlowSync [1][1][1]"], (0, 3)),
    "dash, and nothing on stdin": Case(["ask", "-"], 2, ["empty"], stdin=""),
    "dash, and 2 MB on stdin": Case(["ask", "-"], 2, ["long"], stdin="why " * 500_000),
    "search for nothing": Case(["search", ""], 2, ["empty"]),
    "search for quotes": Case(["search", '"""'], (0, 3)),
    "papers that hold a NUL": Case(["papers", "\0"], (0, 3)),
    "papers of a regular expression": Case(["papers", "(((("], (0, 3)),
    # numbers and dates
    **{
        f"limit {value}": Case(["ask", "x", "--limit", value], 2, ["--limit"])
        for value in ("0", "-1", "abc", "1e3", "1000000000", "99999999999999999999", "", "NaN", "٣٣٣")
    },
    **{
        f"since {value or 'nothing'}": Case(["ask", "x", "--since", value], 2, ["--since"])
        for value in ("tomorrow", "2025-13", "2025-02-31", "0000", "-1", "", "10000", "2025-06-14T00:00", "2025/06")
    },
    "since after until": Case(["ask", "x", "--since", "2025-06", "--until", "2025-01"], 2, ["swap"]),
    "filters that nothing passes": Case(["ask", ASKED, "--organization", "nobody"], 3),
    "organization of 100 kB": Case(["ask", ASKED, "--organization", "x" * 100_000], 3),
    # readers, embedders, models
    "unknown reader": Case(["ask", "x", "--reader", "oracle"], 2, ["oracle"]),
    "reader with a newline": Case(["ask", "x", "--reader", "hf:a\nb"], (1, 2)),
    "reader in a missing folder": Case(["ask", "x", "--reader", "hf:{here}/none"], 1, ["none"]),
    "reader in an empty folder": Case(["ask", "x", "--reader", "hf:{here}"], 1),
    "reader of pickled weights": Case(["ask", "x", "--reader", "hf:{here}/model"], 1, ["safetensors"], prepare=pickled),
    "reader outside of the cache": Case(["ask", "x", "--reader", "hf:../../etc"], 1),
    "reader by an unknown name": Case(["ask", "x", "--reader", "hf:nobody/nothing"], 1, ["nobody/nothing"]),
    "reader without a key": Case(["ask", "x", "--reader", "openai:gpt-4o"], 1, ["OPENAI_API_KEY"]),
    "reader behind a closed port": Case(["ask", ASKED, "--reader", "openai:m"], 0, environment=SERVER),
    "unknown embedder": Case(["ask", "x", "--embedder", "oracle"], 2, ["oracle"]),
    "embedder of pickled weights": Case(
        ["ask", "x", "--embedder", "hf:{here}/model"], 1, ["safetensors"], prepare=pickled
    ),
    "embedder without a key": Case(["ask", "x", "--embedder", "openai:e"], 1, ["OPENAI_API_KEY"]),
    "unknown reranker": Case(["ask", "x", "--reranker", "oracle"], 2, ["oracle"]),
    "reranker in a missing folder": Case(["ask", "x", "--reranker", "hf:{here}/none"], 1),
    # libraries
    "library on a closed port": Case(["ask", "x", "--library", "http://127.0.0.1:9"], 1, ["does not answer"]),
    "library of another protocol": Case(["ask", "x", "--library", "ftp://host"], 2, ["ftp://host"]),
    "library without a host": Case(["ask", "x", "--library", "http://"], 2),
    "library with a path": Case(["ask", "x", "--library", "http://127.0.0.1:9/../x"], 2),
    "library with NUL": Case(["ask", "x", "--library", "a\0b"], 2),
    "library that is a file": Case(["ask", "x", "--library", "{here}/f"], 1, prepare=written("f", "x")),
    "library among other things": Case(
        ["ingest", "{here}/page.txt", "--library", "{here}"], 1, ["page.txt"], prepare=written("page.txt", "x")
    ),
    "library with a name of 5,000 characters": Case(["papers", "--library", "x" * 5_000], 2, ["too long"]),
    "library below a file": Case(["papers", "--library", "{here}/f/l"], 1, prepare=written("f")),
    "library of nobody's home": Case(["papers", "--library", "~nobody-there/l"], 2, ["write out the path"]),
    "library by a terminal's escape": Case(["papers", "--library", "\x1b[2J"], 2),
    "command by a terminal's escape": Case(["\x1b[2J"], 2),
    # files that commands read and write
    "batch that is missing": Case(["ask", "--batch", "none"], 2, ["none"]),
    "batch that is a folder": Case(["ask", "--batch", "{here}"], 2),
    "batch and a question": Case(["ask", "x", "--batch", "y"], 2),
    "questions that are missing": Case(["eval", "none"], 2),
    "questions that are empty": Case(["eval", "q"], 2, prepare=written("q")),
    "questions that are binary": Case(["eval", "q"], 2, prepare=written("q", bytes(range(256)))),
    "eval of nothing": Case(["eval"], 2),
    "BEIR folder that is missing": Case(["eval", "--beir", "none"], 2),
    "BEIR folder that is empty": Case(["eval", "--beir", "{here}"], 2),
    "BEIR corpus that is broken": Case(["eval", "--beir", "{here}"], (1, 2), prepare=written("corpus.jsonl", "{")),
    "receipt that is missing": Case(["replay", "none"], 2),
    "receipt that is empty": Case(["replay", "r"], 2, prepare=written("r")),
    "receipt that is a list": Case(["replay", "r"], 2, prepare=written("r", "[]")),
    "receipt that is nested deeply": Case(["replay", "r"], 2, prepare=written("r", "[" * 100_000)),
    "receipt of something else": Case(["replay", "r"], 2, prepare=written("r", '{"question": 7}')),
    "receipt into a missing folder": Case(["ask", ASKED, "--save", "none/r"], (1, 2)),
    "receipt onto a folder": Case(["ask", ASKED, "--save", "{here}"], (1, 2)),
    # keeping
    "ingest of nothing": Case(["ingest"], 2),
    "copy to nowhere": Case(["copy"], 2),
    "copy of three": Case(["copy", "a", "b", "c"], 2),
    "copy of what is missing": Case(["copy", "none", "new"], 1, ["no library at none"]),
    "copy to a closed port": Case(["copy", "http://127.0.0.1:9"], 1, ["does not answer"]),
    "copy onto other things": Case(["copy", "{here}"], 1, ["other things"], prepare=written("thesis.tex")),
    "copy to no place": Case(["copy", ""], 2),
    # serving
    "port too high": Case(["serve", "--port", "99999"], 2, ["--port"]),
    "port that is a word": Case(["serve", "--port", "http"], 2),
    "port zero": Case(["serve", "--port", "0"], 2),
    "login without a password": Case(["serve", "--login", "me"], 2, ["PAPER_ASSISTANT_PASSWORD"]),
    "host that is none": Case(["serve", "--host", "no.such.host.invalid"], 2, ["no address of this machine"]),
    "host of another machine": Case(["serve", "--host", "192.0.2.1"], 2, ["no address of this machine"]),
    "host with a scheme": Case(["serve", "--host", "http://127.0.0.1"], 2, ["no address of this machine"]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_told_in_one_sentence_and_changes_nothing(case: Case, call: Callable[[Case], str], tmp_path: Path):
    call(case)
    assert not any(path.name == "pwned" for path in tmp_path.rglob("*"))
    assert not os.path.lexists("pwned")
