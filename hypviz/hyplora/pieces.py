"""The whole weights of an adapter while processes hold them in pieces.

FSDP1 and DeepSpeed's ZeRO-3 gather the parameters of a module only while that module is called. The gain needs B itself and not only a
product with it, so a module in pieces is called with the unit matrix, whose product is its weight, exactly and with its gradient. Under
FSDP2 the block that is running has whole weights, and nothing is called.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


def whole_weight(module: nn.Module) -> Float[Tensor, "out in"]:
    """The weight (out, in) of the linear module A or B of an adapter, gathered where it is in pieces.

    A piece is flat, or nothing at all; a weight of two dimensions is whole, whatever rank a hot swap has given it.
    """
    weight = getattr(module, "weight", None)
    if isinstance(module, nn.Linear) and isinstance(weight, Tensor) and weight.ndim == 2:
        return weight
    some = next(module.parameters())
    unit = torch.eye(module.in_features, dtype=some.dtype, device=some.device)
    return module(unit).T
