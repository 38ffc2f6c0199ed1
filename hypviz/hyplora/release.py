"""The update as the authors' releases compute it, bug for bug, and their first version (lessons only).

Not the map of arXiv 2410.04010v2: the log map uses 1/K where the exp map uses K, which leaves a dead zone around 0 or a jump,
and the input scale n is not undone. Everything runs in float32 in the releases' order of operations, because the rounding is
part of what is reproduced. In: x (..., d), A (r, d), B (k, r). Out: (..., k), without LoRA's factor alpha/r. Use `closed_form`
for a HypLoRA that is what the paper says; these are for comparing.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import linear, softplus

RAW_CURVATURE = 1.0  # the releases' starting value of k
_SMALLEST_NORM = 1e-7
_LARGEST_ANGLE = 12.0
_NEAR_ONE = 1.01


def official(x: Tensor, A: Tensor, B: Tensor, *, k: Tensor, n: Tensor) -> Tensor:
    """The second release: K = softplus(k) + 1e-6, inputs divided by n, and a log map with 1/K in the time coordinate."""
    curvature = softplus(k.float()) + 1e-6
    root = curvature.sqrt()
    size = _size(x.float())
    angle = (size / n.float() / root).clamp(max=_LARGEST_ANGLE)
    lifted = root * torch.sinh(angle) * (x.float() / size)
    space = linear(linear(lifted, A.float()), B.float())
    size_out = _size(space)
    time = (space.square().sum(dim=-1, keepdim=True) + 1.0 / curvature).sqrt()
    ratio = time / root
    near = (2.0 * (ratio - 1.0).clamp(min=1e-6)).sqrt()
    far = torch.arccosh(ratio.clamp(min=1.0 + 1e-7))
    return (root * torch.where(ratio < _NEAR_ONE, near, far) * space / size_out).to(x.dtype)


def official_simplified(x: Tensor, A: Tensor, B: Tensor, *, k: Tensor) -> Tensor:
    """The release's short cut: two rational maps in place of exp and log, with the raw k."""
    raw, wide = k.float(), x.float()
    lifted = 2.0 * wide / (1.0 + raw * wide.square().sum(dim=-1, keepdim=True))
    space = linear(linear(lifted, A.float()), B.float())
    time = (space.square().sum(dim=-1, keepdim=True) + raw).sqrt()
    return (space / (1.0 + raw.abs().sqrt() * time)).to(x.dtype)


def v1(x: Tensor, A: Tensor, B: Tensor) -> Tensor:
    """The first version, forward only, on the hyperboloid of curvature -1: A (r, d+1) and B (k, r+1) act on time and space.

    Its norm parameter is frozen at 0, so every token is brought to norm 1 and the length of x is lost.
    """
    unit = x / _size(x)
    point = torch.cat([torch.cosh(_ones(unit)), torch.sinh(_ones(unit)) * unit], dim=-1)
    middle = linear(point, A)
    space = linear(torch.cat([_time(middle), middle], dim=-1), B)
    size_out = _size(space)
    return torch.asinh(size_out) * space / size_out


def _size(rows: Tensor) -> Tensor:
    return torch.linalg.vector_norm(rows, dim=-1, keepdim=True).clamp(min=_SMALLEST_NORM)


def _time(space: Tensor) -> Tensor:
    return (1.0 + space.square().sum(dim=-1, keepdim=True)).sqrt()


def _ones(rows: Tensor) -> Tensor:
    return torch.ones_like(rows[..., :1])
