"""Shortening gradients: of each adapted layer by itself, so that one layer with a huge gradient does not keep the others from learning."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

_ROUNDING = 1e-6  # as torch.nn.utils.clip_grad_norm_ has it


@torch.no_grad()
def shorten(groups: Sequence[Sequence[nn.Parameter]], longest: float) -> tuple[float, ...]:
    """Scale the gradients of every group whose common norm is above `longest` down to it; returns the norms before that.

    A group without a gradient has norm 0. What is not finite is left as it is, for the caller to see.
    """
    gradients = [[p.grad for p in group if p.grad is not None] for group in groups]
    flat = [gradient for group in gradients for gradient in group]
    if not flat:
        return (0.0,) * len(groups)
    sizes = torch.stack([size.double() for size in torch._foreach_norm(flat)]).square_()
    owner = torch.tensor([i for i, group in enumerate(gradients) for _ in group], device=sizes.device)
    norms = torch.zeros(len(groups), dtype=torch.float64, device=sizes.device).index_add_(0, owner, sizes).sqrt_().tolist()
    for group, norm in zip(gradients, norms, strict=True):
        if longest < norm < float("inf"):
            torch._foreach_mul_(group, longest / (norm + _ROUNDING))
    return tuple(norms)
