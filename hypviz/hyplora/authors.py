"""Adapters as the authors of HypLoRA (arXiv 2410.04010v2) saved them, put into this package's own form, and what is odd about them.

In: adapter_config.json and the tensors beside it. Out: the same adapter as a HypLoRA of the variant `official` or `official-simplified`,
whose layers keep the raw numbers of the release. An adapter whose geometry is lost, or of the first version, is refused with the reason.
The release has K = softplus(k) + 1e-6 where the curvature is -1/K, so that c = 1/K.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from hypviz.errors import AdapterError
from hypviz.gains import GAINS
from hypviz.gains.entry import INPUT_SCALE, RAW_CURVATURE
from hypviz.hyplora.config import FILE_TYPE
from hypviz.hyplora.spellings import AdapterState

MARK = "lora_type"
TENSORS = {RAW_CURVATURE: "lora_k", INPUT_SCALE: "lora_norm_scale"}  # this package's names and the release's
WHOLE, SIMPLIFIED = "official", "official-simplified"


def from_release(config: dict[str, Any], state: AdapterState, folder: Path) -> tuple[dict[str, Any], AdapterState]:
    """Settings and tensors in this package's form; those of any other adapter as they are. Raises `AdapterError`."""
    mark, adapter = config.get(MARK), f"The adapter in {folder}"
    marked = mark.lower() if isinstance(mark, str) else ""
    there = [name for name in TENSORS.values() if any(_is(tensor, name) for tensor in state)]
    if not there:
        _refuse_what_lost_its_geometry(mark, marked, adapter)
        _refuse_first_version(state, adapter)
        return _without_mark(config, marked), state
    variant = SIMPLIFIED if "simplified" in marked or ("hyplora" not in marked and TENSORS[INPUT_SCALE] not in there) else WHOLE
    layers = [name.rpartition(".lora_A")[0] for name in state if name.endswith(".lora_A.weight")]
    lacking = [
        f"{layer}.{TENSORS[name]}" for layer in layers for name in GAINS[variant].parameters if f"{layer}.{TENSORS[name]}" not in state
    ]
    if lacking:
        raise AdapterError(
            f"{adapter} is a HypLoRA adapter in the format of the authors' release, but its geometry is not whole, because {lacking[0]} is "
            "not in the file, and without it another function would run; save it again with the authors' code, geometry included."
        )
    bent = {name: value for name, value in config.items() if name != MARK} | {"peft_type": FILE_TYPE, "variant": variant}
    return bent, dict(_renamed(name, tensor, variant) for name, tensor in state.items() if not _is_unused(name, variant))


def oddities(config: Mapping[str, Any], state: AdapterState) -> str | None:
    """What such an adapter is and what is known to be odd about it, as said after its name; None for any other."""
    variant = config.get("variant")
    raw = [float(tensor) for name, tensor in state.items() if f".{RAW_CURVATURE}" in name]
    if variant not in (WHOLE, SIMPLIFIED) or not raw:
        return None
    if variant == SIMPLIFIED:
        return _odd_simplified(median(raw), min(raw))
    scale = [float(tensor) for name, tensor in state.items() if f".{INPUT_SCALE}" in name]
    return _odd(median(raw), median(scale) if scale else 1.0)


def curvature_of(k: float) -> float:
    """K of the release from its raw k; the curvature is -1/K."""
    return float(softplus(torch.tensor(k, dtype=torch.float64))) + 1e-6


def _odd(k: float, n: float) -> str:
    big = curvature_of(k)
    if big > 1.0:
        edge, stuck = (big - 1.0 / big) ** 0.5, (2e-6 * big) ** 0.5
        flaw = f"updates whose B A x is shorter than {edge:.2g} all come out at length {stuck:.2g} times alpha/r"
    else:
        jump = big**0.5 * float(torch.arccosh(torch.tensor(1.0 / big, dtype=torch.float64)))
        flaw = f"the update jumps from 0 to length {jump:.2g} times alpha/r as soon as B A x is not 0"
    return (
        f"is HypLoRA as the authors' release computes it, bug for bug (K = {big:.3g} in the middle of its layers, curvature "
        f"−{1 / big:.3g}): its map back uses 1/K where its map out uses K, so that {flaw}, and inputs are divided by n = {n:.3g} without "
        "being multiplied back"
    )


def _odd_simplified(k: float, least: float) -> str:
    odd = f"tokens longer than {k**-0.5:.2g} count the less the longer they are" if k > 0 else "its maps have no scale of their own"
    below = f"; where k is below 0 ({least:.3g} in one layer) short updates are not numbers" if least < 0 else ""
    return (
        f"is the simplified HypLoRA of the authors' release, computed as it is there (k = {k:.3g} in the middle layer): two rational "
        f"maps stand for exp and log without undoing each other, so that {odd}{below}"
    )


def _without_mark(config: dict[str, Any], marked: str) -> dict[str, Any]:
    """The settings without a mark that says plain LoRA; any other is left to be named as unknown."""
    return {name: value for name, value in config.items() if name != MARK or not re.fullmatch(r"lora(-[\d.]+)?", marked)}


def _is(tensor: str, name: str) -> bool:
    return tensor.endswith((f".{name}", f".{name}.weight"))


def _is_unused(tensor: str, variant: str) -> bool:
    """The simplified formula has no n; its release saves the number all the same."""
    return variant == SIMPLIFIED and _is(tensor, TENSORS[INPUT_SCALE])


def _renamed(name: str, tensor: Tensor, variant: str) -> tuple[str, Tensor]:
    for ours in GAINS[variant].parameters:
        if _is(name, TENSORS[ours]):
            return re.sub(rf"\.{TENSORS[ours]}(\.weight)?$", f".{ours}.weight", name), tensor.detach().float().reshape(-1)[:1].clone()
    return name, tensor


def _refuse_what_lost_its_geometry(mark: object, marked: str, adapter: str) -> None:
    if "hyplora" in marked:
        raise AdapterError(
            f"{adapter} says {MARK} {json.dumps(mark)}, the authors' release of HypLoRA, but its geometry (lora_k) is not in the file, so "
            "that it would run as plain LoRA, which is another function; save it again with the authors' code, geometry included."
        )


def _refuse_first_version(state: AdapterState, adapter: str) -> None:
    """By the time coordinate: A is (r, d+1) and B is (k, r+1)."""
    for name, tensor in state.items():
        partner = state.get(re.sub(r"\.lora_A\.weight$", ".lora_B.weight", name))
        if (
            name.endswith(".lora_A.weight")
            and partner is not None
            and tensor.ndim == partner.ndim == 2
            and len(tensor) + 1 == partner.shape[1]
        ):
            raise AdapterError(
                f"{adapter} is of the first version of the authors' HypLoRA, whose B {tuple(partner.shape)} has one column more than A "
                f"{tuple(tensor.shape)} has rows, for the time coordinate; hypviz does not read it, so use it with the authors' code, or "
                "train a HypLoRA adapter here."
            )
