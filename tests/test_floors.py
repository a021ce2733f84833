"""The floor plan: imports go down, nothing goes round, heavy packages stay where they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Modules by floor, lowest first. A module may import its own floor's neighbours only where no cycle arises.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("ingest", "ingest.errors", "ingest.papers"),
    (
        "ingest.chunking",
        "ingest.frames",
        "ingest.identity",
        "ingest.listing",
        "ingest.rows",
        "ingest.vectors",
        "ingest.wordwise",
    ),
    ("ingest.abstracts", "ingest.hosted", "ingest.lexical", "ingest.pages"),
    ("ingest.dailypapers", "ingest.embedding", "ingest.sources"),
    ("ingest.storage",),
    ("ingest.library",),
    ("ingest.expanding", "ingest.fetching", "ingest.merging", "ingest.pipeline", "ingest.tallying"),
    ("ingest.__main__", "ingest.training"),
    ("assistant.answers", "assistant.errors", "assistant.notebooks", "assistant.secrets", "assistant.settings"),
    ("assistant.language",),
    ("assistant.questions",),
    ("assistant.evidence",),
    (
        "assistant.budget",
        "assistant.citations",
        "assistant.diary",
        "assistant.export",
        "assistant.history",
        "assistant.marks",
        "assistant.prompting",
        "assistant.readers",
        "assistant.rendering",
        "assistant.verification",
    ),
    ("assistant.conversation", "assistant.retrieval", "assistant.writing"),
    ("assistant.answering",),
    ("assistant.wiring",),
    ("assistant.adapters", "assistant.assistant", "assistant.diagnosis", "assistant.receipts", "assistant.watching"),
    ("assistant.__main__", "assistant.cli", "assistant.evaluation", "assistant.web"),
    ("app",),
)
#: Doors through which the assistant enters the ground floors; wiring, which builds the parts, may go further.
DOORS = {"ingest.papers", "ingest.errors", "ingest.library", "ingest.chunking"}
HEAVY = ("torch", "transformers", "chromadb", "llama_index", "openai", "gradio", "sentence_transformers")


def _modules() -> dict[str, Path]:
    files = [*ROOT.glob("assistant/**/*.py"), *ROOT.glob("ingest/**/*.py"), ROOT / "app.py"]
    return {_name(path): path for path in files}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _floor(module: str) -> int | None:
    while module:
        for number, names in enumerate(FLOORS):
            if module in names:
                return number
        module = module.rpartition(".")[0] if module.count(".") > 1 else ""
    return None


def _imports(path: Path) -> set[str]:
    """What a module imports when it runs, in functions too; imports for the type checker alone don't count."""
    found: set[str] = set()
    for node in _running(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    modules = _modules()
    return {_owner(name, modules) for name in found if name.split(".")[0] in ("assistant", "ingest", "app", "prompts")}


def _running(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _running(child)


def _owner(name: str, modules: dict[str, Path]) -> str:
    return name if name in modules else name.rpartition(".")[0]


@pytest.mark.parametrize("module", sorted(_modules()))
def test_every_module_has_a_floor_and_imports_only_downwards(module: str) -> None:
    if module == "assistant":  # the face: it re-exports what users import
        return
    floor = _floor(module)
    assert floor is not None, f"{module} has no floor in the plan"
    for imported in _imports(_modules()[module]):
        if imported == "assistant":
            continue
        below = _floor(imported)
        assert below is not None, f"{module} imports {imported}, which has no floor"
        assert below <= floor, f"{module} (floor {floor}) imports {imported} (floor {below})"


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = _modules()
    graph = {name: _imports(path) - {name, "assistant"} for name, path in modules.items()}
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"a circle: {' -> '.join((*trail, name))}"
        if name not in done:
            for imported in graph.get(name, ()):
                walk(imported, (*trail, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_ingest_never_imports_the_assistant() -> None:
    for name, path in _modules().items():
        if name.startswith("ingest"):
            assert not any(imported.startswith("assistant") for imported in _imports(path)), name


def test_the_assistant_enters_ingest_by_its_doors_only() -> None:
    builders = {"assistant.wiring", "assistant.diagnosis"}
    for name, path in _modules().items():
        if name.startswith("assistant") and name not in builders:
            inside = {imported for imported in _imports(path) if imported.startswith("ingest")}
            assert inside <= DOORS, f"{name} imports {sorted(inside - DOORS)}"


def test_importing_any_module_loads_nothing_heavy() -> None:
    lazy = [name for name in _modules() if not name.endswith("__main__") and not name.startswith("ingest.training")]
    code = (
        "import importlib, sys\n"
        f"for name in {sorted(lazy)!r}:\n"
        "    importlib.import_module(name)\n"
        f"    loaded = sorted(set(sys.modules) & set({HEAVY!r}))\n"
        "    if loaded: sys.exit(f'{name} loads {loaded}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_files_stay_small() -> None:
    for name, path in _modules().items():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, f"{name} has outgrown 300 lines"


def test_no_module_is_called_utils() -> None:
    assert not {"utils", "common", "helpers", "base", "types"} & {name.rpartition(".")[2] for name in _modules()}
