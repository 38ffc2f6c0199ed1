"""The authors' first version of HypLoRA, forward only, for lessons; their later releases are variants in `hypviz.gains`."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import linear

_SMALLEST_NORM = 1e-7


def v1(x: Float[Tensor, "*batch d"], A: Float[Tensor, "r e"], B: Float[Tensor, "k s"]) -> Float[Tensor, "*batch k"]:
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
