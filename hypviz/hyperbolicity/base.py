"""Gromov's four-point hyperbolicity with a fixed base point, from a distance matrix.

In: a metric as a symmetric matrix D (n, n) with zero diagonal, any unit. Out: delta and the diameter in the same unit, and
their dimensionless ratio delta_rel = 2 delta / diameter in [0, 1], which is 0 for trees (arXiv 2410.04010v2, Section 3;
Gromov, *Hyperbolic groups*, 1987). With a fixed base point delta lies between half the four-point delta and all of it.
Does not measure distances itself and does not judge whether a value is small: see `chance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

from hypviz.errors import HypvizError, Stopped
from hypviz.hyperbolicity.checks import check_metric
from hypviz.hyperbolicity.four_point.delta import four_point_delta
from hypviz.hyperbolicity.four_point.loops import small as loops
from hypviz.hyperbolicity.four_point.quantised import base_excess
from hypviz.hyperbolicity.four_point.watch import Watch
from hypviz.records.statistics import Interval
from hypviz.work import NOBODY, Work

ONE_BASE, ALL_BASES = "base", "exact"
DEFINITIONS = (ONE_BASE, ALL_BASES)
STOPPED = "Stopped before the delta of every set was known; start again, or choose fewer points."
SMALL = 300  # points up to which the plain loop over all bases beats the search
FEW = 160  # points up to which one thread with row bounds is faster than two with quantised products


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeDelta:
    """`delta` and `diameter` in the unit of the distances; `delta_rel` = 2 delta / diameter, or None for a single point."""

    delta: float
    diameter: float
    delta_rel: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeDeltas:
    """The same for a stack of metrics, three vectors (m,); each metric has at least two different points."""

    delta: Float64[np.ndarray, " m"]
    diameter: Float64[np.ndarray, " m"]
    delta_rel: Float64[np.ndarray, " m"]


def gromov_products(D: Float[np.ndarray, "*m n n"], base: int = 0) -> Float[np.ndarray, "*m n n"]:
    """(x_i | x_j)_base = (d(i, base) + d(j, base) - d(i, j)) / 2, shape (n, n), or (m, n, n) for a stack of metrics."""
    return (D[..., :, base, None] + D[..., None, base, :] - D) / 2


def delta_at_base(D: Float[np.ndarray, "n n"], base: int = 0, *, device: str | None = None) -> float:
    """max over i, j of max_k min(G_ik, G_kj) - G_ij with the Gromov products G at `base`.

    Computed in float64; where two values differ by less than 1e-9 of the diameter either may be returned. Memory: 13 bytes n^2
    beside D. `device` (``cuda``, ``cuda:1``, ``cpu``) computes it by torch there, None by compiled loops on the CPU. Raises
    `HypvizError` for a matrix that is no metric's, a base that is no point, and a device that is not there or has too little memory.
    """
    D = np.ascontiguousarray(D, dtype=np.float64)
    check_metric(D, Watch())
    if not 0 <= base < D.shape[0]:
        raise HypvizError(f"The base point {base} is not among the {D.shape[0]} points; choose an index from 0 to {D.shape[0] - 1}.")
    if device is None:
        return base_delta(D, base)
    from hypviz.hyperbolicity.four_point.on_torch import largest_excess  # brings torch

    return largest_excess(D, base, device) / 2.0


def base_delta(D: Float64[np.ndarray, "n n"], base: int = 0, *, work: Work = NOBODY) -> float:
    """The same for a matrix made a moment ago, which is not checked again; raises `Stopped`."""
    n = len(D)
    if n < 4:
        return 0.0  # three points always embed in a tree
    if n <= FEW:  # the small loop has its base first
        order = np.concatenate([[base], np.delete(np.arange(n), base)])
        return float(relative_deltas(D[None, order[:, None], order]).delta[0])
    return base_excess(D, np.arange(n), base, 0.0, watch=Watch(work=work)).best / 2.0


def relative_delta(D: Float[np.ndarray, "n n"], base: int = 0, *, device: str | None = None) -> RelativeDelta:
    """delta at `base`, the diameter, and their ratio; `device` as in `delta_at_base`."""
    delta, diameter = delta_at_base(D, base, device=device), float(np.max(D))
    return RelativeDelta(delta=delta, diameter=diameter, delta_rel=2 * delta / diameter if diameter > 0 else None)


def relative_deltas(D: Float[np.ndarray, "m n n"], definition: str = ONE_BASE, *, work: Work = NOBODY) -> RelativeDeltas:
    """delta of each metric of a stack that was made a moment ago and is therefore not checked; raises `Stopped`.

    `definition` is ``base`` (point 0) or ``exact`` (the four-point delta, all base points; for n beyond `SMALL` up to 1e-8 of the
    diameter).
    """
    if definition not in DEFINITIONS:
        raise HypvizError(f"There is no definition {definition!r} of delta; choose one of {', '.join(DEFINITIONS)}.")
    D = np.ascontiguousarray(D, dtype=np.float64)
    n, found = D.shape[1], np.zeros((len(D), 2))
    if n < 4 or n > (SMALL if definition == ALL_BASES else FEW):
        found[:, 0] = [2.0 * _large(metric, definition, work) for metric in D]
        found[:, 1] = D.max(axis=(1, 2), initial=0.0)
    elif definition == ALL_BASES:
        with Watch(work=work).alone():
            loops.stacked_everywhere(D, found)
    else:
        loops.stacked(D, found)
    delta, diameter = found[:, 0] / 2.0, found[:, 1]
    ratio = np.divide(2.0 * delta, diameter, out=np.zeros_like(delta), where=diameter > 0)
    return RelativeDeltas(delta=delta, diameter=diameter, delta_rel=ratio)


def base_spread(D: Float[np.ndarray, "n n"], *, work: Work = NOBODY) -> Float64[np.ndarray, " n"]:
    """delta with each point as the base; a small or middling metric made a moment ago. Raises `Stopped`."""
    D, n = np.ascontiguousarray(D, dtype=np.float64), len(D)
    if n < 4:
        return np.zeros(n)
    found = np.empty(n)
    if n > FEW:
        for base in range(n):
            work.check()
            found[base] = base_delta(D, base, work=work)
        return found
    with Watch(work=work).alone():
        loops.per_base(D, found)
    return found / 2.0


def average_delta(D: Float[np.ndarray, "n n"], *, seed: int, n_quadruples: int = 200_000, level: float = 0.95) -> Interval:
    """Mean delta over random quadruples of different points, with its normal interval; D made a moment ago, n >= 4."""
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(D), size=(2 * n_quadruples, 4))
    ordered = np.sort(picks, axis=1)
    picks = picks[(np.diff(ordered, axis=1) > 0).all(axis=1)][:n_quadruples]
    found = np.empty(len(picks))
    with Watch().alone():
        loops.sampled_quadruples(np.ascontiguousarray(D, dtype=np.float64), picks, found)
    mean, half = float(found.mean()), float(norm.ppf(0.5 + level / 2) * found.std(ddof=1) / np.sqrt(found.size))
    method = f"mean over {found.size:,} random quadruples, seed {seed}"
    return Interval(value=mean, low=mean - half, high=mean + half, n=found.size, level=level, method=method)


def _large(D: Float64[np.ndarray, "n n"], definition: str, work: Work) -> float:
    if definition == ONE_BASE:
        return base_delta(D, work=work)
    found = four_point_delta(D, checked=True, work=work)
    if not found.exact:
        raise Stopped(STOPPED)
    return found.lower
