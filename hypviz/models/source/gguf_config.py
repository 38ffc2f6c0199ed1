"""What a GGUF file says of its model and transformers' reading of it passes over: set in the configuration that transformers makes.

In: a header and transformers' configuration of it. Out: the same configuration with the file's own numbers. Keys are those of
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; what llama.cpp knows of a model by its size alone (Gemma's attention scale at 27
billion parameters) is known here likewise.
"""

from __future__ import annotations

from typing import Any

from hypviz.models.checkpoint.gguf_header import GgufHeader
from hypviz.models.live.gguf_rope import scale_positions

_SAME = {  # a configuration's names, of which each architecture has one, by the file's key
    "attention.key_length": ("head_dim",),
    "attention.layer_norm_epsilon": ("norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"),
    "attention.layer_norm_rms_epsilon": ("rms_norm_eps",),
    "attn_logit_softcapping": ("attn_logit_softcapping",),
    "final_logit_softcapping": ("final_logit_softcapping",),
    "expert_feed_forward_length": ("moe_intermediate_size",),
    "expert_shared_feed_forward_length": ("shared_expert_intermediate_size",),
}
_SCALINGS = ("linear", "yarn")  # of the rotary positions, by numbers; others come as factors (`hypviz.models.live.gguf_rope`)
_OF_27_BILLION = {"gemma2": 46, "gemma3": 62}  # layers
_FIRST_BLOCK = "blk.0."


def complete(config: Any, header: GgufHeader) -> None:
    """Put into `config` what `header` says."""
    said = {key.removeprefix(f"{header.architecture}."): value for key, value in header.settings.items()}
    for key, names in _SAME.items():
        for name in names:
            if key in said and hasattr(config, name):
                setattr(config, name, said[key])
    if "position_embd.weight" in header.tensors and hasattr(config, "n_positions"):
        config.n_positions = header.tensors["position_embd.weight"].shape[0]
    if f"{_FIRST_BLOCK}attn_q.bias" in header.tensors and hasattr(config, "attention_bias"):
        config.attention_bias = True
    if header.architecture in _OF_27_BILLION:
        large = said.get("block_count") == _OF_27_BILLION[header.architecture]
        config.query_pre_attn_scalar = config.hidden_size // config.num_attention_heads if large else config.head_dim
    _positions(config, said)
    scale_positions(config, header)


def _positions(config: Any, said: dict[str, str | int | float | bool]) -> None:
    """The base, the scaling and the share of the rotary positions; of two kinds of layers the scaling is of those that see everything."""
    found: dict[str, Any] | None = getattr(config, "rope_parameters", None)
    if not isinstance(found, dict):
        return
    whole = found.get("full_attention", found)
    if "rope.freq_base" in said:
        whole["rope_theta"] = said["rope.freq_base"]
    if "sliding_attention" in found and "rope.freq_base_swa" in said:
        found["sliding_attention"]["rope_theta"] = said["rope.freq_base_swa"]
    if said.get("rope.scaling.type") in _SCALINGS and "rope.scaling.factor" in said:
        whole |= {"rope_type": said["rope.scaling.type"], "factor": said["rope.scaling.factor"]}
        if "rope.scaling.original_context_length" in said:
            whole["original_max_position_embeddings"] = said["rope.scaling.original_context_length"]
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    n_turned = said.get("rope.dimension_count")
    if "partial_rotary_factor" in whole and isinstance(n_turned, int):
        whole["partial_rotary_factor"] = n_turned / width
