"""Weights packed row by row: MLX's affine groups, and the whole numbers of compressed-tensors.

MLX (``mlx.core.quantize``): numbers of `bits` bits one after the other in words of 32, a scale and a bias for each group of inputs; a
number is q * scale + bias. It quantises the tables too. compressed-tensors (vLLM, llm-compressor): ``pack-quantized`` has words of 32 that
hold q + 2^(bits-1), ``int-quantized`` has bytes; a number is (q - zero point) * scale, of the tensor, of the row or of a group of inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32

from hypviz.models.checkpoint.headers import StoredTensor, read_float32
from hypviz.models.checkpoint.packed.scheme import Packing, Parts, Scheme, Settings, expect, grouped, groups_of, raw, unknown, unpacked

_MLX_BITS = (2, 3, 4, 5, 6, 8)


def _group_mlx(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    return {
        name: parts
        for name, parts in grouped(tensors, "weight", needed=("scales",), also=("biases",)).items()
        if parts["weight"].dtype == "U32"
    }


def _mlx_bits(parts: Parts, settings: Settings) -> tuple[int, int]:
    """(bits, group size): layers may have their own, so the bits follow from the shapes."""
    weight, scales = parts["weight"], parts["scales"]
    name = weight.name.removesuffix(".weight")
    own: dict[str, Any] | None = settings.get(name)
    size = own.get("group_size") if isinstance(own, dict) else settings.get("group_size")
    if "biases" not in parts or len(weight.shape) != 2 or not isinstance(size, int) or size < 1:
        raise unknown(parts, f"MLX ({settings.get('mode', 'affine')}, {len(weight.shape)} dimensions)")
    n_in = scales.shape[-1] * size
    bits = weight.shape[1] * 32 / n_in
    if bits not in _MLX_BITS:
        raise unknown(parts, f"MLX in {bits:g} bits")
    return int(bits), size


def _describe_mlx(parts: Parts, settings: Settings) -> Packing:
    bits, size = _mlx_bits(parts, settings)
    n_out, words = parts["weight"].shape
    n_in = words * 32 // bits
    expect(parts, "scales", (n_out, n_in // size))
    expect(parts, "biases", (n_out, n_in // size))
    return Packing(shape=(n_out, n_in), label=f"MLX {bits}-bit", bits=bits)


def _decode_mlx(parts: Parts, settings: Settings) -> Float32[np.ndarray, "out in"]:
    bits, size = _mlx_bits(parts, settings)
    q = unpacked(raw(parts["weight"]), bits).astype(np.float32)
    by_group = q.reshape(len(q), -1, size)
    by_group *= read_float32(parts["scales"])[..., None]
    by_group += read_float32(parts["biases"])[..., None]
    return q


def _group_packed(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    found = grouped(
        tensors, "weight_packed", needed=("weight_scale", "weight_shape"), also=("weight_zero_point", "weight_g_idx", "weight_global_scale")
    )
    return {name: parts for name, parts in found.items() if parts["weight"].dtype == "I32"}


def _packed_shape(parts: Parts) -> tuple[int, int]:
    rows, columns = (int(n) for n in raw(parts["weight_shape"]).reshape(-1)[:2])
    return rows, columns


def _packed_bits(parts: Parts) -> int:
    """How many bits a number takes: as many of them lie in a word as fill it up to the row's length."""
    (rows, columns), words = _packed_shape(parts), parts["weight"].shape[-1]
    bits = next((b for b in (8, 4, 2) if -(-columns // (32 // b)) == words), None)
    if bits is None or parts["weight"].shape != (rows, words):
        raise unknown(parts, f"{words} words for rows of {columns} numbers")
    return bits


def _describe_packed(parts: Parts, _settings: Settings) -> Packing:
    bits, (rows, columns) = _packed_bits(parts), _packed_shape(parts)
    _expect_scales(parts, rows)
    return Packing(shape=(rows, columns), label=f"compressed-tensors int{bits}", bits=bits)


def _decode_packed(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "out in"]:
    bits, (rows, columns) = _packed_bits(parts), _packed_shape(parts)
    q = unpacked(raw(parts["weight"]), bits)[:, :columns].astype(np.float32) - (1 << (bits - 1))
    zero = None
    if "weight_zero_point" in parts:
        zero = raw(parts["weight_zero_point"])
        if zero.dtype.itemsize == 4:  # packed along the rows
            zero = unpacked(zero.T, bits).T[:rows].astype(np.float32) - (1 << (bits - 1))
    return _scaled(q, parts, zero)


def _group_bytes(tensors: Mapping[str, StoredTensor], _settings: Settings) -> dict[str, dict[str, StoredTensor]]:
    found = grouped(tensors, "weight", needed=("weight_scale",), also=("weight_zero_point", "weight_g_idx"))
    return {name: parts for name, parts in found.items() if parts["weight"].dtype == "I8"}


def _describe_bytes(parts: Parts, _settings: Settings) -> Packing:
    shape = parts["weight"].shape
    _expect_scales(parts, shape[0])
    return Packing(shape=shape, label="compressed-tensors int8", bits=8)


def _decode_bytes(parts: Parts, _settings: Settings) -> Float32[np.ndarray, "out in"]:
    zero = raw(parts["weight_zero_point"]) if "weight_zero_point" in parts else None
    return _scaled(raw(parts["weight"]).astype(np.float32), parts, zero)


def _expect_scales(parts: Parts, rows: int) -> None:
    scale = parts["weight_scale"].shape
    expect(parts, "weight_scale", (1,), (), (rows,), (rows, *scale[1:2]))


def _scaled(q: Float32[np.ndarray, "out in"], parts: Parts, zero: np.ndarray | None) -> Float32[np.ndarray, "out in"]:
    """(q - zero) * scale, by the groups of inputs where there are several."""
    scale = read_float32(parts["weight_scale"]).reshape(-1, parts["weight_scale"].shape[-1] if len(parts["weight_scale"].shape) > 1 else 1)
    n_groups = scale.shape[1]
    group = groups_of(q.shape[1], n_groups)
    if "weight_g_idx" in parts and not (raw(parts["weight_g_idx"]) < 0).any():
        group = raw(parts["weight_g_idx"])
    if zero is not None:
        q -= zero.reshape(-1, n_groups).astype(np.float32)[:, group]
    q *= scale[:, group]
    return q


MLX = Scheme(group=_group_mlx, describe=_describe_mlx, decode=_decode_mlx, by_rows=("weight", "scales", "biases"))
WORDS = Scheme(group=_group_packed, describe=_describe_packed, decode=_decode_packed)
BYTES = Scheme(group=_group_bytes, describe=_describe_bytes, decode=_decode_bytes, by_rows=("weight", "weight_scale", "weight_zero_point"))
