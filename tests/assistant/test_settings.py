"""Settings: four layers, typed, and one sentence for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import UsageError
from assistant.settings import Settings, load


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("PAPER_ASSISTANT_CONFIG", str(path))
    return path


def test_defaults_stand_where_nothing_is_set(config: Path) -> None:
    assert load(environ={}) == Settings()


def test_arguments_beat_environment_beats_config_file(config: Path) -> None:
    config.write_text('limit = 3\nreader = "builtin"\nlibrary = "from-file"\n')
    environ = {"PAPER_ASSISTANT_LIMIT": "4", "PAPER_ASSISTANT_READER": "auto"}
    settings = load({"limit": 5, "reader": None}, environ=environ)
    assert (settings.limit, settings.reader, settings.library) == (5, "auto", "from-file")
    assert settings.origins["limit"] == "argument"
    assert settings.origins["reader"] == "environment"
    assert settings.origins["library"] == str(config)
    assert settings.origins["model"] == "default"


def test_an_empty_environment_variable_sets_nothing(config: Path) -> None:
    assert load(environ={"PAPER_ASSISTANT_LIMIT": ""}).limit == Settings().limit


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("limit = = 3", "config.toml", id="not-toml"),
        pytest.param("colour = 1", "colour", id="unknown-key"),
        pytest.param('limit = "many"', "whole number", id="word-for-a-number"),
        pytest.param("reader = 3", "text", id="number-for-text"),
        pytest.param('rewrite = "perhaps"', "true or false", id="perhaps-for-a-boolean"),
        pytest.param("limit = 0", "between 1 and 100", id="limit-out-of-range"),
        pytest.param("limit = [1]", "whole number", id="list-for-a-number"),
    ],
)
def test_a_wrong_config_file_is_named_with_what_is_wrong(config: Path, text: str, word: str) -> None:
    config.write_text(text)
    with pytest.raises(UsageError, match=word):
        load(environ={})


def test_secrets_are_no_settings() -> None:
    assert not [name for name in Settings.__dataclass_fields__ if "key" in name or name == "token"]
