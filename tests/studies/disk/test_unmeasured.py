"""A layout moved to another radius before anything is measured there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.colours import COLOURS
from hypviz.models import read_embeddings, read_token_table, resolve
from hypviz.records.disk_scene import NOTHING
from hypviz.records.specs.disk import LayoutSpec, ModelRows
from hypviz.store import Store
from hypviz.studies.disk import lay_out, unmeasured
from hypviz.studies.disk.scene import disk_scene
from hypviz.studies.disk.view import tokens_of
from hypviz.words.disk import unmeasured_finding


@pytest.fixture(scope="module")
def shown(tiny_llama, tmp_path_factory):
    """The spec, its layout, and the store that has both."""
    store = Store(tmp_path_factory.mktemp("store"))
    spec = LayoutSpec(rows=ModelRows(model=resolve(str(tiny_llama))), method="pca")
    return spec, lay_out(spec, store=store).record, store


def test_it_lies_where_the_measured_one_will_lie_and_says_of_no_token_what_it_keeps(shown):
    spec, layout, store = shown
    wider = dataclasses.replace(spec, radius=7.0)
    found = unmeasured(wider, layout, store=store)
    measured = lay_out(wider, store=store).record
    assert np.array_equal(found.rho, measured.rho) and np.array_equal(found.theta, measured.theta) and found.radius == 7.0
    assert np.array_equal(found.region, measured.region) and np.array_equal(found.wide, measured.wide)
    assert found.n_clipped == measured.n_clipped and (found.kept == NOTHING).all() and measured.kept.max() <= 10
    words = unmeasured_finding(found)
    assert "R = 7" in words and "is being measured" in words and "%" not in words


def test_a_layout_of_another_basis_is_not_moved(shown):
    spec, layout, store = shown
    assert unmeasured(dataclasses.replace(spec, seed=5, radius=7.0), layout, store=store) is None  # was never laid out
    other = dataclasses.replace(spec, n_tokens=40, radius=7.0)
    lay_out(other, store=store)
    assert unmeasured(other, layout, store=store) is None


def test_it_can_be_drawn_in_every_colour(shown):
    spec, layout, store = shown
    found = unmeasured(dataclasses.replace(spec, radius=2.0), layout, store=store)
    ref = spec.rows.model
    table, norms = read_token_table(ref), np.linalg.norm(read_embeddings(ref).values, axis=1)
    assert disk_scene(found, table, norms, key="k").to_bytes()
    kept = COLOURS["neighbours kept"].colour(tokens_of(found, table, norms))
    assert np.isnan(kept.values).all() and kept.missing


def test_views_are_carried_to_it_and_not_to_another_layout(shown):
    spec, layout, store = shown
    found = unmeasured(dataclasses.replace(spec, radius=2.0), layout, store=store)
    ref = spec.rows.model
    table, norms = read_token_table(ref), np.linalg.norm(read_embeddings(ref).values, axis=1)
    shapes = [disk_scene(one, table, norms, key="k").words["shape"] for one in (layout, found)]
    other = disk_scene(dataclasses.replace(layout, method="tree"), table, norms, key="k").words["shape"]
    assert shapes[0] == shapes[1] != other
    assert disk_scene(layout, table, norms, key="k", partner="p").words["shape"] is None
