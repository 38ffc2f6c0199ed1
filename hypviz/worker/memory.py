"""How many bytes one member needs in one step, and the process at its largest, measured as far as the device lets us.

On CUDA a member's bytes are the peak of allocated memory during its own step, base model included. A CPU process has one peak for
everything, so there they are counted: the tensors that autograd keeps between forward and backward (each storage once, parameters
not counted) plus the adapter's weights, gradients and two AdamW moments. What the process itself took at its largest, libraries and
base model included, is the system's own number.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

MEASURED_CPU = "tensors kept for the backward pass, plus the adapter's weights, gradients and AdamW moments (base model not counted)"
MEASURED_CUDA = "peak of allocated GPU memory in one step, base model and both adapters included"
PEAK_CPU = "the training process at its largest: libraries, base model, adapters and the largest step"
PEAK_CUDA = "the largest amount of GPU memory that the training process had reserved"
_COPIES = 4  # weight, gradient and two moments


@dataclass(slots=True)
class Kept:
    """Bytes that autograd kept."""

    n_bytes: int = 0


@contextmanager
def kept_for_backward(model: nn.Module) -> Generator[Kept]:
    """Count the storages that a forward pass inside the block would keep for its backward pass, without keeping any.

    The graph made inside holds no tensor, so that the pass needs no more memory than one without gradients, and nothing can go
    backward through it (`RuntimeError`). A storage is known by a weak reference, which leaves its memory but not its name to others:
    an address could be given to the next tensor and be missed.
    """
    parameters = {StorageWeakRef(p.untyped_storage()) for p in model.parameters()}
    seen: dict[StorageWeakRef, int] = {}

    def pack(tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        reference = StorageWeakRef(storage)
        if reference not in parameters:
            seen[reference] = storage.nbytes()

    def unpack(_: None) -> Tensor:
        raise RuntimeError("A pass that was only counted has kept nothing to go backward with.")

    kept = Kept()
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        yield kept
    kept.n_bytes = sum(seen.values())


def adapter_bytes(parameters: list[nn.Parameter]) -> int:
    """Weights, gradients and moments of one adapter."""
    return _COPIES * sum(p.numel() * p.element_size() for p in parameters)


def process_peak(device: torch.device) -> int:
    """Bytes of this process at its largest so far: resident memory, or on a GPU what its allocator had reserved there."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    import resource

    if (own := _high_water_mark()) is not None:
        return own
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else 1024 * largest


def _high_water_mark() -> int | None:
    """Linux's own number for this program (proc_pid_status(5)): `getrusage` also counts the process that started it, before the exec."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), None)
