"""A Hugging Face model in this process: from a folder or the hub's cache, never from the network.

Weights come as safetensors only and code from the model's repository is never run. The tokenizer's chat template is
used where there is one; without, the messages become plain text. Knows no prompt's wording and no passage.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import Any

from assistant.answers import Usage
from assistant.errors import ReaderError, ReaderFailed, ReaderUnavailable, UsageError
from assistant.readers import Message, options, window
from assistant.readers.chat import STOPS, encode, is_plain, until_stops
from assistant.readers.refusals import without_secrets
from assistant.readers.weights import context_window, find, installed, size, weights_on_disk

__all__ = ["HuggingFaceModel", "weights_on_disk"]

#: What may follow a model's name: hf:ORG/MODEL?device=cuda&dtype=bfloat16&quantize=4bit&context=4096
OPTIONS = {"device", "dtype", "quantize", "context"}
DTYPES = ("float32", "float16", "bfloat16")
QUANTIZED = ("4bit", "8bit")
#: Part of this machine's memory that weights in single precision may take; beyond it half precision is used.
MEMORY_PART = 0.5


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    tokenizer: Any


class HuggingFaceModel:
    """``hf:ORG/MODEL`` or ``hf:FOLDER``, with options after a question mark. Loaded when it is first asked.

    Raises ReaderUnavailable where the weights, torch or transformers are missing, UsageError for an odd option.
    """

    def __init__(self, model: str) -> None:
        self._id, self._options = options(model, OPTIONS)
        for option, values in (("dtype", DTYPES), ("quantize", QUANTIZED)):
            if self._options.get(option, values[0]) not in values:
                raise UsageError(f"The option {option} of a local model is one of {', '.join(values)}.")
        self._folder = find(self._id)
        if not installed():
            raise ReaderUnavailable(
                "A local model needs torch and transformers; install them with: pip install 'paper-assistant[local]'"
            )
        given = self._options.get("context")
        self._window = window(given) if given else context_window(self._folder)
        self._loaded: _Loaded | None = None
        self._loading, self._writing = Lock(), Lock()

    def __repr__(self) -> str:
        return f"HuggingFaceModel({self._id!r})"

    @property
    def name(self) -> str:
        return f"hf:{self._id}"

    @property
    def context_window(self) -> int:
        """Tokens for prompt and answer, as the model's own files say or as given."""
        return self._window

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the messages in the model's own format."""
        tokenizer = self._load().tokenizer
        return len(encode(tokenizer, messages)["input_ids"])

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Generator[str | Usage, None, None]:
        """The answer as it is made, one answer at a time. Closing the generator stops the model at the next token.

        Raises ReaderUnavailable where the model can't be loaded, ReaderFailed where it breaks off.
        """
        loaded = self._load()
        with self._writing:
            yield from _Generation(loaded, messages, max_tokens, self.name).pieces()

    def _load(self) -> _Loaded:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._read()
            return self._loaded

    def _read(self) -> _Loaded:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        device = self._options.get("device") or _device(torch)
        try:
            tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
            model: Any = AutoModelForCausalLM.from_pretrained(
                self._folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=self._dtype(torch, device),
                **self._quantization(torch, device),
            )
            if "quantize" not in self._options:
                model.to(device)
        except ReaderError:
            raise
        except Exception as error:  # transformers raises what its model classes raise: no common base
            raise self._unloadable(error) from error
        return _Loaded(model.eval(), tokenizer)

    def _dtype(self, torch: Any, device: str) -> Any:
        if "dtype" in self._options:
            return getattr(torch, self._options["dtype"])
        if device.startswith("cuda"):
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        if device == "mps":
            return torch.float16
        # weights are stored in half precision, as a rule: single precision takes twice their size
        return torch.float32 if 2 * size(self._folder) < MEMORY_PART * _memory() else torch.bfloat16

    def _quantization(self, torch: Any, device: str) -> dict[str, Any]:
        bits = self._options.get("quantize")
        if not bits:
            return {}
        if importlib.util.find_spec("bitsandbytes") is None:
            raise ReaderUnavailable("Quantized loading needs bitsandbytes; install it with: pip install bitsandbytes")
        from transformers import BitsAndBytesConfig

        config = BitsAndBytesConfig(
            load_in_4bit=bits == "4bit",
            load_in_8bit=bits == "8bit",
            bnb_4bit_compute_dtype=self._dtype(torch, device),
        )
        return {"quantization_config": config, "device_map": {"": device}}

    def _unloadable(self, error: Exception) -> ReaderUnavailable:
        said = without_secrets(str(error))
        if "trust_remote_code" in str(error):
            return ReaderUnavailable(f"'{self._id}' needs code of its own, which is never run; take another model.")
        return ReaderUnavailable(f"'{self._id}' can't be loaded from {self._folder}: {said or type(error).__name__}")


class _Generation:
    """One answer in the making: the model runs in a thread, its text comes through a queue."""

    def __init__(self, loaded: _Loaded, messages: Sequence[Message], max_tokens: int, name: str) -> None:
        from transformers import TextIteratorStreamer

        self._model, self._tokenizer, self._name = loaded.model, loaded.tokenizer, name
        self._encoded = encode(loaded.tokenizer, messages)
        self._max_tokens = max_tokens
        self._streamer = TextIteratorStreamer(loaded.tokenizer, skip_prompt=True, skip_special_tokens=True)
        self._stop = Event()
        self._error: BaseException | None = None
        self._written = 0

    def pieces(self) -> Generator[str | Usage, None, None]:
        thread = Thread(target=self._run, name="generation", daemon=True)
        thread.start()
        try:
            if self._thinks_already():
                yield "<think>"
            yield from until_stops(self._streamer) if is_plain(self._tokenizer) else filter(None, self._streamer)
        finally:
            self._stop.set()
            thread.join()
        if self._error is not None:
            raise self._failed(self._error) from self._error
        yield Usage(len(self._encoded["input_ids"]), self._written)

    def _run(self) -> None:
        import torch

        try:
            inputs = {name: torch.tensor([values], device=self._model.device) for name, values in self._encoded.items()}
            with torch.inference_mode():
                output = self._model.generate(**inputs, streamer=self._streamer, **self._settings())
            self._written = int(output.shape[1]) - len(self._encoded["input_ids"])
        except BaseException as error:  # whatever it is, the reader of the queue must hear of it
            self._error = error
            self._streamer.on_finalized_text("", stream_end=True)

    def _settings(self) -> dict[str, Any]:
        from transformers import StoppingCriteriaList

        tokenizer = self._tokenizer
        settings: dict[str, Any] = {
            "max_new_tokens": self._max_tokens,
            # the likeliest word every time: an answer from sources is no place for chance
            "do_sample": False,
            "temperature": None,
            "top_p": None,
            "top_k": None,
            "pad_token_id": tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
            "stopping_criteria": StoppingCriteriaList([self._wanted_no_more]),
        }
        if is_plain(tokenizer):
            settings |= {"stop_strings": list(STOPS), "tokenizer": tokenizer}
        return settings

    def _wanted_no_more(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        import torch

        return torch.full((input_ids.shape[0],), self._stop.is_set(), device=input_ids.device, dtype=torch.bool)

    def _thinks_already(self) -> bool:
        """Whether the template itself opens a stretch of thought, which the model then only closes."""
        end = self._tokenizer.decode(self._encoded["input_ids"][-8:])
        return end.rstrip().endswith("<think>")

    def _failed(self, error: BaseException) -> ReaderFailed:
        if "out of memory" in str(error).lower() or isinstance(error, MemoryError):
            return ReaderFailed(f"{self._name} ran out of memory; take a smaller model, or fewer sources (--limit).")
        return ReaderFailed(f"{self._name} broke off: {without_secrets(str(error)) or type(error).__name__}")


def _device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _memory() -> int:
    """Bytes of memory of this machine; where the system doesn't say, plenty."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 1 << 40
