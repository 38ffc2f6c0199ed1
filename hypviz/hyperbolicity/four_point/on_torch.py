"""The max-min loops of `loops.products` and `quantised` once more, as torch operations on a named device: a GPU, or the CPU.

In: a checked metric D (n, n), a base, and the device's name, ``cuda``, ``cuda:1`` or ``cpu``. Out: the largest excess at the base in
float64, or upper bounds of the excess of every pair, both as twice a delta. Products P and their levels Q are made, compared and
refined on the device; the reason why levels may stand for products is in `loops.products`. Does not check D, and has no tie rule:
pairs that levels cannot tell apart are all computed in float64, many at once where they are many. On the device: `PAIR_BYTES` n^2 and
temporaries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from jaxtyping import Float32, Float64, Num

from hypviz.errors import HypvizError
from hypviz.hyperbolicity.checks import check_room

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Found = TypeVar("Found")
ROWS = 64  # points whose pairs are looked at together
ROOM = {"cuda": 64 << 20, "cpu": 4 << 20}  # bytes of one temporary of a product: about what a cache holds
PAIR_BYTES = 12  # a product in float64, its level in up to two bytes, and those of chosen columns once more
DENSE = 3  # a share of pairs beyond one in so many is faster computed with all the others than picked out


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceGrid:
    """Twice the products, P (n, n) float64, -inf on the diagonal, and their levels Q (n, n), 0 on the diagonal, as in `quantised.Grid`.

    reach (n,) is the largest P of each row; `room` is how many bytes a temporary may have.
    """

    P: Tensor
    Q: Tensor
    reach: Tensor
    low: float
    step: float
    slack: float
    room: int


def device_of(name: str) -> torch.device:
    """The device; `HypvizError` for a name that is none, and for a GPU that is not there."""
    import torch

    try:
        found = torch.device(name)
    except (RuntimeError, TypeError):
        found = None
    if found is None or found.type not in ROOM:
        raise HypvizError(f"There is no device {name!r} to compute on; choose cuda, cuda:1 or cpu, or none for the compiled loops.")
    if found.type == "cuda" and not torch.cuda.is_available():
        raise HypvizError(
            f"The device {name} needs a GPU and torch {torch.__version__} sees none; install torch for your GPU's driver, or leave the "
            "device out to use the compiled loops on the CPU."
        )
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise HypvizError(f"There is no GPU {name}; torch sees {torch.cuda.device_count()} of them, and cuda:0 is the first.")
    return found


def check_device(name: str, n: int, room: int | None = None) -> torch.device:
    """The device if it is there and `n` points fit, on the CPU into `room` bytes; `HypvizError` with the largest number that does."""
    device = device_of(name)
    if device.type == "cpu":
        check_room(n, PAIR_BYTES, room)
    elif n > _fitting(device):
        raise _too_many(n, device)
    return device


def max_min(one: Num[Tensor, "a m"], other: Num[Tensor, "b m"], room: int) -> Num[Tensor, "a b"]:
    """M[i, j] = max over k of min(one[i, k], other[j, k]) for (a, m) and (b, m), (a, b) in their type; temporaries of `room` bytes."""
    import torch

    (a, m), b, size = one.shape, len(other), one.element_size()
    wide = min(m, max(1, room // size))
    down = min(b, max(1, room // (size * wide)))
    high = min(a, max(1, room // (size * wide * down)))
    found = torch.empty((a, b), dtype=one.dtype, device=one.device)
    for i in range(0, a, high):
        for j in range(0, b, down):
            tile = found[i : i + high, j : j + down]
            for k in range(0, m, wide):
                least = torch.minimum(one[i : i + high, None, k : k + wide], other[None, j : j + down, k : k + wide])
                most = least.amax(dim=2)
                tile.copy_(torch.maximum(tile, most) if k else most)
    return found


def product_levels(D: Float64[np.ndarray, "n n"], base: int, device: torch.device, dtype: torch.dtype) -> DeviceGrid:
    """The products between all points at `base` at the resolution of an integer type."""
    import torch

    P = torch.tensor(D, device=device)
    from_base = P[base].clone()
    P.neg_().add_(from_base[:, None]).add_(from_base)
    low = float(P.fill_diagonal_(torch.inf).min())
    reach = P.fill_diagonal_(-torch.inf).amax(dim=1)
    high, top = float(reach.max()), float(torch.iinfo(dtype).max)
    slack = 16.0 * np.finfo(np.float64).eps * max(abs(low), abs(high), float(D[base].max()))
    step = max((high - low) / top, slack, 1e-300)
    room, Q = ROOM[device.type], torch.empty(P.shape, dtype=dtype, device=device)
    some = max(1, room // (8 * len(D)))
    for i in range(0, len(D), some):
        levels = (P[i : i + some] - low).mul_(1.0 / step)
        Q[i : i + some] = levels.clamp_(0.0, top)  # takes off what rounding adds, and makes the diagonal 0
    return DeviceGrid(P=P, Q=Q, reach=reach, low=low, step=step, slack=slack, room=room)


def excess_ends(grid: DeviceGrid, start: int, enough: float) -> Float64[Tensor, "rows columns"]:
    """Upper ends of the excess of `ROWS` points from `start` and the points from `start` on, (rows, n - start); -inf where j <= i.

    min(reach) - P is such an end, below 0 only by rounding; where it is above `enough` in any row, the levels are looked at too.
    """
    import torch

    P, reach = grid.P[start : start + ROWS, start:], grid.reach[start:]
    ends = torch.minimum(reach[: len(P), None], reach).sub_(P).clamp_(min=0.0).add_(grid.slack)
    ends.masked_fill_(torch.ones(ends.shape, dtype=torch.bool, device=ends.device).tril_(), -torch.inf)
    columns = (ends > enough).any(dim=0).nonzero()[:, 0]
    if columns.numel():
        level = max_min(grid.Q[start : start + ROWS], grid.Q[start:][columns], grid.room)
        by_level = level.to(torch.float64).add_(1.0).mul_(grid.step).add_(grid.low).add_(grid.slack).sub_(P[:, columns])
        ends[:, columns] = torch.minimum(ends[:, columns], by_level)
    return ends


def largest_excess(D: Float64[np.ndarray, "n n"], base: int, device: str) -> float:
    """The largest excess at `base` over pairs and third points of D, at least 0; exact in float64."""
    import torch

    def work(where: torch.device) -> float:
        if len(D) < 4:
            return 0.0  # three points always embed in a tree
        grid, best = product_levels(D, base, where, torch.uint8), 0.0
        for start in range(0, len(D) - 1, ROWS):
            best = _refined(grid, start, excess_ends(grid, start, best), best)
        return best

    return _in_memory(len(D), device, work)


def add_excess_bounds(
    D: Float64[np.ndarray, "n n"],
    base: int,
    enough: float,
    total: Float32[np.ndarray, "n n"],
    *,
    device: str,
    fine: bool,
    look: Callable[[], None],
) -> Float64[np.ndarray, "n 2"]:
    """Add to total[i, j] (i < j), float32, an upper bound of the excess of every pair at `base`; returns the largest per row and its j.

    As `loops.products.add_excess_bounds`; `fine` compares 15 bits instead of 8, and `look()` is called between rows and may raise.
    """
    import torch

    def work(where: torch.device) -> np.ndarray:
        grid, largest = product_levels(D, base, where, torch.int16 if fine else torch.uint8), np.zeros((len(D), 2))
        for start in range(0, len(D) - 1, ROWS):
            look()
            ends = excess_ends(grid, start, enough)
            most, at = (x.cpu().numpy() for x in ends.max(dim=1))
            largest[start : start + ROWS] = np.where(most > 0.0, [most, at + start], 0.0).T
            outwards = (ends + 1e-6 * ends.abs()).masked_fill_(ends == -torch.inf, 0.0)  # more than float32 takes away
            total[start : start + ROWS, start:] += outwards.to(torch.float32).cpu().numpy()
        return largest

    return _in_memory(len(D), device, work)


def _refined(grid: DeviceGrid, start: int, ends: Tensor, best: float) -> float:
    """The largest of `best` and the exact excesses of the pairs whose upper ends (rows, n - start) are beyond it."""
    top, at = ends.max(dim=1)
    i = (top > best).nonzero()[:, 0]
    if not i.numel():
        return best
    best = max(best, _exact(grid, start + i, start + at[i]))
    open_ = ends > best
    count = int(open_.sum())
    if count * DENSE > open_.numel():
        rows = grid.P[start : start + ROWS]
        return max(best, float((max_min(rows, grid.P[start:], grid.room) - rows[:, start:])[open_].max()))
    i, j = open_.nonzero(as_tuple=True)
    order = ends[i, j].argsort(descending=True)
    i, j, together = i[order], j[order], max(1, grid.room // (16 * len(grid.P)))
    for x in range(0, count, together):
        if float(ends[i[x], j[x]]) <= best:
            break
        best = max(best, _exact(grid, start + i[x : x + together], start + j[x : x + together]))
    return best


def _exact(grid: DeviceGrid, i: Tensor, j: Tensor) -> float:
    """The largest excess of some pairs in float64; the diagonal's -inf keeps a pair's own points from being the third."""
    import torch

    least = grid.P[i]
    torch.minimum(least, grid.P[j], out=least)
    return float((least.amax(dim=1) - grid.P[i, j]).max())


def _in_memory(n: int, name: str, work: Callable[[torch.device], Found]) -> Found:
    """What `work(device)` returns; `HypvizError` where the device has too little memory, before or while it runs."""
    import torch

    device = check_device(name, n)
    try:
        return work(device)
    except torch.OutOfMemoryError:
        pass  # only after this block is what the work held free again, and can be counted
    raise _too_many(n, device)


def _free(device: torch.device) -> int:
    """Bytes that torch can still have on a GPU."""
    import torch

    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + unused


def _fitting(device: torch.device) -> int:
    """The number of points for which a GPU has memory now."""
    return int((max(0, _free(device) - 3 * ROOM["cuda"]) / PAIR_BYTES) ** 0.5)


def _too_many(n: int, device: torch.device) -> HypvizError:
    return HypvizError(
        f"{n:,} points do not fit on {device}, which has {_free(device) / 1e9:,.1f} GB free; at most {min(n - 1, _fitting(device)):,} "
        "points fit, so take a sample of that size, or leave the device out to use the CPU."
    )
