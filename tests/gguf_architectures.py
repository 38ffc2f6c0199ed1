"""Tiny GGUF files of many architectures, with names and layouts as llama.cpp's own conversion script gives them.

In: a folder in Hugging Face format with the tiny byte-level tokenizer. The script (convert_hf_to_gguf.py) permutes the rows of Llama's
queries and keys, adds one to Gemma's norms, turns GPT-2's matrices round, parts Bloom's queries, keys and values, and keeps -exp(A) of
Mamba.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from tests.gguf_files import write_tokenizer

GGUF_NAMES = {  # by model_type
    "llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "qwen3_moe": "qwen3moe", "gemma2": "gemma2",
    "gemma3_text": "gemma3", "phi3": "phi3", "gpt2": "gpt2", "bloom": "bloom", "falcon": "falcon", "mamba": "mamba",
    "stablelm": "stablelm", "starcoder2": "starcoder2", "nemotron": "nemotron", "phi": "phi2", "gemma": "gemma", "gpt_neox": "gptneox",
    "olmo": "olmo", "lfm2": "lfm2",
}  # fmt: skip
_NORMS_PLUS_ONE = ("gemma", "gemma2", "gemma3", "nemotron")


def write_architecture(folder: Path, file: Path, model_type: str, **settings: Any) -> Path:
    """The model in `folder` as a GGUF file in float32, with `settings` more under the architecture's prefix."""
    from gguf import MODEL_ARCH_NAMES, GGUFWriter, get_tensor_name_map

    name = GGUF_NAMES[model_type]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    writer = GGUFWriter(None, name)
    layers = config.get("num_hidden_layers", config.get("n_layer"))
    _settings(writer, config, layers)
    for key, value in settings.items():
        add = {float: writer.add_float32, int: writer.add_uint32, str: writer.add_string}[type(value)]
        add(f"{name}.{key.replace('__', '.')}", value)
    write_tokenizer(writer, folder)
    known = get_tensor_name_map(next(a for a, n in MODEL_ARCH_NAMES.items() if n == name), layers)
    state = {stored: tensor.float().numpy() for stored, tensor in load_file(folder / "model.safetensors").items()}
    for stored, values in _stacked(state).items():
        stem, dot, last = stored.rpartition(".")
        stem, suffix = (stem, dot + last) if last in ("weight", "bias") else (stored, "")
        found = known.get_name(stem) or known.get_name(stem.removeprefix("transformer."))
        assert found is not None, stored
        writer.add_tensor(found + suffix, np.ascontiguousarray(_as_in_gguf(name, config, stored, values)))
    file.parent.mkdir(parents=True, exist_ok=True)
    writer.write_header_to_file(file)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def _settings(writer: Any, config: dict[str, Any], layers: int) -> None:
    heads = config.get("num_attention_heads", config.get("n_head"))
    width = config.get("hidden_size", config.get("n_embd"))
    writer.add_block_count(layers)
    writer.add_embedding_length(width)
    writer.add_context_length(config.get("max_position_embeddings", config.get("n_positions", 128)))
    writer.add_feed_forward_length(config.get("intermediate_size") or 4 * width)
    if heads is not None:
        writer.add_head_count(heads)
        kv = config.get("num_key_value_heads") or (1 if config.get("multi_query") else heads)
        writer.add_head_count_kv(kv)
    if config.get("head_dim"):
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    rope = config.get("rope_parameters") or {}
    writer.add_rope_freq_base(float(rope.get("full_attention", rope).get("rope_theta", 10000.0)))
    eps = next(
        (config[n] for n in ("rms_norm_eps", "norm_eps", "layer_norm_epsilon", "layer_norm_eps", "norm_epsilon") if n in config), 1e-5
    )
    writer.add_layer_norm_rms_eps(eps)
    writer.add_layer_norm_eps(eps)
    if config.get("sliding_window"):
        writer.add_sliding_window(config["sliding_window"])
    if config["model_type"] == "lfm2":
        kinds = config["layer_types"]
        writer.add_head_count_kv([config["num_key_value_heads"] if kind == "full_attention" else 0 for kind in kinds])
        writer.add_shortconv_l_cache(config["conv_L_cache"])
        writer.add_feed_forward_length(config["intermediate_size"])
        return
    if config["model_type"] == "mamba":
        writer.add_ssm_conv_kernel(config["conv_kernel"])
        writer.add_ssm_inner_size(config["intermediate_size"])
        writer.add_ssm_state_size(config["state_size"])
        writer.add_ssm_time_step_rank(config["time_step_rank"])
    if "num_experts_per_tok" in config:
        writer.add_expert_count(config.get("num_experts", config.get("num_local_experts")))
        writer.add_expert_used_count(config["num_experts_per_tok"])
        writer.add_expert_feed_forward_length(config["moe_intermediate_size"])


def _stacked(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state with the experts of a layer as one array for each of their matrices."""
    found: dict[str, Any] = {}
    for stored, values in state.items():
        name = re.sub(r"\.experts\.\d+\.", ".experts.", stored)
        if name == stored:
            found[stored] = values
        else:
            found.setdefault(name, []).append(values)
    return {name: np.stack(values) if isinstance(values, list) else values for name, values in found.items()}


def _as_in_gguf(name: str, config: dict[str, Any], stored: str, values: np.ndarray) -> np.ndarray:
    if name == "llama" and ("q_proj" in stored or "k_proj" in stored):
        heads = config["num_attention_heads" if "q_proj" in stored else "num_key_value_heads"]
        return values.reshape(heads, 2, -1, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)
    if name in _NORMS_PLUS_ONE and stored.endswith("norm.weight"):
        return values + 1
    if name == "gpt2" and any(part in stored for part in ("c_attn.weight", "c_proj.weight", "c_fc.weight")):
        return values.T
    if name == "bloom" and "query_key_value" in stored:
        parted = values.reshape(config["n_head"], 3, -1, *values.shape[1:])
        return parted.swapaxes(0, 1).reshape(values.shape)
    if name == "mamba" and stored.endswith("A_log"):
        return -np.exp(values)
    is_kernel = (name, stored.rsplit(".", 2)[-2]) in (("mamba", "conv1d"), ("lfm2", "conv"))
    return values.squeeze(1) if is_kernel and values.ndim == 3 else values
