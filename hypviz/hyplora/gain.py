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
_SERIES_BELOW = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GainSlopes:
    """d log g / d log of |B A x|, |x| and R; they add up to 0 because g has no unit."""

    by_output: Tensor
    by_input: Tensor
    by_radius: Tensor


def true_gain(u: Tensor, p: Tensor) -> Tensor:
    """g(u, p) without a cap, inf where float64 ends; p = 0 gives sinh(u)/u, the limit of a vanishing update."""
    u, p = u.clamp(min=_TINY), p.clamp(min=_TINY)
    t = torch.sinh(u).div_(u).mul_(p)
    tail = torch.log(p).sub_(torch.log(u)).add_(u)  # where sinh overflows (u > 710) arsinh t is log 2t and sinh u is e^u/2
    return torch.where(torch.isinf(t), tail, torch.asinh(t)).div_(p)


def gain(u: Tensor, p: Tensor) -> Tensor:
    """g(u, p), at most `GAIN_CAP`."""
    return true_gain(u, p).clamp_(max=GAIN_CAP)


def gain_number(u: float, p: float) -> float:
    """`gain` for one token in plain Python, which decoding prefers to a dozen tensor operations."""
    u, p = max(u, _TINY), max(p, _TINY)
    w = math.asinh(p * (math.sinh(u) / u)) if u < 350.0 else math.log(p) - math.log(u) + u
    return min(w / p, GAIN_CAP)


def gain_slopes(u: Tensor, p: Tensor, g: Tensor) -> GainSlopes:
    """The three slopes of `gain`, given its value g; 0 where it is capped, because there it is constant.

    In terms of w = g p they are rho - 1, rho (kappa - 1) and 1 - rho kappa with rho = tanh(w)/w and kappa = u coth u.
    """
    lead, rest = _coth_excess(torch.stack((u, g * p))).unbind(0)
    lag = rest / (1.0 + rest)  # 1 - rho
    free = g < GAIN_CAP
    return GainSlopes(
        by_output=torch.where(free, -lag, 0.0),
        by_input=torch.where(free, (1.0 - lag) * lead, 0.0),
        by_radius=torch.where(free, lag * (1.0 + lead) - lead, 0.0),
    )


def _coth_excess(z: Tensor) -> Tensor:
    """z coth(z) - 1 for z >= 0; a series where the difference would cancel."""
    s = z * z
    series = s * (1 / 3 + s * (-1 / 45 + s * (2 / 945)))
    return torch.where(z > _SERIES_BELOW, z / torch.tanh(z) - 1.0, series)
