"""The one function that says what HypLoRA adds to a layer; training, decoding, probes and tests all call it.

What the variants are is in `hypviz.gains`: those with a radius are one closed form with their own gain, the releases' keep their order of
operations. In: x (..., d), A (r, d), B (k, r) as PEFT keeps them. Out: (..., k).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.gains import GAINS, Gain, RadialGain, ReleasedUpdate
from hypviz.gains.entry import INPUT_SCALE, LOG_RADIUS, RAW_CURVATURE
from hypviz.hyplora.closed_form import closed_form, log_radius_from_curvature


def gain_of(variant: str) -> Gain:
    """The entry of that name, or `AdapterError` naming those that exist."""
    if variant not in GAINS:
        raise AdapterError(f"HypLoRA has no variant {variant!r}; choose one of {', '.join(GAINS)}.")
    return GAINS[variant]


def delta(
    x: Float[Tensor, "*batch d"],
    A: Float[Tensor, "r d"],
    B: Float[Tensor, "k r"],
    *,
    variant: str,
    c: float | Float[Tensor, "..."] | None = None,
    k: float | Float[Tensor, "..."] | None = None,
    n: float | Float[Tensor, "..."] | None = None,
    log_radius: Float[Tensor, "1"] | None = None,
    lora_beyond: float | None = None,
    scaling: float = 1.0,
    onto: Float[Tensor, "*batch k"] | None = None,
) -> Float[Tensor, "*batch k"]:
    """The update of shape (..., k), times `scaling` and added to `onto` if given; differentiable in all tensors.

    Variants with a radius take the curvature through c > 0 or, as a layer keeps it, log R of shape (1,). The releases' take the raw k,
    and `official` the input scale n (sqrt d if None). `lora_beyond`, for those with a radius only, is the u above which g = 1.
    """
    gain = gain_of(variant)
    if isinstance(gain, RadialGain):
        _require_only(variant, {"k": k, "n": n})
        geometry = {LOG_RADIUS: _log_radius(gain, c, log_radius, d=A.shape[1]).to(A.device)}
    else:
        foreign: dict[str, object] = {"c": c, "log_radius": log_radius, "lora_beyond": lora_beyond}
        _require_only(variant, foreign if INPUT_SCALE in gain.parameters else foreign | {"n": n})
        geometry = _released(gain, k, n, d=A.shape[1], device=x.device)
    return update(gain, x, A, B, geometry, lora_beyond=lora_beyond, scaling=scaling, onto=onto)


def update(
    gain: Gain,
    x: Float[Tensor, "*batch d"],
    A: Float[Tensor, "r d"],
    B: Float[Tensor, "k r"],
    geometry: Mapping[str, Float[Tensor, "1"]],
    *,
    lora_beyond: float | None = None,
    scaling: float = 1.0,
    onto: Float[Tensor, "*batch k"] | None = None,
) -> Float[Tensor, "*batch k"]:
    """`delta` for a variant and the parameters of its geometry by their names, as a layer keeps them."""
    if isinstance(gain, RadialGain):
        radius = geometry[LOG_RADIUS]
        return closed_form(x, A, B, gain=gain, log_radius=radius, lora_beyond=lora_beyond, scaling=scaling, onto=onto)
    if not isinstance(gain, ReleasedUpdate):
        raise TypeError(f"{type(gain).__name__} is neither a gain with a radius nor the update of a release")
    with torch.autocast(x.device.type, enabled=False):
        found = gain.update(x, A, B, geometry)
    return found * scaling if onto is None else onto + found * scaling


def _log_radius(gain: RadialGain, c: float | Tensor | None, log_radius: Tensor | None, *, d: int) -> Tensor:
    if log_radius is None and c is not None:
        return log_radius_from_curvature(c, d=d, wide=gain.wide)
    if log_radius is None or c is not None:
        raise AdapterError(f"The variant {gain.name} needs either the curvature c or log_radius; pass one of them.")
    return log_radius


def _released(gain: Gain, k: float | Tensor | None, n: float | Tensor | None, *, d: int, device: torch.device) -> dict[str, Tensor]:
    if k is None:
        raise AdapterError(f"The variant {gain.name} needs its raw curvature parameter k; the release starts at 1.0.")
    given = {RAW_CURVATURE: k, INPUT_SCALE: d**0.5 if n is None else n}
    return {name: torch.as_tensor(given[name], device=device) for name in gain.parameters}


def _require_only(variant: str, foreign: dict[str, object]) -> None:
    given = [name for name, value in foreign.items() if value is not None]
    if given:
        raise AdapterError(f"The variant {variant} takes no {given[0]}; leave it out.")
