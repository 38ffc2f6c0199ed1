"""The gain of arXiv 2410.04010v2 (eqs. 5 to 8), radial at the origin, per token in float64.

With u = |x|/R and p = |B A x|/R the map log_o(B A exp_o(x)) is LoRA times

    g(u, p) = w/p,      w = arsinh(t),      t = p sinh(u)/u,

which is arsinh(q sinh u)/(q u) with q = p/u; w is the length of the update in units of R. In: u, p >= 0. Out: the gain and its
logarithmic slopes, with a relative error below 1e-12 for every u and p in range, no overflow, and no special case at 0 (`_TINY`
stands for it).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hypviz.gains.entry import GAIN_CAP, GainSlopes

if TYPE_CHECKING:
    from jaxtyping import Float64
    from torch import Tensor

_TINY = 1e-150
_SINH_LIMIT = 600.0
_SERIES_BELOW = 0.02


def formula(u: Any, p: Any, m: Any) -> Any:
    """g(u, p) by its definition, for u, p > 0."""
    return m.asinh(p * m.sinh(u) / u) / p


def gain(u: Float64[Tensor, " n"], p: Float64[Tensor, " n"]) -> Float64[Tensor, " n"]:
    """g(u, p) without a cap, inf where float64 ends; p = 0 gives sinh(u)/u, the limit of a vanishing update."""
    u, p = u.clamp(min=_TINY), p.clamp(min=_TINY)
    within = u.clamp(max=_SINH_LIMIT)  # beyond it sinh grows by e^(u - limit) and arsinh t by u - limit
    t = within.sinh().mul_(p).div_(u)
    return t.asinh().add_(u - within).div_(p)


def number(u: float, p: float) -> float:
    """g(u, p) for one token, at most `GAIN_CAP`."""
    u, p = max(u, _TINY), max(p, _TINY)
    within = min(u, _SINH_LIMIT)
    return min((math.asinh(math.sinh(within) * p / u) + (u - within)) / p, GAIN_CAP)


def slopes(u: Float64[Tensor, " n"], p: Float64[Tensor, " n"], g: Float64[Tensor, " n"]) -> GainSlopes:
    """The three slopes of the gain without its cap, given its value g.

    In terms of w = g p they are rho - 1, rho (kappa - 1) and 1 - rho kappa with rho = tanh(w)/w and kappa = u coth u.
    """
    import torch

    z = torch.stack((u, g * p))
    squares = z * z
    excess = _coth_excess_over_square(z, squares)
    (rest_u, rest_w), (by_u2, by_w2) = (excess * squares).unbind(0), excess.unbind(0)
    rho = (1.0 + rest_w).reciprocal()
    return GainSlopes(
        by_output_over_p2=(rho * by_w2).mul_(g).mul_(g).neg_(), by_input_over_u2=rho * by_u2, by_radius=rho * (rest_w - rest_u)
    )


def _coth_excess_over_square(z: Tensor, squares: Tensor) -> Tensor:
    """(z coth z - 1)/z^2 for z >= 0, which is 1/3 at 0; a series where the difference would cancel."""
    series = 1 / 3 + squares * (-1 / 45 + squares * (2 / 945 - squares / 4725))
    return ((z / z.tanh() - 1.0) / squares).where(z > _SERIES_BELOW, series)
