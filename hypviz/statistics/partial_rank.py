"""Spearman's rank correlation of two variables with others held fixed, and its permutation p-value.

In: two vectors (n,) and the held variables (n, m). Out: a `PartialRank`, no unit. The held variables are taken out of the ranks
by least squares, that is, as far as ranks depend on ranks in a straight line: a strongly bent dependence leaves a rest, which a
large n finds. Observations are taken as exchangeable given the held variables. Does not say what causes what.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.statistics.chance import TIE
from hypviz.work import NOBODY, Work

_CHUNK = 1 << 18  # permuted values held in memory at once
_NOTHING_LEFT = 1e-9  # a residual this small beside the ranks it came from is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialRank:
    """`value` in [-1, 1] with its two-sided `p`, from `n` observations with `n_held` variables held fixed.

    95 % of the `n_permutations` permutations gave a value within plus or minus `chance`.
    """

    value: float
    p: float
    chance: float
    n: int
    n_held: int
    n_permutations: int


def partial_rank_correlation(
    x: np.ndarray,
    y: np.ndarray,
    held: np.ndarray,
    *,
    seed: int,
    n_permutations: int = 2000,
    work: Work = NOBODY,
) -> PartialRank | None:
    """Pearson correlation of the parts of the mid-ranks of `x` and `y` (n,) that the mid-ranks of `held` (n, m) do not explain.

    The p-value permutes the residuals of rank x and takes the held ranks out again before each correlation (Freedman and Lane,
    Journal of Business & Economic Statistics 1, 1983, with x as the response; the correlation is the same either way; compared
    with other schemes by Anderson and Robinson, Australian & New Zealand Journal of Statistics 43, 2001). It is
    (1 + as extreme) / (1 + permutations), exact for m = 0 and approximate otherwise. None where `held` leaves nothing of one
    rank. Raises `HypvizError` for unequal lengths, n < m + 4 or values that are not finite, and `Stopped`.
    """
    x, y, held = _checked(x, y, held, n_permutations)
    basis = _basis(held)
    rest_x, rest_y = _rest(_centred_midranks(x), basis), _rest(_centred_midranks(y), basis)
    if rest_x is None or rest_y is None:
        return None
    value = float(np.clip(rest_x @ rest_y, -1.0, 1.0))
    draws = _permuted(rest_x, rest_y, basis, np.random.default_rng(seed), n_permutations, work)
    as_extreme = int((np.abs(draws) >= abs(value) - TIE).sum())
    return PartialRank(
        value=value,
        p=(1 + as_extreme) / (1 + n_permutations),
        chance=float(np.quantile(np.abs(draws), 0.95)),
        n=x.size,
        n_held=held.shape[1],
        n_permutations=n_permutations,
    )


def _permuted(
    rest_x: np.ndarray,
    rest_y: np.ndarray,
    basis: np.ndarray,
    rng: np.random.Generator,
    n_permutations: int,
    work: Work,
) -> np.ndarray:
    """The correlation (n_permutations,) after each permutation of `rest_x`; both rests are of length 1 and centred.

    `rest_y` is free of the held ranks, so that taking them out of the permuted rest changes its length and not the product.
    A permutation that lies within the held ranks has no correlation and counts as 1, against an effect.
    """
    draws = np.empty(n_permutations)
    rows = max(1, _CHUNK // rest_x.size)
    for start in range(0, n_permutations, rows):
        if work.is_stopped:
            raise Stopped("The permutations were stopped before their p-value was known; start again when there is time.")
        m = min(rows, n_permutations - start)
        shuffled = rng.permuted(np.broadcast_to(rest_x, (m, rest_x.size)), axis=1)
        length = 1.0 - ((shuffled @ basis) ** 2).sum(axis=1)
        found = np.ones(m)
        np.divide(shuffled @ rest_y, np.sqrt(np.maximum(length, 0.0)), out=found, where=length > _NOTHING_LEFT)
        draws[start : start + m] = found
        work.report(start + m, n_permutations)
    return draws


def _checked(x: np.ndarray, y: np.ndarray, held: np.ndarray, n_permutations: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, held = (np.asarray(values, dtype=np.float64) for values in (x, y, held))
    if x.ndim != 1 or x.shape != y.shape or held.ndim != 2 or len(held) != x.size:
        raise HypvizError(
            "A partial correlation needs two vectors of one length n and held variables (n, m), "
            f"but got shapes {x.shape}, {y.shape} and {held.shape}; give one value of each for every observation."
        )
    if x.size < held.shape[1] + 4:
        raise HypvizError(
            f"A partial correlation with {held.shape[1]} variables held fixed needs at least {held.shape[1] + 4} observations, "
            f"but got {x.size}; add data or hold fewer fixed."
        )
    if not all(np.isfinite(values).all() for values in (x, y, held)):
        raise HypvizError("A partial correlation needs finite values, but some are NaN or infinite; leave those out and say so.")
    if n_permutations < 1:
        raise HypvizError(f"A p-value needs at least 1 permutation, but {n_permutations} were asked for; 2,000 is the usual number.")
    return x, y, held


def _centred_midranks(values: np.ndarray) -> np.ndarray:
    """Mid-ranks (n,) less their mean (n + 1) / 2."""
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(size) - size / 2 - values.size / 2)[group.ravel()]


def _basis(held: np.ndarray) -> np.ndarray:
    """Orthonormal columns (n, k) that span the centred mid-ranks of `held` (n, m); k < m where some repeat others or are constant."""
    ranks = np.stack([_centred_midranks(column) for column in held.T], axis=1) if held.shape[1] else np.empty((len(held), 0))
    ranks = ranks / np.maximum(np.linalg.norm(ranks, axis=0), 1.0)
    columns, size, _ = np.linalg.svd(ranks, full_matrices=False)
    return columns[:, size > _NOTHING_LEFT]


def _rest(ranks: np.ndarray, basis: np.ndarray) -> np.ndarray | None:
    """What least squares on an intercept and `basis` leaves of centred `ranks` (n,), scaled to length 1; None for nothing."""
    rest = ranks - basis @ (basis.T @ ranks)
    rest -= basis @ (basis.T @ rest)  # a second pass removes the rounding of the first
    length = float(np.linalg.norm(rest))
    return rest / length if length > _NOTHING_LEFT * max(1.0, float(np.linalg.norm(ranks))) else None
