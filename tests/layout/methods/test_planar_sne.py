"""The planar t-SNE layout: families beside each other at every R, exact placing in the drawing, and rows of every strange kind."""

from __future__ import annotations

import dataclasses

import mpmath
import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.geometry import disk_points
from hypviz.layout import LAYOUTS, LayoutRows, centred_units, measure_quality, nearest_in_disk, place, true_neighbours
from hypviz.records.layout import LayoutShape
from hypviz.statistics import spearman
from hypviz.work import Work
from tests.layout.shaping import shape_of
from tests.layout.test_shapes import clusters
from tests.watching import Watcher


@pytest.mark.parametrize("radius", [0.1, 4.0, 12.0])
def test_the_nearest_are_of_the_same_family_at_every_radius(radius: float) -> None:
    units, label = clusters(8, 60)
    points = place(shape_of("planar-sne", units), radius=radius)
    near = nearest_in_disk(points.rho, points.theta, np.arange(len(units)), k=10)
    assert (label[near] == label[:, None]).mean() > 0.93
    assert points.rho.max() == pytest.approx(radius, rel=1e-12)


def test_the_drawing_is_used_evenly_at_every_radius() -> None:
    units, _ = clusters(8, 60)
    shape = shape_of("planar-sne", units)
    for radius in (0.5, 4.0, 20.0):
        points = place(shape, radius=radius)
        drawn = np.hypot(*disk_points(points.rho, points.theta).T) / np.tanh(radius / 2)
        counts = np.histogram(drawn**2, bins=4, range=(0, 1.0001))[0]
        assert counts.min() > 0.8 * len(units) / 4


@pytest.mark.parametrize("radius", [0.1, 4.0, 20.0, 50.0])
def test_placing_in_the_drawing_is_exact(radius: float) -> None:
    share = np.array([0.0, 1e-12, 1e-3, 0.5, 0.999999, 1.0 - 1e-12, 1.0])
    shape = LayoutShape(share=share, theta=np.zeros(7), n_groups=None, n_shortened=0, in_drawing=True)
    with mpmath.workdps(60):
        wall = mpmath.tanh(mpmath.mpf(radius) / 2)
        expected = [float(2 * mpmath.atanh(mpmath.mpf(float(s)) * wall)) for s in share]
    np.testing.assert_allclose(place(shape, radius=radius).rho, expected, rtol=1e-12, atol=1e-15)


def test_nothing_is_drawn_at_random() -> None:
    units, _ = clusters(4, 30)
    first, again = shape_of("planar-sne", units, seed=1), shape_of("planar-sne", units, seed=2)
    assert np.array_equal(first.share, again.share) and np.array_equal(first.theta, again.theta)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_few_rows_are_laid_out(n: int) -> None:
    units, _ = clusters(1, n)
    shape = shape_of("planar-sne", units)
    assert len(shape.share) == n and shape.share.max() == 1.0
    assert np.isfinite(shape.share).all() and np.isfinite(shape.theta).all()


def test_equal_rows_and_rows_without_direction_are_laid_out_apart() -> None:
    units = np.zeros((60, 4), dtype=np.float32)
    units[:20, 0], units[20:30, 1] = 1.0, 1.0
    shape = shape_of("planar-sne", units)
    z = shape.share * np.exp(1j * shape.theta)
    assert np.isfinite(z).all() and len(np.unique(z.round(9))) == 60


def test_a_stop_before_the_first_round_leaves_nothing_and_later_a_picture() -> None:
    units, label = clusters(6, 40)
    with pytest.raises(Stopped):
        shape_of("planar-sne", units, work=Watcher(stop_at=1))
    watcher = Watcher()
    work = Work(on_report=watcher.report, asked_to_stop=lambda: max(watcher.shares, default=0.0) > 0.8)
    shape = shape_of("planar-sne", units, work=work)
    assert 0 < shape.n_rounds_done < shape.n_rounds and not shape.is_finished
    near = nearest_in_disk(place(shape, radius=4.0).rho, shape.theta, np.arange(len(units)), k=10)
    assert (label[near] == label[:, None]).mean() > 0.8


def test_a_pull_brings_frequent_tokens_inwards_and_costs_neighbours() -> None:
    units = centred_units(np.random.default_rng(4).normal(size=(900, 6)).astype(np.float32)).rows
    rank, truth = np.arange(len(units)), true_neighbours(units)
    told = []
    for pull in (0.0, 0.5, 1.0):
        shape = LAYOUTS["planar-sne"].shape(LayoutRows(values=units, units=units, pull=pull), seed=0)
        points = place(shape, radius=4.0)
        measured = measure_quality(units, points, truth, rank[::-1].copy(), norms=np.ones(len(units)), seed=0, query=rank[:30])
        told.append((spearman(points.rho, rank), measured.quality.neighbours_kept_at_10))
    (no, kept), (some, fewer), (nearly, few) = told
    assert abs(no) < 0.2 < some < nearly and nearly > 0.5 and kept > fewer > few


def _started(units: np.ndarray, start: LayoutShape, seed: int = 0) -> LayoutShape:
    points = start.share[:, None] * np.stack([np.cos(start.theta), np.sin(start.theta)], axis=1)
    return LAYOUTS["planar-sne"].shape(LayoutRows(values=units, units=units, start=points), seed=seed)


def _moved(first: LayoutShape, second: LayoutShape) -> float:
    """The mean distance in the unit disk."""
    return float(np.abs(first.share * np.exp(1j * first.theta) - second.share * np.exp(1j * second.theta)).mean())


def test_begun_where_it_ended_it_stays_there_and_families_do_too() -> None:
    units, label = clusters(8, 60)
    whole = shape_of("planar-sne", units)
    again, turned = _started(units, whole), dataclasses.replace(whole, theta=whole.theta + 1.0)
    assert _moved(whole, again) < 0.3 < _moved(again, _started(units, turned))
    for family in range(8):
        middles = [(one.share * np.exp(1j * one.theta))[label == family].mean() for one in (whole, again)]
        assert abs(middles[0] - middles[1]) < 0.2


def test_of_a_start_the_seed_shakes_every_point_and_nought_none() -> None:
    units, _ = clusters(6, 50)
    whole = shape_of("planar-sne", units)
    first, again, shaken, other = (_started(units, whole, seed) for seed in (0, 0, 1, 2))
    assert np.array_equal(first.theta, again.theta) and np.array_equal(first.share, again.share)
    assert 0 < _moved(first, shaken) < 0.3 and 0 < _moved(shaken, other) < 0.3
