"""Weights of 4-bit floating-point numbers with scales by blocks: MXFP4 as OpenAI's gpt-oss has it, and NVFP4.

E2M1 has a sign and the numbers 0 .5 1 1.5 2 3 4 6; two lie in a byte, the first in the lower half. MXFP4 (OCP Microscaling Formats 1.0)
has a power of two for 32 of them. NVFP4 has a float8 number for 16 and one number for the tensor, by which compressed-tensors divides
(``weight_global_scale``) and ModelOpt multiplies (``weight_scale_2``). gpt-oss keeps the experts of a layer in one tensor (experts,
outputs, blocks, 16 bytes) that stands for (experts, inputs, outputs).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.float8 import float8_table
from hypviz.models.checkpoint.headers import StoredTensor, read_float32
from hypviz.models.checkpoint.packed.scheme import Packing, Parts, Scheme, Settings, expect, grouped, raw

_HALF = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6], dtype=np.float32)
E2M1 = np.concatenate([_HALF, -_HALF])
_BLOCK, _NV_BLOCK = 32, 16


def _numbers(held: np.ndarray) -> Float32[np.ndarray, "..."]:
    """Two for each byte along the last axis."""
    found = np.empty((*held.shape[:-1], 2 * held.shape[-1]), dtype=np.float32)
    found[..., 0::2], found[..., 1::2] = E2M1[held & 15], E2M1[held >> 4]
    return found


def _powers(tensor: StoredTensor) -> Float32[np.ndarray, "..."]:
    return np.exp2(raw(tensor).astype(np.float32) - 127)


def _group_experts(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    return {
        name.removesuffix("_blocks"): {"weight": tensor, "scales": tensors[name.removesuffix("blocks") + "scales"]}
        for name, tensor in tensors.items()
        if name.endswith("_blocks") and name.removesuffix("blocks") + "scales" in tensors and len(tensor.shape) == 4
    }


def _describe_experts(parts: Parts, _settings: Settings) -> Packing:
    n_experts, n_out, blocks, size = parts["weight"].shape
    expect(parts, "weight", (n_experts, n_out, blocks, _BLOCK // 2))
    expect(parts, "scales", (n_experts, n_out, blocks))
    return Packing(shape=(n_experts, 2 * size * blocks, n_out), label="MXFP4", bits=4)


def _decode_experts(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "n_experts n_in n_out"]:
    held, factors = raw(parts["weight"]), _powers(parts["scales"])
    n_experts, n_out, blocks, size = held.shape
    found = np.empty((n_experts, 2 * size * blocks, n_out), dtype=np.float32)
    for i, (one, scale) in enumerate(zip(held, factors, strict=True)):
        found[i] = (_numbers(one) * scale[..., None]).reshape(n_out, -1).T
    return found


def _group_nv(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    of_compressed = grouped(tensors, "weight_packed", needed=("weight_scale",), also=("weight_global_scale",))
    of_modelopt = grouped(tensors, "weight", needed=("weight_scale", "weight_scale_2"))
    return {name: parts for name, parts in (of_compressed | of_modelopt).items() if parts["weight"].dtype == "U8"}


def _describe_nv(parts: Parts, _settings: Settings) -> Packing:
    rows, n_bytes = parts["weight"].shape
    is_nv = _is_nv(parts)
    expect(parts, "weight_scale", (rows, 2 * n_bytes // (_NV_BLOCK if is_nv else _BLOCK)))
    return Packing(shape=(rows, 2 * n_bytes), label="NVFP4" if is_nv else "MXFP4", bits=4)


def _is_nv(parts: Parts) -> bool:
    return "weight_global_scale" in parts or "weight_scale_2" in parts


def _decode_nv(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "out in"]:
    values = _numbers(raw(parts["weight"]))
    scale = float8_table("F8_E4M3")[raw(parts["weight_scale"])] if _is_nv(parts) else _powers(parts["weight_scale"])
    if "weight_global_scale" in parts:
        scale = scale / read_float32(parts["weight_global_scale"]).reshape(())
    elif "weight_scale_2" in parts:
        scale = scale * read_float32(parts["weight_scale_2"]).reshape(())
    values.reshape(len(values), scale.shape[1], -1)[...] *= scale[..., None]
    return values


EXPERTS = Scheme(group=_group_experts, describe=_describe_experts, decode=_decode_experts)
NUMBERS = Scheme(group=_group_nv, describe=_describe_nv, decode=_decode_nv, by_rows=("weight", "weight_scale"))
