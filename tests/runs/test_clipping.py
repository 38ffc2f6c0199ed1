"""Gradients are shortened layer by layer, by the rule of torch's own clipping."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from hypviz.worker.clipping import shorten


def parameters(*gradients: list[float] | None) -> tuple[nn.Parameter, ...]:
    found = []
    for gradient in gradients:
        parameter = nn.Parameter(torch.zeros(1 if gradient is None else len(gradient)))
        parameter.grad = None if gradient is None else torch.tensor(gradient)
        found.append(parameter)
    return tuple(found)


def test_only_the_layer_that_is_too_long_is_shortened():
    huge, small, none = parameters([3e8], [4e8]), parameters([0.3], [0.4]), parameters(None)
    assert shorten((huge, small, none), 1.0) == pytest.approx((5e8, 0.5, 0.0))
    assert math.hypot(*(float(p.grad) for p in huge)) == pytest.approx(1.0)
    assert [float(p.grad) for p in small] == pytest.approx([0.3, 0.4])
    assert none[0].grad is None


@pytest.mark.parametrize("longest", [0.01, 1.0, 100.0])
def test_one_group_is_torchs_own_clipping(longest):
    draw = torch.Generator().manual_seed(0)
    ours, theirs = (tuple(nn.Parameter(torch.zeros(7, 3)) for _ in range(5)) for _ in range(2))
    for a, b in zip(ours, theirs, strict=True):
        a.grad = torch.randn(7, 3, generator=draw)
        b.grad = a.grad.clone()
    (norm,) = shorten((ours,), longest)
    assert norm == pytest.approx(float(nn.utils.clip_grad_norm_(theirs, longest)), rel=1e-6)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a.grad, b.grad, rtol=1e-6, atol=0)


def test_nothing_is_left_to_shorten_without_a_gradient():
    assert shorten((parameters(None), parameters(None, None)), 1.0) == (0.0, 0.0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_stays_for_the_caller_to_see(bad):
    group = parameters([bad, 1.0])
    (norm,) = shorten((group,), 1.0)
    assert not math.isfinite(norm) and not torch.isfinite(group[0].grad).all() and float(group[0].grad[1]) == 1.0
