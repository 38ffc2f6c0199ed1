"""The one function that says what HypLoRA adds to a layer; training, decoding, probes and tests all call it.

`exact` and `paper` are one closed form at two radii; `official` and `official-simplified` keep the releases' order of operations.
In: x (..., d), A (r, d), B (k, r) as PEFT keeps them. Out: (..., k).
"""

from __future__ import annotations

import torch
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.hyplora.closed_form import closed_form, log_radius_from_curvature
from hypviz.hyplora.release import official, official_simplified

CLOSED = ("exact", "paper")
RELEASED = ("official", "official-simplified")
VARIANTS = CLOSED + RELEASED


def require_variant(variant: str) -> str:
    """The variant itself, or `AdapterError` naming those that exist."""
    if variant not in VARIANTS:
        raise AdapterError(f"HypLoRA has no variant {variant!r}; choose one of {', '.join(VARIANTS)}.")
    return variant


def delta(
    x: Tensor,
    A: Tensor,
    B: Tensor,
    *,
    variant: str,
    c: float | Tensor | None = None,
    k: float | Tensor | None = None,
    n: float | Tensor | None = None,
    log_radius: Tensor | None = None,
    lora_beyond: float | None = None,
    scaling: float = 1.0,
    onto: Tensor | None = None,
) -> Tensor:
    """The update of shape (..., k), times `scaling` and added to `onto` if given; differentiable in all tensors.

    `exact` and `paper` take the curvature through c > 0 or, as a layer keeps it, log R of shape (1,). `official*` take the raw k,
    and `official` the input scale n (sqrt d if None). `lora_beyond`, for the closed form only, is the u above which g = 1.
    """
    require_variant(variant)
    closed = variant in CLOSED
    _require_only(variant, {"c": c, "log_radius": log_radius, "lora_beyond": lora_beyond} if not closed else {"k": k, "n": n})
    if closed:
        if (c is None) == (log_radius is None):
            raise AdapterError(f"The variant {variant} needs either the curvature c or log_radius; pass one of them.")
        if log_radius is None:
            assert c is not None
            log_radius = log_radius_from_curvature(c, d=A.shape[1], wide=variant == "exact").to(A.device)
        return closed_form(x, A, B, log_radius=log_radius, lora_beyond=lora_beyond, scaling=scaling, onto=onto)
    if k is None:
        raise AdapterError(f"The variant {variant} needs its raw curvature parameter k; the release starts at 1.0.")
    raw = torch.as_tensor(k, device=x.device)
    if variant == "official-simplified":
        _require_only(variant, {"n": n})
    with torch.autocast(x.device.type, enabled=False):
        if variant == "official":
            update = official(x, A, B, k=raw, n=torch.as_tensor(A.shape[1] ** 0.5 if n is None else n, device=x.device))
        else:
            update = official_simplified(x, A, B, k=raw)
    return update * scaling if onto is None else onto + update * scaling


def _require_only(variant: str, foreign: dict[str, object]) -> None:
    given = [name for name, value in foreign.items() if value is not None]
    if given:
        raise AdapterError(f"The variant {variant} takes no {given[0]}; leave it out.")
