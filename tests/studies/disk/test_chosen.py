"""Chosen tokens of a disk: kept by their content, and measured beside random tokens of the same disk."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.measures import beside_chance, measure_set
from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.records.specs.disk import LayoutSpec
from hypviz.records.token_sets import ChosenTokens
from hypviz.store import Store
from hypviz.studies.disk import lay_out, matrix_rows
from hypviz.studies.disk.chosen import CHOSEN, chosen_spec, keep_chosen, kept_chosen
from hypviz.words.chosen import chosen_finding, chosen_sentences
from tests.watching import Watcher

N, LINE = 120, 30


@pytest.fixture
def rows(tmp_path):
    """The first thirty rows lie on a line, all others in a ball of sixteen dimensions."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(N, 16)).astype(np.float32)
    values[:LINE] = rng.uniform(-3, 3, LINE)[:, None] * values[0]
    np.save(tmp_path / "vectors.npy", values)
    return matrix_rows(read_bare_matrix(tmp_path / "vectors.npy", tokens_file=None, counts_file=None))


@pytest.fixture
def layout(rows):
    return lay_out(LayoutSpec(rows=rows, counts=None, method="pca")).record


def test_a_selection_is_found_again_by_its_content_alone():
    mark = keep_chosen([7, 3, 3, 11])
    assert keep_chosen([11, 7, 3]) == mark != keep_chosen([7, 3])
    assert kept_chosen(mark).ids.tolist() == [3, 7, 11] and kept_chosen("0" * 64) is None


def test_a_line_in_a_ball_is_told_from_chance(rows, layout):
    found = CHOSEN.get(chosen_spec(rows, layout, ChosenTokens(ids=np.arange(LINE)))).record
    alone = measure_set(rows.values[:LINE])
    assert found.chosen.delta_low == alone.delta_low and found.chosen.four.tolist() == alone.four.tolist()
    told = {one.measure.name: one.chance.side for one in beside_chance(found)}
    assert told["delta_rel"] == told["effective_dimension"] == told["near_dimension"] == -1
    assert "lower" in chosen_finding(found) and len(found.random) == 39 and found.n_pool == N
    assert np.isin(found.four, np.arange(LINE)).all()


def test_the_four_attain_delta(rows, layout):
    ids = np.arange(40, 70)
    found = CHOSEN.get(chosen_spec(rows, layout, ChosenTokens(ids=ids))).record
    a, b, c, d = rows.values[found.four].astype(np.float64)
    far = sorted(np.linalg.norm(x - y) + np.linalg.norm(z - w) for x, y, z, w in ((a, b, c, d), (a, c, b, d), (a, d, b, c)))
    assert (far[2] - far[1]) / 2 == pytest.approx(found.chosen.delta_low)
    assert np.linalg.norm(a - b) + np.linalg.norm(c - d) == pytest.approx(far[2])


def test_of_many_a_seeded_draw_is_measured_and_said(rows, layout):
    spec = chosen_spec(rows, layout, ChosenTokens(ids=np.arange(90)))
    small = type(spec)(rows=rows, chosen=spec.chosen, pool=spec.pool, most=20)
    found = CHOSEN.get(small).record
    assert len(found.ids) == 20 and found.n_chosen == 90 and np.isin(found.ids, spec.chosen.ids).all()
    assert CHOSEN.get(small, store=Store()).record.ids.tolist() == found.ids.tolist()
    assert any("draw of 20" in line for line in chosen_sentences(found))


def test_tokens_that_are_not_laid_out_are_left_aside_and_too_few_refused(rows, layout):
    assert chosen_spec(rows, layout, ChosenTokens(ids=np.array([0, 1, 2, 3, N + 5]))).chosen.ids.tolist() == [0, 1, 2, 3]
    with pytest.raises(HypvizError, match="at least 4"):
        chosen_spec(rows, layout, ChosenTokens(ids=np.array([0, 1, 2, N + 5])))


def test_it_can_be_stopped(rows, layout):
    watcher = Watcher(stop_at=3)
    with pytest.raises(Stopped):
        CHOSEN.get(chosen_spec(rows, layout, ChosenTokens(ids=np.arange(LINE))), watcher)
