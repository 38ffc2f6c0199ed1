"""Tiny GGUF files written by the ``gguf`` package's own writer from a tiny Llama: tables and weights in any of its types."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

EMBEDDING, HEAD = "token_embd.weight", "output.weight"
_LAYER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
_OUTER = {"model.embed_tokens.weight": EMBEDDING, "model.norm.weight": "output_norm.weight", "lm_head.weight": HEAD}


def weights(folder: Path) -> dict[str, np.ndarray]:
    """The weights of a Llama's folder by llama.cpp's names, float32, with rows of queries and keys in llama.cpp's order."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    found: dict[str, np.ndarray] = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        values, kept = tensor.float().numpy(), _OUTER.get(name)
        if kept is None:
            _, _, layer, rest = name.split(".", 3)
            kept = f"blk.{layer}.{_LAYER[rest.removesuffix('.weight')]}.weight"
        if ".attn_q." in kept or ".attn_k." in kept:
            heads = config["num_attention_heads" if ".attn_q." in kept else "num_key_value_heads"]
            values = values.reshape(heads, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
        found[kept] = np.ascontiguousarray(values)
    return found


def write_gguf(
    folder: Path,
    file: Path,
    *,
    table: str = "F32",
    body: str = "F32",
    head: str | None = "F32",
    architecture: str = "llama",
    change: Callable[[object], None] = lambda writer: None,
) -> Path:
    """The Llama in `folder` as one GGUF: the input table, the blocks and the output table in these types, no output table if None.

    `change` is given the writer before it writes.
    """
    from gguf import GGMLQuantizationType, GGUFWriter, quants

    writer = GGUFWriter(None, architecture)
    _settings(writer, folder)
    for name, values in weights(folder).items():
        kind = table if name == EMBEDDING else head if name == HEAD else body
        if kind is None:
            continue
        number = GGMLQuantizationType["F32" if values.ndim == 1 else kind]
        writer.add_tensor(name, quants.quantize(values, number), raw_dtype=number)
    change(writer)
    file.parent.mkdir(parents=True, exist_ok=True)
    writer.write_header_to_file(file)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _settings(writer, folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    write_tokenizer(writer, folder)


def write_tokenizer(writer, folder: Path) -> None:
    """The byte-level tokenizer in `folder`, as llama.cpp keeps it, and what every file says of itself."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    inner = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokens = sorted(inner["model"]["vocab"], key=inner["model"]["vocab"].__getitem__)
    writer.add_type("model")
    writer.add_name("tiny")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in inner["model"]["merges"]])
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_pad_token_id(config["pad_token_id"])
    writer.add_add_bos_token(True)
