"""A Hugging Face causal model made in a moment: random weights, a tokenizer and a chat template of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tiny_model(folder: Path, *, template: str | None = TEMPLATE, window: int = 512) -> Path:
    """A Llama of two layers with random weights, and a tokenizer of bytes.

    The layers add nothing and the last matrix leads each token to the next of "abc ", so that it writes words.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    special = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: n for n, token in enumerate([*special, *alphabet])}
    inner = Tokenizer(models.BPE(vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|end|>", additional_special_tokens=special[1:]
    )
    tokenizer.chat_template = template
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=window, eos_token_id=0, bos_token_id=None, pad_token_id=None,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        layers: Any = model.model.layers
        for layer in layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        embedded = model.model.embed_tokens.weight
        starts = [vocabulary[token] for token in ("<|assistant|>", ":", alphabet[-1])]
        cycle = [vocabulary[token] for token in ("a", "b", "c", "\u0120")]
        model.lm_head.weight.zero_()
        for before, after in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            model.lm_head.weight[after] = embedded[before]
        model.lm_head.weight[cycle[0]] += sum(embedded[start] for start in starts)
    # an end that is never the likeliest word, so that the length is what the tests ask for
    model.generation_config.eos_token_id = None
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    return folder
