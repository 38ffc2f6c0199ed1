"""One set of tokens measured, and beside sets made by chance."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.measures import beside_chance, measure_set
from hypviz.records.base import Provenance
from hypviz.records.token_sets import ChosenMeasures


def test_a_square_has_the_delta_that_one_computes_by_hand() -> None:
    found = measure_set(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    assert found.delta_low == pytest.approx(np.sqrt(2) - 1) and found.diameter == pytest.approx(np.sqrt(2))
    assert sorted(found.four.tolist()) == [0, 1, 2, 3] and found.delta_low <= found.delta_high
    assert (found.norm_low, found.norm_median, found.norm_high) == pytest.approx(np.quantile([0, 1, np.sqrt(2), 1], [0.25, 0.5, 0.75]))


def test_points_of_a_line_are_a_tree() -> None:
    found = measure_set(np.outer(np.linspace(0, 7, 30), np.ones(4)))
    assert found.delta_rel == pytest.approx(0.0, abs=1e-12) and found.effective_dimension == pytest.approx(1.0)


def test_one_point_many_times_has_no_dimension_and_no_relative_delta() -> None:
    found = measure_set(np.ones((12, 3)))
    assert found.delta_rel is None and found.near_dimension is None and found.effective_dimension is None


def test_three_tokens_are_too_few() -> None:
    with pytest.raises(HypvizError, match="at least 4"):
        measure_set(np.eye(3))


def record(chosen: np.ndarray, randoms: list[np.ndarray]) -> ChosenMeasures:
    """As the study makes it."""
    found = measure_set(chosen)
    ids = np.arange(len(chosen))
    sets = tuple(measure_set(each) for each in randoms)
    return ChosenMeasures(
        n_chosen=len(ids), n_pool=1000, ids=ids, four=ids[found.four], chosen=found, random=sets, provenance=Provenance(model="a model")
    )


def test_a_tree_among_balls_lies_below_chance_and_a_ball_does_not() -> None:
    rng = np.random.default_rng(6)
    balls = [rng.normal(size=(40, 8)) for _ in range(39)]
    line = np.outer(np.linspace(-1, 1, 40), np.ones(8))
    told = {one.measure.name: one for one in beside_chance(record(line, balls))}
    assert told["delta_rel"].chance.side == -1 and told["effective_dimension"].chance.side == -1 and len(told["norm"].draws) == 39
    alike = {one.measure.name: one for one in beside_chance(record(balls[0], balls))}
    assert alike["delta_rel"].chance.side == 0


def test_a_measure_that_some_set_lacks_is_left_out() -> None:
    rng = np.random.default_rng(7)
    balls = [rng.normal(size=(40, 8)) for _ in range(38)]
    names = [one.measure.name for one in beside_chance(record(balls[0], [*balls, np.ones((40, 8))]))]
    assert names == ["norm"]


def test_points_equally_far_from_each_other_are_a_star() -> None:
    assert measure_set(np.eye(9)).delta_rel == pytest.approx(0.0, abs=1e-12)
