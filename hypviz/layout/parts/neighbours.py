"""Nearest neighbours, exact and in blocks: by cosine of the centred rows, by hyperbolic distance in the disk, and by angle alone.

In: rows (n, d) float32 or polar points (n,). Out: indices (m, k) int32 of the k nearest other rows of m queries, nearest first.
Memory is bounded by `BLOCK` numbers a block. Equal distances are taken in row order as far as the partition sees them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int, Int32

from hypviz.errors import HypvizError
from hypviz.layout.parts.principal import principal_axes
from hypviz.records.rows import Rows
from hypviz.work import NOBODY, Work

BLOCK = 2_000_000  # numbers of a block
LARGE = 100_000_000  # pairs from which on it is worth to have the loops over them compiled
Keys = Callable[[Int[np.ndarray, " m"]], Float[np.ndarray, "m n"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CentredUnits:
    """`rows` (n, d) less their mean (and what else was taken off), of length 1 or, for the `n_zero` that have no direction, 0.

    `largest` is the largest magnitude of a number in the rows as they were.
    """

    rows: Float32[np.ndarray, "n d"]
    n_zero: int
    largest: float


def centred_units(values: Rows | Float[np.ndarray, "n d"], *, without: int = 0, work: Work = NOBODY) -> CentredUnits:
    """Rows minus their mean, and `without` their first so many principal components, scaled to length 1 in float32.

    A few directions that all rows share make hubs of the rows that point there; without them what sets words apart is left (Mu and
    Viswanath, All-but-the-top, ICLR 2018). Rows are read once, in blocks, and held once. Raises `HypvizError` if a row is not finite,
    and `Stopped`.
    """
    n, step = len(values), max(1, BLOCK // max(values.shape[1], 1))
    centred, length = np.empty((n, values.shape[1]), dtype=np.float32), np.empty((n, 1), dtype=np.float32)
    mean, largest = _read_into(centred, values, step)
    source = values if getattr(values, "dtype", None) == np.float64 else centred
    for start in range(0, n, step):  # in float64, of which a large table has no room for a copy
        centred[start : start + step] = source[start : start + step] - mean
    if without:
        axes = principal_axes(centred, without, work=work)
        for start in range(0, n, step):
            centred[start : start + step] -= (centred[start : start + step] @ axes) @ axes.T
    for start in range(0, n, step):
        length[start : start + step] = np.linalg.norm(centred[start : start + step], axis=1, keepdims=True)
    # what rounding leaves of a row that equals the mean is no direction
    zero = length[:, 0] <= 1e-6 * largest
    centred /= np.where(zero[:, None], 1.0, length)
    centred[zero] = 0.0
    return CentredUnits(rows=centred, n_zero=int(zero.sum()), largest=largest)


def _read_into(
    held: Float32[np.ndarray, "n d"], values: Rows | Float[np.ndarray, "n d"], step: int
) -> tuple[Float64[np.ndarray, " d"], float]:
    """Fill `held` with the rows, `step` at a time; their mean, and the largest magnitude. `HypvizError` for rows that are not finite."""
    total, largest, bad, first = np.zeros(held.shape[1]), 0.0, 0, -1
    for start in range(0, len(held), step):
        block = values[start : start + step]
        broken = np.flatnonzero(~np.isfinite(block).all(axis=1))
        if broken.size:
            bad, first = bad + len(broken), start + int(broken[0]) if first < 0 else first
        held[start : start + step] = block
        if not bad:
            total = np.concatenate([total[None], block]).sum(axis=0)  # one row after the other, as one sum over all of them
            largest = max(largest, float(block.max(initial=0.0)), -float(block.min(initial=0.0)))
    if bad:
        raise _not_finite(bad, first)
    return total / max(len(held), 1), largest


def check_finite(values: Float[np.ndarray, "n d"], first: int) -> None:
    """Raise `HypvizError` for rows that are not finite; `first` is the number of the first one."""
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if bad.size:
        raise _not_finite(bad.size, first + int(bad[0]))


def _not_finite(n: int, first: int) -> HypvizError:
    return HypvizError(f"{n} embedding rows hold NaN or infinity, the first is row {first}; repair the model's weights.")


def nearest_by_cosine(
    units: Float32[np.ndarray, "n d"], query: Int[np.ndarray, " m"], *, k: int, work: Work = NOBODY
) -> Int32[np.ndarray, "m k"]:
    """The k rows of largest cosine for every query row, itself left out; k is cut to n - 1. Raises `Stopped`."""
    return _nearest(len(units), query, k, lambda rows: -(units[rows] @ units.T), work)


def nearest_in_disk(
    rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"], query: Int[np.ndarray, " m"], *, k: int, work: Work = NOBODY
) -> Int32[np.ndarray, "m k"]:
    """The k rows of smallest hyperbolic distance for every query row, itself left out; k is cut to n - 1. Raises `Stopped`."""
    if len(query) * len(rho) > LARGE:
        return _all_in_disk(rho, theta, query, min(k, len(rho) - 1), work)
    return _nearest(len(rho), query, k, disk_keys(rho, theta), work)


def _all_in_disk(
    rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"], query: Int[np.ndarray, " m"], k: int, work: Work
) -> Int32[np.ndarray, "m k"]:
    """By a tree over the drawing, and by looks at all points where that is not sure."""
    from hypviz.layout.parts.disk_neighbours import FARTHEST, nearest_by_tree

    if rho.max() > FARTHEST:
        return _one_by_one(rho, theta, query, k, work)
    found, sure = nearest_by_tree(rho, theta, query, k, work)
    if not sure.all():
        found[~sure] = _one_by_one(rho, theta, query[~sure], k, work.part(0.0))
    return found


def _one_by_one(
    rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"], query: Int[np.ndarray, " m"], k: int, work: Work
) -> Int32[np.ndarray, "m k"]:
    from hypviz.layout.parts.neighbour_kernels import nearest_of_all

    root, found = np.sqrt(2.0 * np.sinh(rho)), np.empty((len(query), k), dtype=np.int32)
    grown, shrunk = np.exp(rho / 2.0), np.exp(-rho / 2.0)
    sine, cosine = root * np.sin(theta / 2.0), root * np.cos(theta / 2.0)
    step = max(1, LARGE // len(rho))
    for start in range(0, len(query), step):
        work.check()
        nearest_of_all(grown, shrunk, sine, cosine, query[start : start + step], found[start : start + step])
        work.report(min(start + step, len(query)), len(query))
    return found


def disk_keys(rho: Float64[np.ndarray, " n"], theta: Float64[np.ndarray, " n"]) -> Keys:
    """From row numbers (m,) to keys (m, n) that grow with the hyperbolic distance from these rows to every row.

    The key is sinh^2(d/2) as in `hypviz.geometry.polar.half_sinh_squared`, its two squares written as products of rank 2.
    """
    grown, root = np.exp(rho / 2.0), np.sqrt(np.sinh(rho))
    sine, cosine = root * np.sin(theta / 2.0), root * np.cos(theta / 2.0)
    radial = np.stack([1.0 / grown, -grown]) / 2.0
    across = np.stack([cosine, -sine])

    def keys(rows: Int[np.ndarray, " m"]) -> Float64[np.ndarray, "m n"]:
        first = np.stack([grown[rows], 1.0 / grown[rows]], axis=1) @ radial
        second = np.stack([sine[rows], cosine[rows]], axis=1) @ across
        first *= first
        second *= second
        first += second
        return first

    return keys


def nearest_by_angle(theta: Float64[np.ndarray, " n"], query: Int[np.ndarray, " m"], *, k: int) -> Int32[np.ndarray, "m k"]:
    """The k rows of smallest angle from every query row, itself left out; k is cut to n - 1. They lie within k places on the circle."""
    n = len(theta)
    k = min(k, n - 1)
    order = np.argsort(theta, kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    away = np.arange(1, n) if n - 1 <= 2 * k else np.r_[np.arange(-k, 0), np.arange(1, k + 1)]
    beside = order[(place[query][:, None] + away) % n]
    gap = np.abs(np.remainder(theta[beside] - theta[query][:, None] + np.pi, 2.0 * np.pi) - np.pi)
    first = np.argsort(gap, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(beside, first, axis=1).astype(np.int32)


def _nearest(n: int, query: Int[np.ndarray, " m"], k: int, keys: Keys, work: Work) -> Int32[np.ndarray, "m k"]:
    k = min(k, n - 1)
    found = np.empty((len(query), k), dtype=np.int32)
    step = max(1, BLOCK // n)
    for start in range(0, len(query), step):
        work.check()
        rows = query[start : start + step]
        key = keys(rows)
        key[np.arange(len(rows)), rows] = np.inf
        part = np.argpartition(key, k - 1, axis=1)[:, :k] if k < n - 1 else np.argsort(key, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(key, part, axis=1), axis=1, kind="stable")
        found[start : start + step] = np.take_along_axis(part, order, axis=1)
        work.report(min(start + step, len(query)), len(query))
    return found
