"""The short cut of the authors' release: two rational maps in place of exp and log, with the raw k, in float32 and its own order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hypviz.gains.entry import RAW_CURVATURE, ReleasedUpdate

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def official_simplified(
    x: Float[Tensor, "*batch d"], A: Float[Tensor, "r d"], B: Float[Tensor, "k r"], parameters: Mapping[str, Float[Tensor, "1"]]
) -> Float[Tensor, "*batch k"]:
    """The update (..., k) of x (..., d)."""
    from torch.nn.functional import linear

    raw, wide = parameters[RAW_CURVATURE].float(), x.float()
    lifted = 2.0 * wide / (1.0 + raw * wide.square().sum(dim=-1, keepdim=True))
    space = linear(linear(lifted, A.float()), B.float())
    time = (space.square().sum(dim=-1, keepdim=True) + raw).sqrt()
    return (space / (1.0 + raw.abs().sqrt() * time)).to(x.dtype)


def _start(k: float, d: int) -> dict[str, float]:
    return {RAW_CURVATURE: k}


ENTRY = ReleasedUpdate(
    name="official-simplified",
    label="the authors' release, simplified",
    help="the release's short cut with rational maps",
    order=40,
    parameters=(RAW_CURVATURE,),
    start=_start,
    update=official_simplified,
)
