"""The laws that every gain with a radius keeps, whatever its file: value and slopes by its definition at 60 digits, LoRA at c -> 0."""

from __future__ import annotations

import itertools

import pytest
import torch
from mpmath import mp, mpf

from hypviz.gains import RadialGain
from hypviz.hyplora.closed_form import closed_form

DIGITS = 60
SIZES = (1e-9, 1e-3, 0.019, 0.021, 0.7, 2.0, 8.0, 30.0)
RATIOS = (1e-12, 1e-3, 0.1, 0.999, 1.0, 2.0, 50.0)


def one(value: float) -> torch.Tensor:
    return torch.tensor([value], dtype=torch.float64)


def slopes_at(gain: RadialGain, u: float, p: float) -> tuple[float, float, float]:
    """d log g / d log of |B A x|, |x| and R."""
    found = gain.slopes(one(u), one(p), gain.gain(one(u), one(p)))
    return float(found.by_output_over_p2) * p * p, float(found.by_input_over_u2) * u * u, float(found.by_radius)


def true_slopes(gain: RadialGain, u: float, p: float) -> tuple[float, float, float]:
    """The same by differences at 60 digits; u goes with |x|/R and p with |B A x|/R."""
    with mp.workdps(DIGITS):
        step = mpf(10) ** -18

        def log_gain(du: int, dp: int, sign: int) -> mpf:
            return mp.log(gain.formula(mpf(u) * mp.exp(sign * du * step), mpf(p) * mp.exp(sign * dp * step), mp))

        moves = ((0, 1), (1, 0), (-1, -1))
        by = [(log_gain(du, dp, 1) - log_gain(du, dp, -1)) / (2 * step) for du, dp in moves]
        return float(by[0]), float(by[1]), float(by[2])


def value_by_its_definition(gain: RadialGain) -> None:
    for u, q in itertools.product(SIZES, RATIOS):
        with mp.workdps(DIGITS):
            truth = float(gain.formula(mpf(u), mpf(q * u), mp))
        if truth < 1e15:
            assert float(gain.gain(one(u), one(q * u))) == pytest.approx(truth, rel=1e-12), (u, q)
            if gain.number is not None:
                assert gain.number(u, q * u) == pytest.approx(truth, rel=1e-12), (u, q)


def slopes_by_its_definition(gain: RadialGain) -> None:
    for u, q in itertools.product(SIZES, RATIOS):
        if float(gain.gain(one(u), one(q * u))) < 1e15:
            found, truth = slopes_at(gain, u, q * u), true_slopes(gain, u, q * u)
            scale = max(map(abs, truth))
            assert found == pytest.approx(truth, rel=1e-8, abs=1e-8 * scale + 1e-17), (u, q)


def no_unit(gain: RadialGain) -> None:
    for u, q in itertools.product(SIZES, RATIOS):
        slopes = slopes_at(gain, u, q * u)
        assert sum(slopes) == pytest.approx(0.0, abs=1e-12 * max(map(abs, (*slopes, 1.0)))), (u, q)


def lora_where_tokens_are_short(gain: RadialGain) -> None:
    """c -> 0: the gain is 1 to the order of u^2, also for a vanishing update, and nothing is infinite at 0."""
    u = torch.tensor([0.0, 0.0, 1e-9, 1e-5], dtype=torch.float64)
    p = torch.tensor([0.0, 1e-9, 0.0, 1e-6], dtype=torch.float64)
    g = gain.gain(u, p)
    assert g.tolist() == pytest.approx([1.0] * 4, abs=1e-9)
    found = gain.slopes(u, p, g)
    assert all(torch.isfinite(slope).all() for slope in (found.by_output_over_p2, found.by_input_over_u2, found.by_radius))


def gradients_by_differences(gain: RadialGain) -> None:
    """torch.autograd.gradcheck of the whole update: x, A, B, log R and the sum it is added to."""
    generator = torch.Generator().manual_seed(3)

    def draw(*shape: int, size: float) -> torch.Tensor:
        return (size * torch.randn(*shape, generator=generator, dtype=torch.float64)).requires_grad_()

    inputs = draw(4, 5, size=1.5), draw(2, 5, size=0.5), draw(3, 2, size=0.5), draw(1, size=0.3), draw(4, 3, size=1.0)

    def update(x: torch.Tensor, A: torch.Tensor, B: torch.Tensor, log_radius: torch.Tensor, onto: torch.Tensor) -> torch.Tensor:
        return closed_form(x, A, B, gain=gain, log_radius=log_radius, scaling=0.7, onto=onto)

    assert torch.autograd.gradcheck(update, inputs, rtol=1e-6, atol=1e-8)
    with torch.no_grad():  # as decoding computes it, and a single token by Python's numbers
        x, *others = inputs
        torch.testing.assert_close(
            update(x, *others), torch.cat([update(x[i : i + 1], *others[:-1], others[-1][i : i + 1]) for i in range(4)])
        )


LAWS = (value_by_its_definition, slopes_by_its_definition, no_unit, lora_where_tokens_are_short, gradients_by_differences)
