"""The threat model holds what it promises: every test that it names exists, and those that belong nowhere else."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from tests.servers import FaultServer, fault_server, says

ROOT = Path(__file__).parents[1]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))


#: Here the program talks to a process of its own, over a pipe that nobody else can write to.
OWN_PIPE = "ingest/storage/preparing.py"


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Every call of a named function in the product: its file, the name as written, and the call."""
    found: list[tuple[str, str, ast.Call]] = []
    for path in [*ROOT.glob("assistant/**/*.py"), *ROOT.glob("ingest/**/*.py"), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                found.append((path.relative_to(ROOT).as_posix(), _name(node.func), node))  # noqa: PERF401 - a comprehension of this is hard to read
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return f"{_name(function.value)}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_the_threat_model_names_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_threat_has_its_test() -> None:
    rows = [line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) > 10
    assert all("::test_" in row for row in rows[2:])


def test_every_model_is_loaded_without_its_code() -> None:
    loaded = [
        (file, {word.arg: ast.unparse(word.value) for word in call.keywords})
        for file, called, call in calls()
        if called in ("SentenceTransformer", "CrossEncoder")
        or (called.endswith(".from_pretrained") and "Auto" in called)
    ]
    assert len(loaded) >= 3
    for file, words in loaded:
        spread = None in words  # **options, which are looked at below
        assert words.get("trust_remote_code") == "False" or spread, file
        assert words.get("local_files_only") == "True" or spread, file
    for name in ("assistant/readers/huggingface.py", "assistant/retrieval/reranking.py", "ingest/hosted.py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "trust_remote_code" in text
        assert "safetensors" in text
    assert not any(
        isinstance(word.value, ast.Constant) and word.value.value is True
        for _, _, call in calls()
        for word in call.keywords
        if word.arg == "trust_remote_code"
    )


def _is_true(word: ast.keyword) -> bool:
    return not (isinstance(word.value, ast.Constant) and word.value.value is False)


def test_nothing_unpickles_or_evaluates() -> None:
    deadly = {"eval", "exec", "pickle.load", "pickle.loads", "torch.load", "joblib.load", "marshal.loads", "os.system"}
    found = [(file, called) for file, called, _ in calls() if called in deadly and file != OWN_PIPE]
    shells = [file for file, _, call in calls() for word in call.keywords if word.arg == "shell"]
    unpickling = [
        file for file, _, call in calls() for word in call.keywords if word.arg == "allow_pickle" and _is_true(word)
    ]
    assert (found, shells, unpickling) == ([], [], [])


def test_the_page_listens_on_this_machine_alone() -> None:
    from assistant.cli.serving import serve
    from assistant.web.serving import Options

    assert Options().host == "127.0.0.1"
    assert next(option.default for option in serve.params if option.name == "host") == "127.0.0.1"


def test_a_place_shows_no_credentials() -> None:
    from ingest.storage.place import place

    where = place("http://user:hunter22@127.0.0.1:8000")
    assert where.authorization
    assert "hunter22" not in f"{where!r} {where.text}"
    assert where.authorization not in f"{where!r} {where.text}"


@pytest.fixture
def elsewhere() -> Iterator[FaultServer]:
    with fault_server() as running:
        running.plays(says("GlowSync [1]."))
        yield running


def test_a_redirect_to_another_host_does_not_get_the_key(elsewhere: FaultServer) -> None:
    from starlette.responses import RedirectResponse

    from assistant.errors import ReaderError
    from assistant.readers import Message
    from assistant.readers.openai import OpenAIModel

    with fault_server() as named:
        named.plays(lambda body: RedirectResponse(f"{elsewhere.url}/chat/completions", 307))
        environ = {"OPENAI_BASE_URL": named.url, "OPENAI_API_KEY": "sk-hunter22hunter22"}
        model = OpenAIModel("m", timeout=5.0, environ=environ)
        with suppress(ReaderError):
            list(model.stream([Message("user", "What is GlowSync?")], max_tokens=10))
        assert "hunter22" in named.seen[0].authorization
    assert not any("hunter22" in seen.authorization for seen in elsewhere.seen)


#: A child reads a file that is made on the spot and prints what came of it, and how much memory it took, in MB.
HUGE = """
import resource, sys
from pathlib import Path
from ingest.errors import SourceError
from ingest.sources.reading import read_source
path, before = Path(sys.argv[1]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(sum(1 for _ in read_source(path)), end=" ")
except SourceError as error:
    print(str(error)[:200].replace(" ", "_"), end=" ")
scale = 1 if sys.platform == "darwin" else 1024
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * scale // 1_000_000)
"""


def huge(path: Path, kind: str, size: int) -> None:
    """A file of ``size`` bytes; only its beginning takes room on the disk where the rest is one hole."""
    with path.open("wb") as file:
        if kind == "page":
            line = b"SubscribeA Title\n" + b"We show that glowworms keep time in the dark. " * 12 + b"\n"
            for _ in range(size // len(line) + 1):
                file.write(line)
        elif kind == "line":
            file.write(b"Subscribe")
            for _ in range(size // 1_000_000):
                file.write(b"x" * 1_000_000)
        elif kind == "nesting":
            file.write(b"[" * size)
        elif kind == "zeros":
            file.truncate(size)
        else:
            import gzip

            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9) as packed:
                for _ in range(size // 1_000_000):
                    packed.write(bytes(b"a" * 1_000_000))


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as Unix does")
@pytest.mark.parametrize("kind", ["page", "line", "nesting", "zeros", "bomb"])
def test_a_huge_file_is_read_in_little_memory_or_refused(kind: str, tmp_path: Path) -> None:
    huge(tmp_path / "file", kind, 100_000_000)
    done = subprocess.run(
        [sys.executable, "-c", HUGE, str(tmp_path / "file")], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) < 300, done.stdout
