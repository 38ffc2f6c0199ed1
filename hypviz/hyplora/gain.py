"""The scalar gain of HypLoRA, per token, in float64.

With u = |x|/R and p = |B A x|/R the exact map of arXiv 2410.04010v2 (eqs. 5 to 8, radial at the origin) is LoRA times

    g(u, p) = arsinh(p sinhc(u)) / p,      sinhc(u) = sinh(u)/u,

which is arsinh(q sinh u)/(q u) with q = p/u. In: float64 tensors u, p >= 0 of one shape. Out: the gain and its logarithmic
slopes. Everything is computed in log space, so that no intermediate value overflows. Relative error below 1e-12 wherever the
gain is below `GAIN_CAP`. Does not know about weights, tokens or dtypes of a model: that is `closed_form`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

GAIN_CAP = 1e16  # only reached for u > 36 together with an output that is exactly or almost 0; probes count such tokens
_LOG_CAP = math.log(GAIN_CAP)
_LOG_TAIL = 20.0  # for t > e^20 arsinh(t) equals log(2 t) to within 1e-17
_SERIES_BELOW = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class GainSlopes:
    """d log g / d log of |B A x|, |x| and R; they add up to 0 because g has no unit."""

    by_output: Tensor
    by_input: Tensor
    by_radius: Tensor


def log_sinhc(u: Tensor) -> Tensor:
    """log(sinh(u)/u) for u >= 0, absolute error below 1e-15 (1 + u), no overflow."""
    safe = torch.where(u > 0, u, 1.0)
    return torch.where(u > 0, safe + torch.log(-torch.expm1(-2.0 * safe) / (2.0 * safe)), 0.0)


def log_gain(u: Tensor, p: Tensor) -> Tensor:
    """log g(u, p), without the cap; p = 0 gives log sinhc(u), the limit of a vanishing output."""
    stretch = log_sinhc(u)
    log_p = torch.log(p)
    log_t = log_p + stretch
    t = torch.exp(log_t.clamp(max=_LOG_TAIL))
    safe = torch.where(t > 0, t, 1.0)
    body = stretch + torch.where(t > 0, torch.log(torch.asinh(safe) / safe), 0.0)
    tail = torch.log(log_t.clamp(min=1.0) + math.log(2.0)) - log_p
    return torch.where(log_t > _LOG_TAIL, tail, body)


def gain(u: Tensor, p: Tensor) -> Tensor:
    """g(u, p), at most `GAIN_CAP` so that fp32 gradients stay finite; `is_capped` tells where."""
    return torch.exp(log_gain(u, p).clamp(max=_LOG_CAP))


def is_capped(u: Tensor, p: Tensor) -> Tensor:
    """True where the true gain exceeds `GAIN_CAP`."""
    return log_gain(u, p) > _LOG_CAP


def gain_slopes(u: Tensor, p: Tensor) -> GainSlopes:
    """The three logarithmic slopes of `gain`; 0 where it is capped, because there it is constant.

    With t = p sinhc(u), rho = t/(sqrt(1+t^2) arsinh t) and kappa = u coth u they are rho - 1, rho (kappa - 1) and 1 - rho kappa.
    """
    free = log_gain(u, p) <= _LOG_CAP
    lag, lead = _one_minus_rho(torch.log(p) + log_sinhc(u)), _kappa_minus_one(u)
    return GainSlopes(
        by_output=torch.where(free, -lag, 0.0),
        by_input=torch.where(free, (1.0 - lag) * lead, 0.0),
        by_radius=torch.where(free, lag * (1.0 + lead) - lead, 0.0),
    )


def _one_minus_rho(log_t: Tensor) -> Tensor:
    """1 - t/(sqrt(1+t^2) arsinh t) from log t; a series where the difference would cancel."""
    t = torch.exp(log_t.clamp(max=_LOG_TAIL))
    s = t * t
    series = s * (1 / 3 + s * (-2 / 15 + s * (8 / 105 + s * (-16 / 315 + s * (128 / 3465)))))
    safe = torch.where(t > _SERIES_BELOW, t, 1.0)
    excess = torch.where(t > _SERIES_BELOW, torch.sqrt(1.0 + safe * safe) * torch.asinh(safe) / safe - 1.0, series)
    tail = 1.0 - 1.0 / (log_t.clamp(min=1.0) + math.log(2.0))
    return torch.where(log_t > _LOG_TAIL, tail, excess / (1.0 + excess))


def _kappa_minus_one(u: Tensor) -> Tensor:
    """u coth(u) - 1; a series where the difference would cancel."""
    s = u * u
    series = s * (1 / 3 + s * (-1 / 45 + s * (2 / 945 + s * (-1 / 4725 + s * (2 / 93555)))))
    safe = torch.where(u > _SERIES_BELOW, u, 1.0)
    return torch.where(u > _SERIES_BELOW, safe / torch.tanh(safe) - 1.0, series)
