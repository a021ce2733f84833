"""What is shipped: a wheel that answers on its own, an image and a compose file that are well formed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCKER = ROOT / ".docker"


def run(*command: str | Path, timeout: float = 200, **keywords: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, timeout=timeout, check=False, **keywords
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from a copy so that the checkout keeps no trace of it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith("tests/") and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    built = run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", source)
    assert built.returncode == 0, built.stderr
    return next((folder / "dist").glob("*.whl"))


def test_the_wheel_contains_the_pages_the_prompts_and_the_model_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert sum(name.startswith("ingest/corpus/daily-papers-") for name in names) == 4
    assert {f"prompts/{p.name}" for p in (ROOT / "prompts").glob("*.md")} <= set(names)
    assert "ingest/model/model.safetensors" in names
    assert {"assistant/web/page.css", "assistant/web/page.js", "assistant/evidence/weights.json", "app.py"} <= set(
        names
    )
    assert not [name for name in names if name.startswith("tests/")]
    assert wheel.stat().st_size < 40_000_000


def test_the_installed_wheel_answers_with_a_citation_and_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Only the dependencies come from this environment: the project itself is the wheel's."""
    installed = run(
        *(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"),
        *("--target", tmp_path / "site", wheel),
    )
    assert installed.returncode == 0, installed.stderr
    environ = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PAPER_ASSISTANT_LIBRARY": str(tmp_path / "library")}
    asked = run(
        *(
            sys.executable,
            "-c",
            "import assistant, sys; print(assistant.__file__); from assistant.cli import main; main()",
        ),
        *("ask", "what does AMPO do?", "--reader", "builtin"),
        cwd=tmp_path,
        env=environ,
    )
    assert asked.returncode == 0, asked.stderr
    assert str(tmp_path / "site") in asked.stdout
    assert "[1] More Than One Teacher" in asked.stdout


def test_the_dockerfile_passes_its_linter() -> None:
    linter = shutil.which("hadolint") or str(Path(sys.executable).with_name("hadolint"))
    if not Path(linter).exists():
        pytest.skip("hadolint is not built for this machine")
    checked = run(linter, DOCKER / "Dockerfile")
    assert checked.returncode == 0, checked.stdout


def test_the_compose_file_follows_the_compose_specification() -> None:
    checked = run(
        *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"), DOCKER / "compose.yaml"
    )
    assert checked.returncode == 0, checked.stdout


def test_the_compose_file_runs_the_chroma_that_the_tests_ran_with() -> None:
    pins = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8")
    version = next(line.split("==")[1] for line in pins.splitlines() if line.startswith("chromadb=="))
    assert f"image: chromadb/chroma:{version}\n" in (DOCKER / "compose.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_image_is_built_and_answers_where_docker_runs() -> None:
    if not shutil.which("docker") or run("docker", "info", timeout=20).returncode:
        pytest.skip("no Docker daemon runs here")
    built = run("docker", "build", "--quiet", "--file", DOCKER / "Dockerfile", ROOT, timeout=800)
    assert built.returncode == 0, built.stderr
    image = built.stdout.strip()
    asked = run("docker", "run", "--rm", "--network", "none", image, "paper-assistant", "ask", "what does AMPO do?")
    assert asked.returncode == 0, asked.stderr
    assert "[1] More Than One Teacher" in asked.stdout
