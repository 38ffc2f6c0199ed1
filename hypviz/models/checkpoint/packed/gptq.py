"""Weights that GPTQ and AWQ packed: whole numbers of a few bits in words of 32, and a scale and a zero for each group of inputs.

A number is (q - zero) * scale. Both methods keep weights as (inputs, outputs), the other way round than the architecture. GPTQ (Frantar et
al., arXiv 2210.17323; AutoGPTQ's file format) packs along the inputs, gives every input its group in ``g_idx``, and stores zeros less one,
unless ``checkpoint_format`` is ``gptq_v2``. AWQ (Lin et al., arXiv 2306.00978; AutoAWQ's ``gemm``) packs along the outputs, eight in a word
in the order 0 2 4 6 1 3 5 7.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.headers import StoredTensor, read_float32
from hypviz.models.checkpoint.packed.scheme import Packing, Parts, Scheme, Settings, expect, grouped, groups_of, raw, unknown, unpacked

_PLACES = [0, 4, 1, 5, 2, 6, 3, 7]  # where the first, second, ... of eight outputs lies in AWQ's word
_OF_V2 = ("gptq_v2",)


def _group(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    return grouped(tensors, "qweight", needed=("qzeros", "scales"), also=("g_idx",))


def _bits(parts: Parts, settings: Settings, method: str) -> int:
    bits = settings.get("bits", settings.get("w_bit"))
    if not isinstance(bits, int) or bits not in (2, 3, 4, 8):
        raise unknown(parts, f"{method} in {bits!r} bits")
    return bits


def _describe_gptq(parts: Parts, settings: Settings) -> Packing:
    bits = _bits(parts, settings, "GPTQ")
    words, n_out = parts["weight"].shape
    n_in, n_groups = words * 32 // bits, parts["scales"].shape[0]
    expect(parts, "scales", (n_groups, n_out))
    expect(parts, "qzeros", (n_groups, n_out * bits // 32))
    if "g_idx" in parts:
        expect(parts, "g_idx", (n_in,))
    return Packing(shape=(n_out, n_in), label=f"GPTQ {bits}-bit", bits=bits)


def _decode_gptq(parts: Parts, settings: Settings) -> Float32[np.ndarray, "out in"]:
    bits = _bits(parts, settings, "GPTQ")
    q = unpacked(raw(parts["weight"]).T, bits)
    zeros, scales = unpacked(raw(parts["qzeros"]), bits), read_float32(parts["scales"])
    if settings.get("checkpoint_format") not in _OF_V2:
        zeros = (zeros + np.uint8(1)) & np.uint8((1 << bits) - 1)
    group = raw(parts["g_idx"]) if "g_idx" in parts else groups_of(q.shape[1], len(scales))
    return (q.astype(np.float32) - zeros.T[:, group]) * scales.T[:, group]


def _describe_awq(parts: Parts, settings: Settings) -> Packing:
    version = str(settings.get("version", "gemm")).lower()
    if version != "gemm" or _bits(parts, settings, "AWQ") != 4:
        raise unknown(parts, f"AWQ ({version}, {settings.get('bits')} bits)")
    n_in, words = parts["weight"].shape
    n_groups = parts["scales"].shape[0]
    expect(parts, "scales", (n_groups, words * 8))
    expect(parts, "qzeros", (n_groups, words))
    return Packing(shape=(words * 8, n_in), label="AWQ 4-bit", bits=4)


def _decode_awq(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "out in"]:
    q, zeros = (_in_order(unpacked(raw(parts[part]), 4)) for part in ("weight", "qzeros"))
    scales = read_float32(parts["scales"])
    group = groups_of(len(q), len(scales))
    return np.ascontiguousarray(((q.astype(np.float32) - zeros[group]) * scales[group]).T)


def _in_order(found: np.ndarray) -> np.ndarray:
    return found.reshape(len(found), -1, 8)[..., _PLACES].reshape(len(found), -1)


GPTQ = Scheme(group=_group, describe=_describe_gptq, decode=_decode_gptq)
AWQ = Scheme(group=_group, describe=_describe_awq, decode=_decode_awq)
