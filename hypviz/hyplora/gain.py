"""The scalar gain of HypLoRA, per token, in float64.

With u = |x|/R and p = |B A x|/R the map of arXiv 2410.04010v2 (eqs. 5 to 8), radial at the origin, is LoRA times

    g(u, p) = w/p,      w = arsinh(t),      t = p sinh(u)/u,

which is arsinh(q sinh u)/(q u) with q = p/u; w is the length of the update in units of R. In: u, p >= 0. Out: the gain and its
logarithmic slopes, with a relative error below 1e-12 for every u and p in range, no overflow, and no special case at 0 (`_TINY`
stands for it). Does not know about weights, tokens or dtypes of a model: that is `closed_form`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

GAIN_CAP = 1e16  # keeps float32 gradients finite; reached only for u > 40 at an update that is almost 0. Probes count such tokens
_TINY = 1e-150
_SINH_LIMIT = 600.0
_SERIES_BELOW = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GainSlopes:
    """d log g / d log of |B A x|, |x| and R, the first two divided by p^2 and u^2, which keeps them finite at 0.

    They add up to 0 because g has no unit.
    """

    by_output_over_p2: Tensor
    by_input_over_u2: Tensor
    by_radius: Tensor


def true_gain(u: Tensor, p: Tensor) -> Tensor:
    """g(u, p) without a cap, inf where float64 ends; p = 0 gives sinh(u)/u, the limit of a vanishing update."""
    u, p = u.clamp(min=_TINY), p.clamp(min=_TINY)
    within = u.clamp(max=_SINH_LIMIT)  # beyond it sinh grows by e^(u - limit) and arsinh t by u - limit
    t = torch.sinh(within).mul_(p).div_(u)
    return torch.asinh(t).add_(u - within).div_(p)


def gain(u: Tensor, p: Tensor) -> Tensor:
    """g(u, p), at most `GAIN_CAP`."""
    return true_gain(u, p).clamp_(max=GAIN_CAP)


def gain_number(u: float, p: float) -> float:
    """`gain` for one token in plain Python, which decoding prefers to a dozen tensor operations."""
    u, p = max(u, _TINY), max(p, _TINY)
    within = min(u, _SINH_LIMIT)
    return min((math.asinh(math.sinh(within) * p / u) + (u - within)) / p, GAIN_CAP)


def gain_slopes(u: Tensor, p: Tensor, g: Tensor) -> GainSlopes:
    """The three slopes of the gain without its cap, given its value g.

    In terms of w = g p they are rho - 1, rho (kappa - 1) and 1 - rho kappa with rho = tanh(w)/w and kappa = u coth u.
    """
    z = torch.stack((u, g * p))
    squares = z * z
    excess = _coth_excess_over_square(z, squares)
    (rest_u, rest_w), (by_u2, by_w2) = (excess * squares).unbind(0), excess.unbind(0)
    rho = torch.reciprocal(1.0 + rest_w)
    return GainSlopes(
        by_output_over_p2=(rho * by_w2).mul_(g).mul_(g).neg_(), by_input_over_u2=rho * by_u2, by_radius=rho * (rest_w - rest_u)
    )


def _coth_excess_over_square(z: Tensor, squares: Tensor) -> Tensor:
    """(z coth z - 1)/z^2 for z >= 0, which is 1/3 at 0; a series where the difference would cancel."""
    series = 1 / 3 + squares * (-1 / 45 + squares * (2 / 945 - squares / 4725))
    return torch.where(z > _SERIES_BELOW, (z / torch.tanh(z) - 1.0) / squares, series)
