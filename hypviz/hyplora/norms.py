"""|x| and |B A x| of every token in float64, because the gain amplifies an error of |x| u times.

Layers that read the same x (query, key and value projections do) share one computation of |x|.
"""

from __future__ import annotations

import threading
import weakref
from typing import cast

import torch
from jaxtyping import Float, Float64
from torch import Tensor

_CHUNK = 65_536  # numbers at a time, so that their float64 copy stays in a core's cache


class _Last(threading.local):
    """The tensor measured last in this thread, at which version, in which dtype and shape, and its norms."""

    tensor: weakref.ref[Tensor] | None = None
    state: tuple[int, torch.dtype, torch.Size] | None = None
    norms: Tensor | None = None


_LAST = _Last()


def has_float64(device: torch.device) -> bool:
    """Whether the device knows float64; Apple's does not."""
    return device.type != "mps"


def in_float64(tensor: Float[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    """The numbers in float64, on the CPU where their device does not know it."""
    return tensor.double() if has_float64(tensor.device) else tensor.cpu().double()


def norms(rows: Float[Tensor, "n d"]) -> Float64[Tensor, " n"]:
    """|row| in float64 (n,) for rows (n, d) of any dtype, on the CPU where their device does not know float64.

    There the squares are summed in float32, of rows scaled to a largest number of 1: relative error < 1e-6 for d <= 16,384.
    """
    if not has_float64(rows.device):
        largest = rows.abs().amax(dim=-1).float().clamp(min=torch.finfo(torch.float32).tiny)
        scaled = cast("Tensor", torch.linalg.vector_norm(rows.float() / largest[:, None], dim=-1))
        return in_float64(scaled) * in_float64(largest)
    if rows.dtype is torch.float64 or rows.device.type != "cpu" or rows.numel() <= _CHUNK:
        return torch.linalg.vector_norm(rows, dim=-1, dtype=torch.float64)
    chunks = rows.split(max(1, _CHUNK // rows.shape[-1]))
    return torch.cat([torch.linalg.vector_norm(chunk, dim=-1, dtype=torch.float64) for chunk in chunks])


def shared_norms(x: Float[Tensor, "*batch d"], rows: Float[Tensor, "n d"]) -> Float64[Tensor, " n"]:
    """`norms` of `rows`, which are those of `x` in the dtype of the products, without a graph; remembered until x changes or goes.

    What `.data` or a numpy array that shares the memory changes, no version counts: the first and the last row are measured anew
    and must agree. Not remembered in float64, where numerical differentiation changes one number at a time, nor for a single row.
    """
    if torch.compiler.is_compiling() or x.dtype is torch.float64 or len(rows) < 2 or x.is_inference():  # the compiler cannot trace the last
        return norms(rows.detach())
    last, state = _LAST, (x._version, rows.dtype, rows.shape)
    if last.tensor is not None and last.tensor() is x and last.state == state and last.norms is not None and _agree(rows, last.norms):
        return last.norms
    last.norms = norms(rows.detach())
    last.tensor, last.state = weakref.ref(x), state
    return last.norms


def _agree(rows: Tensor, sizes: Tensor) -> bool:
    ends = [0, len(rows) - 1]
    return rows.device.type != "cpu" or torch.equal(norms(rows.detach()[ends]), sizes[ends])  # elsewhere it would wait for the device


def norms_through(gram: Float64[Tensor, "r r"], low: Float64[Tensor, "n r"]) -> Float64[Tensor, " n"]:
    """|B low_i| for each row of the float64 `low` (n, r), through the Gram matrix of B; rounding below 0 counts as 0."""
    return torch.linalg.vecdot(low @ gram, low).clamp_(min=0.0).sqrt_()


def gram_matrix(B: Float[Tensor, "k r"]) -> Float64[Tensor, "r r"]:
    """B^T B (r, r) in float64."""
    numbers = in_float64(B)
    return numbers.T @ numbers
