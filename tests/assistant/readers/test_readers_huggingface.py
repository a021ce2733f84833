"""The local reader on a tiny model made here: real loading, real template, real streaming."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.answers import Usage
from assistant.errors import ReaderFailed, ReaderUnavailable, UsageError
from assistant.readers import Message
from assistant.readers.chat import STOPS, encode, until_stops
from assistant.readers.huggingface import HuggingFaceModel
from assistant.readers.weights import weights_on_disk
from tests.tiny import tiny_model

pytestmark = pytest.mark.torch

#: As Gemma's: no system's message, and roles must take turns.
STRICT_TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'system' or (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('refused') }}{% endif %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}<|assistant|>"
)
ASKED = [Message("system", "be brief"), Message("user", "what is a model")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def model(folder: Path) -> HuggingFaceModel:
    return HuggingFaceModel(str(folder))


def texts(pieces: list[str | Usage]) -> str:
    return "".join(p for p in pieces if isinstance(p, str))


def test_it_streams_piece_by_piece_and_ends_with_the_usage(model: HuggingFaceModel) -> None:
    pieces = list(model.stream(ASKED, max_tokens=12))
    assert pieces[-1] == Usage(model.count(ASKED), 12)
    assert pieces[:-1] == ["abc ", "abc ", "abc "]


def test_the_same_question_gives_the_same_answer(model: HuggingFaceModel) -> None:
    assert list(model.stream(ASKED, max_tokens=8)) == list(model.stream(ASKED, max_tokens=8))


def test_the_chat_template_is_used(model: HuggingFaceModel) -> None:
    tokenizer = model._load().tokenizer
    text = tokenizer.decode(encode(tokenizer, ASKED)["input_ids"])
    assert [mark for mark in ("<|system|>", "<|user|>", "<|assistant|>") if mark in text] == [
        "<|system|>",
        "<|user|>",
        "<|assistant|>",
    ]
    assert text.rstrip().endswith("<|assistant|>")


def test_a_template_without_system_role_gets_its_words_in_the_persons_message(tmp_path: Path) -> None:
    model = HuggingFaceModel(str(tiny_model(tmp_path, template=STRICT_TEMPLATE)))
    tokenizer = model._load().tokenizer
    asked = [*ASKED, Message("user", "one two")]
    text = tokenizer.decode(encode(tokenizer, asked)["input_ids"])
    assert "<|system|>" not in text
    assert text.count("<|user|>") == 1
    assert all(word in text for word in ("brief", "model", "two"))
    assert texts(list(model.stream(asked, max_tokens=4)))


def test_without_a_template_the_messages_become_plain_text(tmp_path: Path) -> None:
    model = HuggingFaceModel(str(tiny_model(tmp_path, template=None)))
    tokenizer = model._load().tokenizer
    text = tokenizer.decode(encode(tokenizer, ASKED)["input_ids"])
    assert text.endswith("User: what is a model\n\nAssistant:")
    assert texts(list(model.stream(ASKED, max_tokens=4)))


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_a_plain_model_is_stopped_before_it_asks_itself(size: int) -> None:
    text = "An answer\nin two lines.\nUser: and now?"
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    assert "".join(until_stops(pieces)) == "An answer\nin two lines."
    assert "".join(until_stops(["no stop\n", "at all\n"])) == "no stop\nat all\n"
    assert STOPS[0] == "\nUser:"


def test_closing_the_generator_stops_the_model(model: HuggingFaceModel) -> None:
    steps: list[int] = []
    hook = model._load().model.register_forward_hook(lambda *_: steps.append(1))
    stream = model.stream(ASKED, max_tokens=400)
    assert next(stream) == "abc "
    stream.close()
    hook.remove()
    assert len(steps) < 200
    assert not any(thread.name == "generation" for thread in threading.enumerate())


def test_two_questions_at_once_take_turns(model: HuggingFaceModel) -> None:
    answers: list[str] = []

    def ask() -> None:
        answers.append(texts(list(model.stream(ASKED, max_tokens=6))))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 3
    assert len(set(answers)) == 1


def test_an_error_inside_the_model_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    shutil.copytree(folder, spoilt)
    model = HuggingFaceModel(str(spoilt))
    model._load().model.lm_head = None
    with pytest.raises(ReaderFailed, match="broke off") as caught:
        list(model.stream(ASKED, max_tokens=4))
    assert "\n" not in str(caught.value)


def test_the_window_is_what_the_models_files_say_or_what_is_given(folder: Path) -> None:
    assert HuggingFaceModel(str(folder)).context_window == 512
    assert HuggingFaceModel(f"{folder}?context=1024").context_window == 1024


@pytest.mark.parametrize(
    "wrong", ["?device=cpu", "a/b..c", "a--b", "{}?dtype=int8", "{}?quantize=2bit", "{}?colour=red", "{}?context=few"]
)
def test_odd_options_are_refused(folder: Path, wrong: str) -> None:
    with pytest.raises(UsageError):
        HuggingFaceModel(wrong.format(folder))


def test_dtype_and_device_may_be_chosen(folder: Path) -> None:
    model = HuggingFaceModel(f"{folder}?dtype=bfloat16&device=cpu")
    loaded = model._load().model
    assert str(loaded.dtype) == "torch.bfloat16"
    assert loaded.device.type == "cpu"
    assert str(HuggingFaceModel(str(folder))._load().model.dtype) == "torch.float32"


def in_cache(folder: Path, cache: Path, name: str = "org/tiny") -> None:
    """The folder laid out as the hub's cache has it."""
    home = cache / f"models--{name.replace('/', '--')}"
    shutil.copytree(folder, home / "snapshots" / "abc123")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc123")


def test_a_model_in_the_hubs_cache_is_found_by_its_id(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert not weights_on_disk("org/tiny")
    in_cache(folder, tmp_path)
    assert weights_on_disk("org/tiny")
    model = HuggingFaceModel("org/tiny")
    assert model.name == "hf:org/tiny"
    assert texts(list(model.stream(ASKED, max_tokens=3)))


def without(folder: Path, to: Path, *patterns: str) -> Path:
    shutil.copytree(folder, to)
    for pattern in patterns:
        for path in to.glob(pattern):
            path.unlink()
    return to


def test_what_is_missing_is_said_in_one_sentence(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    bare = without(folder, tmp_path / "bare", "*.safetensors")
    pickled = without(folder, tmp_path / "pickled", "*.safetensors")
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    shards = without(folder, tmp_path / "shards", "*.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors"}}
    (shards / "model.safetensors.index.json").write_text(json.dumps(index))
    no_config = without(folder, tmp_path / "no-config", "config.json")
    for name, said in (
        ("nobody/nothing", "not on this machine; fetch them with: hf download nobody/nothing"),
        (str(tmp_path / "nowhere"), "There is no folder"),
        ("../nowhere", "There is no folder"),
        (str(bare), "has no weights here"),
        (str(pickled), "pickle files"),
        (str(shards), "model-00001-of-00002.safetensors is missing"),
        (str(no_config), "no config.json"),
    ):
        with pytest.raises(ReaderUnavailable, match=said) as caught:
            HuggingFaceModel(name)
        assert "\n" not in str(caught.value)
        assert not weights_on_disk(name)


def test_a_broken_weights_file_and_foreign_code_are_said_in_one_sentence(folder: Path, tmp_path: Path) -> None:
    broken = without(folder, tmp_path / "broken", "*.safetensors")
    (broken / "model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(ReaderUnavailable, match="can't be loaded"):
        list(HuggingFaceModel(str(broken)).stream(ASKED, max_tokens=2))
    foreign = without(folder, tmp_path / "foreign")
    (foreign / "config.json").write_text(
        json.dumps({"model_type": "mystery", "auto_map": {"AutoConfig": "code.C", "AutoModelForCausalLM": "code.M"}})
    )
    (foreign / "code.py").write_text("raise SystemExit('this must never run')")
    with pytest.raises(ReaderUnavailable, match="never run"):
        list(HuggingFaceModel(str(foreign)).stream(ASKED, max_tokens=2))


def test_looking_for_weights_loads_nothing() -> None:
    code = (
        "import sys; from assistant.readers.huggingface import weights_on_disk; weights_on_disk('org/none');"
        "print(*sorted({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
