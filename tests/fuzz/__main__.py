"""``python -m tests.fuzz [--minutes N] [--target NAME] [--atheris]``: look for texts that break a parser.

Whatever is found is made small and kept under ``tests/fuzz/seeds/TARGET/``, where the suite replays it. With
``--atheris`` one target is fuzzed by coverage instead (needs ``pip install atheris``).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from importlib import import_module
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import TARGETS
from tests.fuzz.texts import TEXTS

SEEDS = Path(__file__).parent / "seeds"


def keep(target: str, text: str) -> Path:
    data = text.encode("utf-8", "surrogatepass")
    path = SEEDS / target / f"{hashlib.sha256(data).hexdigest()[:12]}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def by_hypothesis(name: str, until: float) -> tuple[int, int]:
    """Texts tried and texts kept."""
    tried = kept = rounds = 0
    while time.monotonic() < until:
        rounds += 1
        last = ""

        @seed(rounds)
        @settings(
            max_examples=200,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
            phases=(Phase.generate, Phase.shrink),
        )
        @given(TEXTS[name])
        def run(text: str) -> None:
            nonlocal tried, last
            tried, last = tried + 1, text
            TARGETS[name](text)

        try:
            run()
        except Exception as error:
            kept += 1
            print(f"{name}: {type(error).__name__}: {str(error)[:200]}\n  kept as {keep(name, last)}")
    return tried, kept


def by_coverage(name: str, seconds: float) -> None:
    atheris = import_module("atheris")  # not a dependency: it has wheels for few Pythons

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
        try:
            TARGETS[name](text)
        except BaseException:
            print(f"kept as {keep(name, text)}")
            raise

    with atheris.instrument_imports(include=["assistant", "ingest"]):
        TARGETS[name]("")  # imports what it needs
    corpus = SEEDS / name
    arguments = [sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=4096", "-timeout=20"]
    atheris.Setup([*arguments, *([str(corpus)] if corpus.is_dir() else [])], one)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for all targets together")
    parser.add_argument("--target", choices=TARGETS, help="this one alone")
    parser.add_argument("--atheris", action="store_true", help="by coverage; needs --target")
    options = parser.parse_args()
    names = [options.target] if options.target else list(TARGETS)
    if options.atheris:
        if options.target is None:
            parser.error("--atheris needs --target")
        by_coverage(options.target, 60 * options.minutes)
        return 0
    found = 0
    for name in names:
        tried, kept = by_hypothesis(name, time.monotonic() + 60 * options.minutes / len(names))
        print(f"{name}: {tried} texts, {kept} found")
        found += kept
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
