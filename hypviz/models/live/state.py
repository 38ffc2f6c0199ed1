"""A model as it was before adapters were put on it: put back whole, and proved by a checksum of its weights.

PEFT's `unload` takes adapter layers out but leaves modules that an adapter saved whole, flags and marks, and nothing brings back
weights that an injection has rewritten. `ModelState` keeps what every module held, without copying a weight, and puts it back;
`checksum` says whether the weights themselves are the same bits as before.
"""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_BLOCK = 1024
_CHECKSUMS: weakref.WeakKeyDictionary[nn.Module, str] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What one object held: its attributes, and the content of those that are containers."""

    owner: Any
    attributes: dict[str, Any]
    contents: dict[str, Any]

    @classmethod
    def of(cls, owner: Any) -> _Held:
        attributes: dict[str, Any] = dict(vars(owner))
        contents: dict[str, Any] = {name: value.copy() for name, value in attributes.items() if isinstance(value, (dict, list, set))}
        return cls(owner=owner, attributes=attributes, contents=contents)

    def put_back(self) -> None:
        held: dict[str, Any] = vars(self.owner)
        held.clear()
        held.update(self.attributes)
        for name, content in self.contents.items():
            container = held[name]
            if isinstance(container, list):
                container[:] = content
            else:
                container.clear()
                container.update(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """Modules, hooks, flags and configuration of a model, and the tensors that are its weights (no copies of them)."""

    model: nn.Module
    held: tuple[_Held, ...]
    tensors: tuple[tuple[str, Tensor], ...]
    trained: tuple[tuple[nn.Parameter, bool], ...]

    @classmethod
    def of(cls, model: nn.Module) -> ModelState:
        """The state now; cheap, and independent of the model's size in bytes."""
        modules = list(model.modules())
        configs = {id(c): c for m in modules for n in ("config", "generation_config") if hasattr(c := vars(m).get(n), "__dict__")}
        return cls(
            model=model,
            held=tuple(_Held.of(owner) for owner in (*modules, *configs.values())),
            tensors=tuple(_weights(model)),
            trained=tuple((parameter, parameter.requires_grad) for parameter in model.parameters()),
        )

    def restore(self) -> None:
        """Every module, hook, flag and setting as it was; what came since is let go. Weights rewritten in place stay so."""
        for held in self.held:
            held.put_back()
        for parameter, flag in self.trained:
            parameter.requires_grad_(flag)

    @property
    def names(self) -> tuple[str, ...]:
        """The weights by name; an adapter's layers would add to them."""
        return tuple(name for name, _ in self.tensors)

    def checksum(self) -> str:
        """sha256 (hex) over the sums of the weights' bits in blocks; the same tensors are read wherever they hang meanwhile."""
        digest = hashlib.sha256()
        seen: dict[int, str] = {}
        for name, tensor in self.tensors:
            first = seen.setdefault(id(tensor), name)
            digest.update(f"{name} {first} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
            if first == name:
                for part in _bit_sums(tensor.detach()):
                    digest.update(part.tobytes())
        return digest.hexdigest()

    def first_checksum(self) -> str:
        """The checksum that this model had when it was first asked for: what it was before any adapter came."""
        if self.model not in _CHECKSUMS:
            _CHECKSUMS[self.model] = self.checksum()
        return _CHECKSUMS[self.model]


def _weights(model: nn.Module) -> list[tuple[str, Tensor]]:
    """Parameters and the buffers that are saved with them; other buffers a forward pass may rightly compute anew."""
    found: list[tuple[str, Tensor]] = []
    for path, module in model.named_modules(remove_duplicate=False):
        passing = module._non_persistent_buffers_set  # pyright: ignore[reportPrivateUsage]  # torch tells it in no other way
        found += [(f"{path}.{name}", value) for name, value in module.named_parameters(recurse=False, remove_duplicate=False)]
        buffers = module.named_buffers(recurse=False, remove_duplicate=False)
        found += [(f"{path}.{name}", value) for name, value in buffers if name not in passing]
    return found


def _bit_sums(tensor: Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The bits as words of 64 in rows of 1,024: the sum of every column, of every row, and the bytes left over.

    A weight that changes moves the sum of its row and of its column. A quarter of the time of hashing every byte; numpy on one
    thread, because torch's threads wait for each other at every one of hundreds of small sums where other work has the cores.
    """
    raw = tensor.cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    whole = raw.size // (8 * _BLOCK) * (8 * _BLOCK)
    words = raw[:whole].view(np.int64).reshape(-1, _BLOCK)
    return words.sum(0), words.sum(1), raw[whole:]
