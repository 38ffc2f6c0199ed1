"""Principal axes against a singular value decomposition, of narrow rows by their covariance and of wide ones by products with vectors."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.layout.parts import principal
from hypviz.layout.parts.principal import principal_axes, principal_plane
from tests.watching import Watcher


def spread(n: int, d: int) -> np.ndarray:
    """Rows (n, d) float32 away from the origin that spread along four directions more than along the others."""
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(n, 4)) * [9.0, 7.0, 5.0, 4.0] @ np.linalg.qr(rng.normal(size=(d, 4)))[0].T
    return (wide + 0.1 * rng.normal(size=(n, d)) + 3.0).astype(np.float32)


@pytest.mark.parametrize("d", [40, principal.WIDE + 76])
@pytest.mark.parametrize("block", [principal.BLOCK, 20_000])
def test_they_are_those_of_a_singular_value_decomposition(d: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(principal, "BLOCK", block)
    rows = spread(300, d)
    found = principal_axes(rows, 3)
    true = np.linalg.svd((rows - rows.mean(axis=0)).astype(np.float64), full_matrices=False)[2][:3].T
    np.testing.assert_allclose(np.abs((found * true).sum(axis=0)), 1.0, atol=1e-6)
    np.testing.assert_allclose(found.T @ found, np.eye(3), atol=1e-6)
    assert (found[np.abs(found).argmax(axis=0), np.arange(3)] > 0).all()
    about = np.zeros(d)
    np.testing.assert_allclose(principal_plane(rows, about=about), rows @ principal_axes(rows, 2, about=about), atol=1e-3)


def test_wide_rows_without_a_direction_have_axes_too() -> None:
    axes = principal_axes(np.full((30, principal.WIDE + 1), 2.0, dtype=np.float32), 2)
    np.testing.assert_allclose(axes.T @ axes, np.eye(2), atol=1e-6)


def test_wide_rows_are_watched_and_stopped() -> None:
    rows = spread(50, principal.WIDE + 1)
    watched = Watcher()
    principal_axes(rows, 2, work=watched)
    assert watched.shares and max(watched.shares) <= 1.0
    with pytest.raises(Stopped):
        principal_axes(rows, 2, work=Watcher(stop_at=2))
