"""The whole vocabulary of a real model in the disk: how many neighbours it keeps, and whether its regions have names that say something."""

from __future__ import annotations

from pathlib import Path

import pytest

from hypviz.colours import COLOURS
from hypviz.corpora.general import general_words
from hypviz.models import resolve
from hypviz.records.layout import DiskLayout
from hypviz.records.specs.disk import DEFAULT_METHOD, LayoutSpec, ModelRows, TruthsSpec
from hypviz.store import Store
from hypviz.studies.disk import lay_out
from hypviz.studies.disk.truths import TRUTHS
from hypviz.studies.disk.view import tokens_of
from hypviz.studies.tokens import row_norms, token_table

pytestmark = pytest.mark.slow
FAMILIES = ("john", "three", "week", "children", "rabbits")  # names, numbers, times, people, animals


@pytest.fixture(scope="module")
def spec(real_model: Path) -> LayoutSpec:
    """All 49,152 tokens by the default method, ranked by the general word table."""
    return LayoutSpec(rows=ModelRows(model=resolve(str(real_model))), counts=general_words(), method=DEFAULT_METHOD)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def layout(spec: LayoutSpec, store: Store) -> DiskLayout:
    return lay_out(spec, store=store).record


def test_every_drawn_token_is_measured_and_more_than_two_in_five_neighbours_are_kept(layout: DiskLayout) -> None:
    quality = layout.quality
    assert len(layout.token_ids) == len(layout.kept) == quality.n_tokens == 49_152 - layout.n_untrained
    assert layout.n_untrained == 15 and quality.depths == (1, 10, 30)
    assert quality.kept_at[0] >= 0.45 and quality.kept_at[1] >= 0.42 and quality.kept_at[2] >= 0.24
    assert quality.fill >= 0.9 and layout.kept.mean() / 10 == pytest.approx(quality.kept_at[1])


def test_families_of_words_have_regions_of_their_own(layout: DiskLayout, real_model: Path, tmp_path: Path) -> None:
    ref, store = resolve(str(real_model)), Store(tmp_path)
    painted = COLOURS["region"].colour(tokens_of(layout, token_table(ref, store=store), row_norms(ref, store=store)))
    assert painted.groups is not None and len(painted.groups) == layout.region.max() + 1 <= 48
    named = [group.label.lower() for group in painted.groups]
    assert sum(any(word in label for label in named) for word in FAMILIES) >= 3, named


def test_the_picture_is_true_by_both_readings_and_hubs_are_gone_from_the_second(layout: DiskLayout, spec: LayoutSpec, store: Store) -> None:
    found = TRUTHS.get(TruthsSpec(layout=spec), store=store).record
    first, second = found.truths
    assert first.kept_at == layout.quality.kept_at and second.kept_at[1] >= 0.44 and second.kept_at[2] >= 0.28
    assert first.hub_share > 0.14 > 0.06 > second.hub_share and min(first.trustworthiness, second.trustworthiness) > 0.9
    families = found.families
    assert families is not None and families.n_families == 10 and families.n_tokens > 400 and families.by_chance < 0.11
    assert families.together >= 0.42 and second.together > first.together + 0.08


def test_the_whole_disk_has_some_ten_names_and_no_two_regions_have_the_same(layout: DiskLayout, real_model: Path, tmp_path: Path) -> None:
    ref, store = resolve(str(real_model)), Store(tmp_path)
    painted = COLOURS["region"].colour(tokens_of(layout, token_table(ref, store=store), row_norms(ref, store=store)))
    labels = {group.label for group in painted.groups or ()}
    wide = {one.label for one in painted.wide if len(one.codes) > 1}
    assert len(labels) == len(painted.groups or ()) and not wide & labels and 8 <= len(painted.wide) <= 12
    assert sorted(code for one in painted.wide for code in one.codes) == list(range(len(labels)))
