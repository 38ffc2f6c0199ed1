"""The hyperbolic plane written from its definition with mpmath, 60 digits: the judge where float64 and geoopt give up."""

from __future__ import annotations

import mpmath
import numpy as np

DIGITS = 60


def disk(rho: float, theta: float) -> mpmath.mpc:
    """The point of the unit disk at dimensionless radius rho."""
    return mpmath.tanh(mpmath.mpf(rho) / 2) * mpmath.expj(mpmath.mpf(theta))


def distance(z: mpmath.mpc, w: mpmath.mpc) -> mpmath.mpf:
    """arcosh(1 + 2|z-w|^2 / ((1-|z|^2)(1-|w|^2))), the definition, dimensionless."""
    gap = 2 * abs(z - w) ** 2 / ((1 - abs(z) ** 2) * (1 - abs(w) ** 2))
    return mpmath.acosh(1 + gap)


def moved(z: mpmath.mpc, p: mpmath.mpc) -> mpmath.mpc:
    """(z - p) / (1 - conj(p) z)."""
    return (z - p) / (1 - mpmath.conj(p) * z)


def polar_cases(seed: int, n: int, largest: float) -> np.ndarray:
    """(n, 4) rows rho, theta, rho', theta': radii uniform up to `largest`, angles near and far, and the awkward ones."""
    rng = np.random.default_rng(seed)
    rho = rng.uniform(0.0, largest, size=(n, 2))
    theta = rng.uniform(-np.pi, np.pi, size=(n, 2))
    near = rng.random(n) < 0.5
    theta[near, 1] = theta[near, 0] + rng.normal(size=near.sum()) * np.exp(-rho[near].max(axis=1) / 2)
    rows = np.stack([rho[:, 0], theta[:, 0], rho[:, 1], theta[:, 1]], axis=1)
    awkward = [(0.0, 0.3, largest, 1.0), (largest, 0.0, largest, np.pi), (largest, 0.2, largest, 0.2), (1e-9, 0.0, largest, 2.0)]
    return np.concatenate([rows, np.array(awkward)])
