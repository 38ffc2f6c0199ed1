"""How many bytes one member needs in one step, measured as far as the device lets us.

On CUDA it is the peak of allocated memory during the member's own step, base model included. A CPU process has one peak for
everything, so there it is counted: the tensors that autograd keeps between forward and backward (each storage once, parameters
not counted) plus the adapter's weights, gradients and two AdamW moments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

MEASURED_CPU = "tensors kept for the backward pass, plus the adapter's weights, gradients and AdamW moments (base model not counted)"
MEASURED_CUDA = "peak of allocated GPU memory in one step, base model and both adapters included"
_COPIES = 4  # weight, gradient and two moments


@dataclass(slots=True)
class Kept:
    """Bytes that autograd kept."""

    n_bytes: int = 0


@contextmanager
def kept_for_backward(model: nn.Module) -> Iterator[Kept]:
    """Count the storages that a forward pass inside the block saves for its backward pass."""
    parameters = {p.untyped_storage().data_ptr() for p in model.parameters()}
    seen: dict[int, int] = {}
    alive: list[Tensor] = []  # a freed storage's address could be given to another tensor and be missed

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            seen[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)
        return tensor

    kept = Kept()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        yield kept
    kept.n_bytes = sum(seen.values())


def adapter_bytes(parameters: list[nn.Parameter]) -> int:
    """Weights, gradients and moments of one adapter."""
    return _COPIES * sum(p.numel() * p.element_size() for p in parameters)
