"""The update as the authors' second release computes it, bug for bug.

Not the map of arXiv 2410.04010v2: the log map uses 1/K where the exp map uses K, which leaves a dead zone around 0 or a jump, and the
input scale n is not undone. Everything runs in float32 in the release's order of operations, because the rounding is part of what is
reproduced. Use a gain with a radius for a HypLoRA that is what the paper says; this is for comparing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from hypviz.gains.entry import INPUT_SCALE, RAW_CURVATURE, ReleasedUpdate

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

SMALLEST_NORM = 1e-7
_LARGEST_ANGLE = 12.0
_NEAR_ONE = 1.01


def official(
    x: Float[Tensor, "*batch d"], A: Float[Tensor, "r d"], B: Float[Tensor, "k r"], parameters: Mapping[str, Float[Tensor, "1"]]
) -> Float[Tensor, "*batch k"]:
    """K = softplus(k) + 1e-6, inputs divided by n, and a log map with 1/K in the time coordinate; (..., k) for x (..., d)."""
    import torch
    from torch.nn.functional import linear, softplus

    curvature = softplus(parameters[RAW_CURVATURE].float()) + 1e-6
    root = curvature.sqrt()
    size = _size(x.float())
    angle = (size / parameters[INPUT_SCALE].float() / root).clamp(max=_LARGEST_ANGLE)
    lifted = root * torch.sinh(angle) * (x.float() / size)
    space = linear(linear(lifted, A.float()), B.float())
    size_out = _size(space)
    time = (space.square().sum(dim=-1, keepdim=True) + 1.0 / curvature).sqrt()
    ratio = time / root
    near = (2.0 * (ratio - 1.0).clamp(min=1e-6)).sqrt()
    far = torch.arccosh(ratio.clamp(min=1.0 + 1e-7))
    return (root * torch.where(ratio < _NEAR_ONE, near, far) * space / size_out).to(x.dtype)


def _size(rows: Tensor) -> Tensor:
    import torch

    size = cast("Tensor", torch.linalg.vector_norm(rows, dim=-1, keepdim=True))
    return size.clamp(min=SMALLEST_NORM)


def _start(k: float, d: int) -> dict[str, float]:
    return {RAW_CURVATURE: k, INPUT_SCALE: d**0.5}


ENTRY = ReleasedUpdate(
    name="official",
    label="the authors' release",
    help="the authors' release, with its defects",
    order=30,
    parameters=(RAW_CURVATURE, INPUT_SCALE),
    start=_start,
    update=official,
)
