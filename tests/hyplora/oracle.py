"""HypLoRA at 60 digits, written from its definition: up with exp_o, low-rank product on the hyperboloid, down with log_o.

Nothing here uses the closed form that the package computes.
"""

from __future__ import annotations

import math

import torch
from mpmath import mp, mpf

DIGITS = 60


def gain(a: float | mpf, b: float | mpf, radius: float | mpf) -> mpf:
    """|log_o(LLR(exp_o(x)))| / |B A x| for |x| = a and |B A x| = b, along the radial directions; b = 0 gives the limit."""
    with mp.workdps(DIGITS):
        a, b, radius = mpf(a), mpf(b), mpf(radius)
        lifted = radius * mp.sinh(a / radius)  # |space part of exp_o(x)|
        if b == 0:
            return lifted / a if a else mpf(1)
        if a == 0:
            return mpf(1)
        moved = b / a * lifted
        return radius * mp.asinh(moved / radius) / b


def log_slopes(a: float, b: float, radius: float) -> tuple[mpf, mpf, mpf]:
    """d log g / d log of b, a and R, by differences at 60 digits."""
    with mp.workdps(DIGITS):
        step = mpf(10) ** -18
        values = (mpf(b), mpf(a), mpf(radius))

        def log_gain(shift: int, sign: int) -> mpf:
            moved = [value * mp.exp(sign * step) if i == shift else value for i, value in enumerate(values)]
            return mp.log(gain(moved[1], moved[0], moved[2]))

        return tuple((log_gain(i, 1) - log_gain(i, -1)) / (2 * step) for i in range(3))


def delta(x: torch.Tensor, A: torch.Tensor, B: torch.Tensor, *, radius: float) -> torch.Tensor:
    """The vector of shape (n, k), token by token, in float64."""
    rows = []
    with mp.workdps(DIGITS):
        for token in x.double().tolist():
            a = mp.sqrt(sum(mpf(value) ** 2 for value in token))
            lift = radius * mp.sinh(a / radius) / a if a else mpf(1)
            low = [sum(mpf(w) * mpf(v) for w, v in zip(row, token, strict=True)) * lift for row in A.double().tolist()]
            out = [sum(mpf(w) * v for w, v in zip(row, low, strict=True)) for row in B.double().tolist()]
            size = mp.sqrt(sum(v * v for v in out))
            down = radius * mp.asinh(size / radius) / size if size else mpf(1)
            rows.append([float(v * down) for v in out])
    return torch.tensor(rows, dtype=torch.float64)


def radius_of(c: float, d: int, variant: str) -> float:
    """R by definition: sqrt(d/c) or 1/sqrt(c)."""
    return math.sqrt(d / c) if variant == "exact" else 1 / math.sqrt(c)
