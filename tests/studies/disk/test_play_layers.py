"""A vocabulary played through the layers: which tokens, at which layers, from the store, and what a stop leaves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.errors import HypvizError, Stopped
from hypviz.models.checkpoint.bare_matrix import read_bare_matrix
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.studies.disk import lay_out, matrix_rows, play_layers
from hypviz.studies.disk.play_layers import for_layers, layers_estimate, rests, stored_layers
from hypviz.work import Work


@pytest.mark.parametrize(("n_layers", "stops"), [(30, 3), (6, 2), (2, 5), (1, 2), (48, 5)])
def test_the_layers_to_rest_at_rise_to_the_last_one(n_layers, stops):
    found = rests(n_layers, stops)
    assert found[-1] == n_layers and found[0] >= 1 and list(found) == sorted(set(found))
    assert len(found) == min(n_layers, stops)


def test_of_too_many_tokens_the_most_frequent_ones_are_played(stage, monkeypatch):
    monkeypatch.setattr(play_layers, "MOST_TOKENS", 40)
    spec = LayoutSpec(rows=ModelRows(model=stage.ref), n_tokens=90, radius=3.0)
    assert for_layers(spec, 40) is spec
    few = for_layers(spec, 90)
    assert few == dataclasses.replace(spec, n_tokens=40)
    assert layers_estimate(few, 40, 3) > layers_estimate(few, 40, 2) > 0


def test_it_is_computed_once_and_its_frames_begin_with_the_layout(stage, private_cache):
    spec = LayoutSpec(rows=ModelRows(model=stage.ref), n_tokens=60)

    def lend(work):
        return stage.lend()

    assert stored_layers(spec, (1, 2), lend) is None
    found = play_layers.play_layers(spec, (1, 2), lend)
    assert found.played.labels == ("the embeddings", "layer 1", "layer 2") and found.spec == spec
    layout = lay_out(spec).record
    np.testing.assert_array_equal(found.layout.token_ids, layout.token_ids)
    np.testing.assert_allclose(found.played.rho[0], layout.rho)

    def refuse(work):
        raise AssertionError("the model was opened although everything is stored")

    kept = stored_layers(spec, (1, 2), refuse)
    assert kept is not None
    np.testing.assert_array_equal(kept.played.theta, found.played.theta)
    assert stored_layers(spec, (2,), refuse) is None


def test_a_stop_on_the_way_is_a_stop(stage, private_cache):
    spec = LayoutSpec(rows=ModelRows(model=stage.ref), n_tokens=60)
    with pytest.raises(Stopped):
        play_layers.play_layers(spec, (1,), lambda work: stage.lend(), Work(asked_to_stop=lambda: True))


def test_a_bare_matrix_has_no_layers(tmp_path, private_cache):
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32))
    spec = LayoutSpec(rows=matrix_rows(read_bare_matrix(tmp_path / "rows.npy")))
    with pytest.raises(HypvizError, match="has no layers"):
        play_layers.play_layers(spec, (1,), lambda work: None)
