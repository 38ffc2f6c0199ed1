"""What a way of packing weights is: which stored tensors belong together, what they are called, and how they become numbers.

A quantised weight lies in a safetensors file as whole numbers of a few bits under one name, and its scales, zeros or tables under others
beside it. A `Scheme` says so of one method; `hypviz.models.checkpoint.packed.tensors` puts the schemes to work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import StoredTensor, numbers_of

Parts = Mapping[str, StoredTensor]  # the stored tensors of one weight by their part in it; "weight" is the one that holds most bits
Settings = Mapping[str, Any]  # what config.json says of the quantisation
_RAW = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "I16": "<i2", "U16": "<u2", "I32": "<i4", "U32": "<u4", "I64": "<i8", "U64": "<u8",
    "F8_E4M3": "u1", "F8_E8M0": "u1",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """`shape` of the weight, the `label` of its format (``GPTQ 4-bit``), and the bits that hold a number, those of its scales apart."""

    shape: tuple[int, ...]
    label: str
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """`group` gives for each packed weight, by the architecture's name, its parts among stored tensors; `describe` says what it is and
    `decode` turns it into float32 of that shape. Both raise `ModelError` for parts that do not fit each other.

    `by_rows` are the parts whose rows belong to those of the weight, where they have as many, so that some rows can be decoded from theirs
    alone; none where a weight can only be decoded whole.
    """

    group: Callable[[Mapping[str, StoredTensor], Settings], dict[str, dict[str, StoredTensor]]]
    describe: Callable[[Parts, Settings], Packing]
    decode: Callable[[Parts, Settings], Float32[np.ndarray, "..."]]
    by_rows: tuple[str, ...] = ()


def grouped(
    tensors: Mapping[str, StoredTensor], main: str, *, needed: tuple[str, ...], also: tuple[str, ...] = (), named: str = "weight"
) -> dict[str, dict[str, StoredTensor]]:
    """By ``module.<named>``: the tensor ``module.<main>`` as "weight", with `needed` and, where they are there, `also` beside it."""
    found: dict[str, dict[str, StoredTensor]] = {}
    for name, tensor in tensors.items():
        stem = name.removesuffix(main)
        if stem == name or not (stem.endswith(".") or not stem) or any(stem + part not in tensors for part in needed):
            continue
        beside = {part: tensors[stem + part] for part in (*needed, *also) if stem + part in tensors}
        found[stem + named] = {"weight": tensor, **beside}
    return found


def raw(tensor: StoredTensor) -> np.ndarray:
    """The whole numbers of a stored tensor as they lie in the file, float8 as its bytes."""
    if tensor.dtype not in _RAW:
        raise ModelError(f"{tensor.name} in {tensor.file} is stored as {tensor.dtype} where whole numbers are expected; download it again.")
    return numbers_of(tensor, _RAW[tensor.dtype])


def unpacked(words: np.ndarray, bits: int) -> np.ndarray:
    """The numbers of `bits` bits that lie one after the other in words of 32 along the last axis, the lowest bits first, as uint8."""
    held = np.ascontiguousarray(words).view(np.uint8)
    if bits == 8:
        return held
    if bits in (2, 4):
        shifts = np.arange(0, 8, bits, dtype=np.uint8)
        return ((held[..., None] >> shifts) & ((1 << bits) - 1)).reshape(*held.shape[:-1], -1)
    stream = np.unpackbits(held, axis=-1, bitorder="little")
    whole = stream[..., : stream.shape[-1] // bits * bits].reshape(*stream.shape[:-1], -1, bits)
    return (whole << np.arange(bits, dtype=np.uint8)).sum(axis=-1, dtype=np.uint8)


def groups_of(n_inputs: int, n_groups: int) -> Int64[np.ndarray, " n_inputs"]:
    """The group of every input, where groups of one size follow each other and the last may be shorter."""
    return np.arange(n_inputs, dtype=np.int64) // -(-n_inputs // n_groups)


def expect(parts: Parts, part: str, *shapes: tuple[int, ...]) -> None:
    """Raise `ModelError` where a part of a packed weight has none of the shapes that its weight asks for."""
    tensor, weight = parts[part], parts["weight"]
    if tensor.shape not in shapes:
        raise ModelError(
            f"{weight.name} in {weight.file} is {list(weight.shape)} and {tensor.name} beside it is {list(tensor.shape)}, which do not fit "
            "each other; copy or download the model again."
        )


def unknown(parts: Parts, what: str) -> ModelError:
    """The refusal of a variant that is not read, by the weight's name."""
    weight = parts["weight"]
    return ModelError(
        f"{weight.name} in {weight.file} is packed as {what}, which hypviz cannot turn back into numbers; choose its original."
    )
