"""The stored tensors of a checkpoint with the packed ones among them put together: one tensor for each weight of the architecture.

In: stored tensors by name and what config.json says of the quantisation. Out: the same, where the parts of a packed weight are one
`PackedTensor` of the weight's own name and shape. What no scheme knows stays as it is stored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import BITS, StoredTensor
from hypviz.models.checkpoint.packed import affine, bnb, fp4, gptq
from hypviz.models.checkpoint.packed.scheme import Parts, Scheme, Settings

SCHEMES: dict[str, tuple[Scheme, ...]] = {  # by quant_method; bitsandbytes says in the file itself what it packed
    "bitsandbytes": (bnb.FOUR_BITS, bnb.EIGHT_BITS),
    "gptq": (gptq.GPTQ,),
    "awq": (gptq.AWQ,),
    "compressed-tensors": (affine.WORDS, affine.BYTES, fp4.NUMBERS),
    "modelopt": (fp4.NUMBERS,),
    "mxfp4": (fp4.EXPERTS,),
    "mlx": (affine.MLX,),
}
_PLAIN = {"fp8", "fbgemm_fp8", "mxfp8"}  # numbers times scales, which `hypviz.models.checkpoint.float8` reads


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTensor(StoredTensor):
    """A weight of several stored `parts`: `name`, `start`, `stop` and `file` are those of the one that holds most, `shape` is the weight's,
    and `dtype` the label of the format."""

    parts: Mapping[str, StoredTensor]
    settings: Settings
    scheme: Scheme
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """`tensors` by name; `refusal` is the sentence about the first packed weight whose parts could not be put together, if there is one."""

    tensors: dict[str, StoredTensor]
    refusal: str | None


def settings_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """What a config.json says of the quantisation, of the whole model or of the text model in it; empty where it says nothing."""
    inner: dict[str, Any] | None = config.get("text_config")
    for part in [config, inner] if isinstance(inner, dict) else [config]:
        for key in ("quantization_config", "quantization", "compression_config"):
            found: dict[str, Any] | None = part.get(key)
            if isinstance(found, dict):
                return found
    return {}


def method_of(settings: Settings) -> str | None:
    """The method by its quant_method; ``mlx`` for what MLX writes, which names none; None where nothing is said."""
    named = settings.get("quant_method")
    if named is not None:
        return str(named)
    if settings.get("load_in_4bit") or settings.get("load_in_8bit"):
        return "bitsandbytes"
    return "mlx" if "group_size" in settings and "bits" in settings else None


def is_read(method: str | None) -> bool:
    """Whether weights of a method can be turned into plain numbers here."""
    return method is None or method in SCHEMES or method in _PLAIN


def put_together(tensors: Mapping[str, StoredTensor], settings: Settings) -> Together:
    """The tensors with every packed weight as one."""
    found: dict[str, StoredTensor] = {}
    used: set[str] = set()
    refusal = None
    for scheme in dict.fromkeys((*SCHEMES.get(str(method_of(settings)), ()), *SCHEMES["bitsandbytes"])):
        for name, parts in scheme.group(tensors, settings).items():
            try:
                found[name] = _packed(scheme, parts, settings)
            except ModelError as error:
                refusal = refusal or str(error)
                continue
            used |= {part.name for part in parts.values()}
    return Together(tensors={name: tensor for name, tensor in tensors.items() if tensor.name not in used} | found, refusal=refusal)


def _packed(scheme: Scheme, parts: Parts, settings: Settings) -> PackedTensor:
    weight, packing = parts["weight"], scheme.describe(parts, settings)
    return PackedTensor(
        name=weight.name,
        dtype=packing.label,
        shape=packing.shape,
        start=weight.start,
        stop=weight.stop,
        file=weight.file,
        parts=parts,
        settings=settings,
        scheme=scheme,
        bits=packing.bits,
    )


def read_packed(tensor: PackedTensor) -> Float32[np.ndarray, "..."]:
    """The numbers that a packed weight stands for."""
    return tensor.scheme.decode(tensor.parts, tensor.settings)


def parts_of_table(name: str, names: Collection[str]) -> list[str]:
    """What is stored beside the table `name` under its module: the scales of a quantised one, whatever its method; a bias is none."""
    stem = name.removesuffix("weight")
    return [] if stem == name else [other for other in names if other.startswith(stem) and other not in (name, f"{stem}bias")]


def packed_tables(tensors: Mapping[str, StoredTensor], config: Mapping[str, Any]) -> str | None:
    """The formats of packed tables, which are as long as the vocabulary and in none of the numbered blocks; None where there is none."""
    inner: Any = config.get("text_config")
    sizes: list[Any] = [config.get("vocab_size"), inner.get("vocab_size") if isinstance(inner, dict) else None]
    found = [
        tensor.dtype
        for name, tensor in tensors.items()
        if isinstance(tensor, PackedTensor) and tensor.shape[0] in sizes and not any(part.isdigit() for part in name.split("."))
    ]
    return " and ".join(dict.fromkeys(found)) or None


def bits_of(tensor: StoredTensor) -> float:
    """Bits that hold one of its numbers."""
    return tensor.bits if isinstance(tensor, PackedTensor) else BITS.get(tensor.dtype, 8)
