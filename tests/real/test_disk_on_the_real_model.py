"""The whole vocabulary of a real model in the disk: how many neighbours it keeps, and whether its regions have names that say something."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypviz.colours import COLOURS
from hypviz.corpora.general import general_words
from hypviz.models import resolve
from hypviz.records.layout import DiskLayout
from hypviz.records.specs.disk import DEFAULT_METHOD, LayoutSpec, ModelRows
from hypviz.store import Store
from hypviz.studies.disk import lay_out
from hypviz.studies.disk.view import tokens_of
from hypviz.studies.tokens import row_norms, token_table

pytestmark = pytest.mark.slow
FAMILIES = ("john", "three", "week", "children", "rabbits")  # names, numbers, times, people, animals


@pytest.fixture(scope="module")
def layout(real_model: Path, tmp_path_factory: pytest.TempPathFactory) -> DiskLayout:
    """All 49,152 tokens by the default method, ranked by the general word table."""
    spec = LayoutSpec(rows=ModelRows(model=resolve(str(real_model))), counts=general_words(), method=DEFAULT_METHOD)
    return lay_out(spec, store=Store(tmp_path_factory.mktemp("store"))).record


def test_every_drawn_token_is_measured_and_more_than_two_in_five_neighbours_are_kept(layout: DiskLayout) -> None:
    quality = layout.quality
    assert len(layout.token_ids) == len(layout.kept) == quality.n_tokens == 49_152 and quality.depths == (1, 10, 30)
    assert quality.kept_at[0] >= 0.45 and quality.kept_at[1] >= 0.42 and quality.kept_at[2] >= 0.24
    assert quality.fill >= 0.9 and layout.kept.mean() / 10 == pytest.approx(quality.kept_at[1])


def test_families_of_words_have_regions_of_their_own(layout: DiskLayout, real_model: Path, tmp_path: Path) -> None:
    ref, store = resolve(str(real_model)), Store(tmp_path)
    painted = COLOURS["region"].colour(tokens_of(layout, token_table(ref, store=store), row_norms(ref, store=store)))
    assert painted.groups is not None and len(painted.groups) == layout.region.max() + 1 <= 48
    named = [group.label.lower() for group in painted.groups]
    assert sum(any(word in label for label in named) for word in FAMILIES) >= 3, named
