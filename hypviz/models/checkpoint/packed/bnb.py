"""Weights that bitsandbytes packed: 4-bit codes (NF4, FP4) in blocks with a scale each, and 8-bit rows with a scale each.

4-bit (Dettmers et al., QLoRA, arXiv 2305.14314): two codes a byte, the first in the upper half; a number is the code's entry in
``quant_map`` times ``absmax`` of its block. Where that was quantised again (double quantisation), ``absmax`` holds codes of
``nested_quant_map``, times ``nested_absmax`` of their block, plus ``nested_offset``. Shape and block sizes are JSON in a tensor of bytes.
8-bit (LLM.int8(), arXiv 2208.07339): a number is the stored one times ``SCB`` of its row, over 127.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.headers import StoredTensor, read_float32
from hypviz.models.checkpoint.packed.scheme import Packing, Parts, Scheme, Settings, expect, grouped, raw, unknown

_STATE = ".quant_state.bitsandbytes__"
_NESTED = ("nested_absmax", "nested_quant_map")
_OVER_127 = np.float32(7.874015718698502e-3)  # as the library multiplies


def _group_4(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    found: dict[str, dict[str, StoredTensor]] = {}
    for state in (name for name in tensors if _STATE in name):
        name = state.partition(_STATE)[0]
        parts = {part: tensors[f"{name}.{part}"] for part in ("absmax", "quant_map", *_NESTED) if f"{name}.{part}" in tensors}
        if name in tensors and {"absmax", "quant_map"} <= parts.keys():
            found[name] = {"weight": tensors[name], "state": tensors[state], **parts}
    return found


def _said(parts: Parts) -> dict[str, Any]:
    try:
        said = json.loads(raw(parts["state"]).tobytes())
        assert len(said["shape"]) > 0 and all(isinstance(n, int) and n > 0 for n in (*said["shape"], said["blocksize"]))
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise unknown(parts, f"bitsandbytes 4-bit, whose {parts['state'].name} is not readable") from error
    return said


def _describe_4(parts: Parts, _settings: Settings) -> Packing:
    said = _said(parts)
    shape = tuple(said["shape"])
    n, block = math.prod(shape), said["blocksize"]
    expect(parts, "weight", ((n + 1) // 2, 1), (1, (n + 1) // 2), ((n + 1) // 2,))
    expect(parts, "absmax", (math.ceil(n / block),))
    expect(parts, "quant_map", (16,))
    return Packing(shape=shape, label=f"bitsandbytes {said.get('quant_type', '4-bit')}", bits=4)


def _decode_4(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "..."]:
    said = _said(parts)
    shape = tuple(said["shape"])
    codes = raw(parts["weight"]).reshape(-1)
    values = read_float32(parts["quant_map"])[np.stack([codes >> 4, codes & 15], axis=1).reshape(-1)[: math.prod(shape)]]
    scale, block = _absmax(parts, said), int(said["blocksize"])
    whole = len(values) // block
    values[: whole * block].reshape(whole, block)[...] *= scale[:whole, None]
    values[whole * block :] *= scale[-1]  # the last block, where it is shorter
    return values.reshape(shape)


def _absmax(parts: Parts, said: dict[str, Any]) -> Float32[np.ndarray, " n"]:
    if "nested_absmax" not in parts:
        return read_float32(parts["absmax"])
    coded = read_float32(parts["nested_quant_map"])[raw(parts["absmax"])]
    outer = np.repeat(read_float32(parts["nested_absmax"]), int(said["nested_blocksize"]))[: len(coded)]
    return coded * outer + np.float32(said["nested_offset"])


def _group_8(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    return {
        name: parts
        for name, parts in grouped(tensors, "weight", needed=("SCB",), also=("weight_format",)).items()
        if parts["weight"].dtype == "I8"
    }


def _describe_8(parts: Parts, _settings: Settings) -> Packing:
    shape = parts["weight"].shape
    expect(parts, "SCB", shape[:1])
    if "weight_format" in parts and raw(parts["weight_format"]).any():  # 0 is row by row, the only one that is saved since 2023
        raise unknown(parts, "bitsandbytes 8-bit in the order of a GPU's tiles")
    return Packing(shape=shape, label="bitsandbytes int8", bits=8)


def _decode_8(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "..."]:
    values = raw(parts["weight"]).astype(np.float32)
    values *= read_float32(parts["SCB"])[:, None]
    values *= _OVER_127
    return values


FOUR_BITS = Scheme(group=_group_4, describe=_describe_4, decode=_decode_4)
EIGHT_BITS = Scheme(group=_group_8, describe=_describe_8, decode=_decode_8, by_rows=("weight", "SCB"))
