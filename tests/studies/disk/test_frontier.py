"""The frontier of frequency: every pull a layout of its own, kept where the dial finds it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.plots.frontier import frontier_chart
from hypviz.records.specs.disk import LayoutSpec
from hypviz.store import Store
from hypviz.studies.disk import LAYOUT, lay_out, matrix_rows
from hypviz.studies.disk.frontier import PULLS, find_frontier, known_frontier, missing_pulls
from hypviz.words.frontier import frontier_finding
from tests.watching import Watcher


@pytest.fixture
def spec(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "vectors.npy", (rng.normal(size=(8, 12))[np.arange(160) % 8] + 0.3 * rng.normal(size=(160, 12))).astype(np.float32))
    (tmp_path / "counts.txt").write_text("\n".join(str(1000 - 6 * k) for k in range(160)), encoding="utf-8")
    rows = matrix_rows(read_bare_matrix(tmp_path / "vectors.npy", tokens_file=None, counts_file=tmp_path / "counts.txt"))
    return LayoutSpec(rows=rows, counts=None, method="planar-sne")


def test_points_are_the_layouts_that_the_dial_finds(spec):
    assert known_frontier(spec) is None and missing_pulls(spec) == PULLS
    found = find_frontier(spec)
    assert tuple(point.pull for point in found.points) == PULLS and missing_pulls(spec) == ()
    for point in found.points:
        quality = LAYOUT.stored(dataclasses.replace(spec, pull=point.pull)).quality
        assert (point.kept_at, point.depths, point.radius_spearman) == (quality.kept_at, quality.depths, quality.radius_spearman)
    assert known_frontier(spec, store=Store()) == found


def test_more_frequency_more_order_and_fewer_neighbours_at_the_ends(spec):
    first, *_, last = find_frontier(spec).points
    assert last.radius_spearman < first.radius_spearman - 0.3 and last.kept_at[1] < first.kept_at[1]


def test_what_is_there_is_drawn_and_the_pull_marked(spec):
    lay_out(spec)
    found = known_frontier(spec)
    assert [point.pull for point in found.points] == [0.0] and "no other position" in frontier_finding(found)
    chart = frontier_chart(find_frontier(spec), pull=0.5)
    assert list(chart.data["frequency"]) == list(PULLS) and len(set(chart.figure.data[0].marker.color)) == 2
    assert list(chart.figure.data[0].x) == list(chart.data["radius_spearman"])


def test_a_stop_keeps_the_layouts_that_are_whole(spec):

    class StopAfterOne(Watcher):
        def _look(self) -> bool:
            return bool(self.found)

    with pytest.raises(Stopped):
        find_frontier(spec, StopAfterOne())
    assert missing_pulls(spec) == PULLS[1:]
