"""McNemar's exact test judged by exact rational arithmetic; the paired bootstrap by its definition."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypviz.errors import HypvizError
from hypviz.statistics import bootstrap_mean, mcnemar_exact, paired_bootstrap


def exact_p(b: int, c: int) -> float:
    """Total probability of outcomes no more likely than the observed one, n = b + c fair coins."""
    n = b + c
    seen = comb(n, b)
    return float(sum((Fraction(comb(n, i), 2**n) for i in range(n + 1) if comb(n, i) <= seen), Fraction(0)))


@given(b=st.integers(0, 120), c=st.integers(0, 120))
@settings(max_examples=80, deadline=None)
def test_mcnemar_is_the_exact_binomial_probability(b, c):
    assert mcnemar_exact(b, c) == pytest.approx(exact_p(b, c), rel=1e-10)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


def test_mcnemar_knows_small_cases_and_survives_large_ones():
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(0, 5) == 2 / 32
    assert mcnemar_exact(1, 7) == pytest.approx(2 * 9 / 256)
    assert 0 < mcnemar_exact(4800, 5200) < 1e-4
    with pytest.raises(HypvizError):
        mcnemar_exact(-1, 3)


def test_paired_bootstrap_resamples_pairs():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=200) * 100
    a, b = shared + 1 + rng.normal(size=200), shared + rng.normal(size=200)
    interval = paired_bootstrap(a, b, seed=5)
    assert interval == bootstrap_mean(a - b, seed=5)
    assert interval.high - interval.low < 1  # the shared part, a hundred times larger, has cancelled
    with pytest.raises(HypvizError, match="equal lengths"):
        paired_bootstrap(a, b[:-1], seed=5)
