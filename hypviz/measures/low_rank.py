"""How much of a matrix its strongest directions hold: was a difference of weights made by few of them?

In: a matrix (n, m), whole or by rows. Out: its energy |D|^2 and the squares of its largest singular values, all of them up to `EXACT` of
the shorter side, the `STRONGEST` beyond, found by random projection with two power iterations (Halko, Martinsson and Tropp, SIAM Review 53,
2011; their shares are then at least what is said). Nothing here knows models or files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

EXACT = 1536  # the shorter side up to which all singular values are found: seconds a matrix
STRONGEST, MORE = 256, 32  # directions kept of a larger matrix, and those that are looked for besides
_POWERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """`energy` is |D|^2, `squares` (k,) the squares of the largest singular values in descending order, of `n` that there are."""

    energy: float
    squares: Float64[np.ndarray, " k"]
    n: int

    def share(self, rank: int) -> float:
        """The share of the energy in the best approximation of that rank, in [0, 1]; 0 where there is no energy."""
        return min(1.0, float(self.squares[:rank].sum()) / self.energy) if self.energy else 0.0

    @property
    def effective_rank(self) -> float | None:
        """(sum s^2)^2 / sum s^4 over singular values s; what the strongest leave is taken as spread evenly. None without energy."""
        if not self.energy:
            return None
        others = self.n - len(self.squares)
        rest = max(0.0, self.energy - float(self.squares.sum())) if others else 0.0
        return self.energy**2 / (float((self.squares**2).sum()) + (rest**2 / others if others else 0.0))

    def rank_that_leaves(self, rest: float) -> int | None:
        """The least rank whose best approximation leaves an energy of at most `rest`; None where those that were found leave more."""
        left = self.energy - np.concatenate([[0.0], np.cumsum(self.squares)])
        found = np.flatnonzero(left <= rest)
        return int(found[0]) if found.size else None


def nothing(n: int) -> Spectrum:
    """The spectrum of zeros whose shorter side is `n`."""
    return Spectrum(energy=0.0, squares=np.zeros(min(n, STRONGEST)), n=n)


class Gram:
    """D^T D of a matrix that comes by rows, (m, m) in float64."""

    def __init__(self, m: int) -> None:
        self._sum = np.zeros((m, m))
        self._n = 0

    def add(self, rows: Float32[np.ndarray, "n m"]) -> None:
        """Some more rows."""
        moved = rows[rows.any(axis=1)].astype(np.float64)
        self._n += len(rows)
        if len(moved):
            self._sum += moved.T @ moved

    def spectrum(self) -> Spectrum:
        """Of all rows so far."""
        squares = np.linalg.eigvalsh(self._sum)[::-1].clip(min=0.0) if self._sum.any() else np.zeros(len(self._sum))
        n = min(self._n, len(self._sum))
        return Spectrum(energy=float(np.trace(self._sum)), squares=squares[:n], n=n)


def spectrum(matrix: Float32[np.ndarray, "n m"], *, seed: int = 0) -> Spectrum:
    """The spectrum of a whole matrix; `seed` plays a part beyond `EXACT` only."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    if tall.shape[1] <= EXACT:
        gram = Gram(tall.shape[1])
        gram.add(tall)
        return gram.spectrum()
    energy = float(np.einsum("ij,ij->", tall, tall, dtype=np.float64))
    start = np.random.default_rng(seed).standard_normal((tall.shape[1], STRONGEST + MORE), dtype=np.float32)
    basis = np.linalg.qr(tall @ start)[0]
    for _ in range(_POWERS):
        basis = np.linalg.qr(tall @ np.linalg.qr(tall.T @ basis)[0])[0]
    values = np.linalg.svd(basis.T @ tall, compute_uv=False)[:STRONGEST].astype(np.float64)
    return Spectrum(energy=energy, squares=values**2, n=tall.shape[1])
