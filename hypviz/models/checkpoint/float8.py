"""Weights stored in 8 bits, with the scales that belong to them, as the numbers they stand for.

In: stored tensors of a checkpoint. Out: float32 arrays. A stored weight is a float8 number times a scale: one for the whole tensor,
one a row, or one a block of rows and columns (the last blocks may be cut off by the edge). Checkpoints call the factor
``weight_scale_inv`` (DeepSeek-V3 and the ``fp8`` method of transformers, where it is the inverse of the factor that was divided out),
``weight_scale`` (compressed-tensors, fbgemm, ModelOpt) or ``scale``; all of them multiply. Formats: Micikevicius et al., FP8 Formats for
Deep Learning, arXiv 2209.05433 (E4M3 without infinities, E5M2), and the FNUZ variants with one NaN and the exponent bias one larger.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor, read_float32

FORMATS = {  # bits of the exponent, of the fraction, its bias, and whether the largest exponent holds infinities
    "F8_E4M3": (4, 3, 7, False),
    "F8_E5M2": (5, 2, 15, True),
    "F8_E4M3FNUZ": (4, 3, 8, False),
    "F8_E5M2FNUZ": (5, 2, 16, False),
}
POWERS = ("F8_E8M0", "U8")  # scales that are a power of two, stored as its exponent plus 127
OF_ACTIVATIONS = ("input_scale", "input_scale_inv", "activation_scale", "k_scale", "v_scale", "q_scale")


@lru_cache(maxsize=8)
def float8_table(dtype: str) -> np.ndarray:
    """The number behind each of the 256 bytes of one of `FORMATS`, (256,) float32; NaN and infinity where the format has them."""
    n_exponent, n_fraction, bias, has_infinity = FORMATS[dtype]
    byte = np.arange(256)
    sign = np.where(byte < 128, 1.0, -1.0)
    exponent, fraction = (byte & 127) >> n_fraction, byte & ((1 << n_fraction) - 1)
    size = np.where(exponent == 0, np.ldexp(fraction, 1 - bias - n_fraction), 0.0)
    size = np.where(exponent > 0, np.ldexp(1.0 + fraction / (1 << n_fraction), exponent - bias), size)
    values = sign * size
    if dtype.endswith("FNUZ"):
        values[128] = np.nan
    elif has_infinity:
        top = exponent == (1 << n_exponent) - 1
        values[top] = np.where(fraction[top] == 0, sign[top] * np.inf, np.nan)
    else:
        values[[127, 255]] = np.nan
    return values.astype(np.float32)


def is_float8(tensor: StoredTensor) -> bool:
    """Whether a tensor holds float8 weights."""
    return tensor.dtype in FORMATS


def scale_name(name: str, names: Container[str]) -> str | None:
    """The name among `names` of the scales of the tensor `name`, or None."""
    candidates = [f"{name}_scale_inv", f"{name}_scale"]
    if name.endswith(".weight"):
        candidates += [f"{name.removesuffix('weight')}scale", f"{name.removesuffix('weight')}scale_weight"]
    return next((c for c in candidates if c in names), None)


def scales_of_activations(names: Iterable[str]) -> list[str]:
    """The names of factors for 8-bit activations, which play no part where the activations are not rounded."""
    return [n for n in names if n.rsplit(".", 1)[-1] in OF_ACTIVATIONS]


def block_size(config: dict[str, Any]) -> tuple[int, int] | None:
    """The rows and columns of a block as config.json says them, None where it does not."""
    said: dict[str, Any] | None = config.get("quantization_config")
    size: list[Any] | tuple[Any, ...] | None = said.get("weight_block_size") if isinstance(said, dict) else None
    if not isinstance(size, (list, tuple)) or len(size) != 2:
        return None
    rows, columns = size
    return (rows, columns) if isinstance(rows, int) and isinstance(columns, int) and min(rows, columns) > 0 else None


def read_float8(tensor: StoredTensor, tensors: dict[str, StoredTensor], name: str, *, block: tuple[int, int] | None) -> np.ndarray:
    """The values of the float8 tensor called `name` in `tensors` as float32, multiplied out where it has scales.

    Raises `ModelError` by the tensor's name for scales that do not fit, and for weights whose scales are missing.
    """
    flat = np.fromfile(tensor.file, dtype=np.uint8, count=tensor.numel, offset=tensor.start)
    values = float8_table(tensor.dtype)[flat].reshape(tensor.shape)
    found = scale_name(name, tensors)
    if found is None:
        _refuse_missing(tensor, values, any(scale_name(n, tensors) for n, t in tensors.items() if is_float8(t)), block)
        return values
    return _multiplied(values, _read_scale(tensors[found], tensor), tensor, tensors[found], block)


def _refuse_missing(tensor: StoredTensor, values: np.ndarray, others_have: bool, block: tuple[int, int] | None) -> None:
    largest = float(np.nanmax(np.where(np.isfinite(float8_table(tensor.dtype)), float8_table(tensor.dtype), -np.inf)))
    if others_have or block is not None or (values.size and float(np.abs(values).max()) >= largest):
        raise ModelError(
            f"{tensor.name} in {tensor.file} is stored as {tensor.dtype} and the scales that belong to it are missing, so its true values "
            "cannot be known; copy or download all weight files again, or choose a release in bfloat16."
        )


def _read_scale(scale: StoredTensor, weight: StoredTensor) -> np.ndarray:
    if scale.dtype in TORCH_NAMES:
        return read_float32(scale)
    if scale.dtype in POWERS:
        power = np.fromfile(scale.file, dtype=np.uint8, count=scale.numel, offset=scale.start).astype(np.float64) - 127.0
        return np.exp2(power).astype(np.float32).reshape(scale.shape)
    raise ModelError(
        f"The scales {scale.name} of {weight.name} are stored as {scale.dtype}, which hypviz does not read as scales; choose a release of "
        "the model in bfloat16."
    )


def _multiplied(
    values: np.ndarray, scale: np.ndarray, weight: StoredTensor, stored: StoredTensor, block: tuple[int, int] | None
) -> np.ndarray:
    if scale.size == 1:
        return values * scale.reshape(())
    if values.ndim == 2 and scale.shape in ((len(values),), (len(values), 1)):
        return values * scale.reshape(-1, 1)
    if values.ndim >= 2 and scale.ndim == values.ndim and scale.shape[:-2] == values.shape[:-2]:
        said_rows, said_columns = block or (None, None)
        rows, columns = _edge(values.shape[-2], scale.shape[-2], said_rows), _edge(values.shape[-1], scale.shape[-1], said_columns)
        if rows is not None and columns is not None:
            flat, grid = values.reshape(-1, *values.shape[-2:]), scale.reshape(-1, *scale.shape[-2:])
            for one, of_one in zip(flat, grid, strict=True):
                across = np.repeat(of_one, columns, axis=1)[:, : one.shape[1]]
                for i, factors in enumerate(across):
                    one[i * rows : (i + 1) * rows] *= factors
            return values
    said = f" in blocks of {block[0]} x {block[1]}, as config.json says," if block else ""
    raise ModelError(
        f"{weight.name} in {weight.file} is {list(weight.shape)} in {weight.dtype} and its scales {stored.name} are {list(stored.shape)}, "
        f"which{said} do not fit; copy or download the model again, or choose a release in bfloat16."
    )


def _edge(n: int, n_blocks: int, said: int | None) -> int | None:
    """How long a block is that cuts `n` into `n_blocks`: as said, or else the power of two that does, of which there is at most one."""
    if n_blocks < 1:
        return None
    if said is not None:
        return said if math.ceil(n / said) == n_blocks else None
    if n_blocks == 1:
        return n
    edge = 1 << max(0, math.ceil(math.log2(n / n_blocks)))
    return edge if math.ceil(n / edge) == n_blocks else None
