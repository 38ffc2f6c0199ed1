"""How true the picture is, from a model or a matrix to the record: two truths, families of words, and what the store keeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hypviz.errors import Stopped
from hypviz.geometry import PolarPoints
from hypviz.layout import centred_units, nearest_in_disk, true_neighbours
from hypviz.models import read_embeddings, read_token_table, resolve
from hypviz.problems.taxonomy import category_by_word, noun_by_word
from hypviz.records.disk_truths import READINGS
from hypviz.records.specs.disk import LayoutSpec, MatrixRows, ModelRows, TruthsSpec
from hypviz.studies.disk import lay_out
from hypviz.studies.disk import neighbours as looking
from hypviz.studies.disk.truths import TRUTHS
from tests.watching import Watcher


@pytest.fixture
def spec(tiny_llama: Path) -> LayoutSpec:
    return LayoutSpec(rows=ModelRows(model=resolve(str(tiny_llama))), method="pca")


def _matrix(values: np.ndarray) -> LayoutSpec:
    rows = MatrixRows(values=values.astype(np.float32), counts=None, label="m.npy", counts_label=None, fingerprint=str(values.shape))
    return LayoutSpec(rows=rows, method="pca")


def test_the_first_truth_is_what_the_layout_was_measured_by(spec) -> None:
    layout, found = lay_out(spec).record, TRUTHS.get(TruthsSpec(layout=spec)).record
    first, quality = found.truths[0], layout.quality
    assert (first.kept_at, first.chance_at, first.trustworthiness) == (quality.kept_at, quality.chance_at, quality.trustworthiness)
    assert first.hub_share == layout.hub_share and found.n_tokens == found.n_queries == len(layout.token_ids)
    assert tuple(truth.without for truth in found.truths) == READINGS and found.truths[1].kept_at != first.kept_at


def test_the_second_is_counted_from_its_definition(spec) -> None:
    layout, second = lay_out(spec).record, TRUTHS.get(TruthsSpec(layout=spec)).record.truths[1]
    units = centred_units(spec_values(spec)[layout.token_ids], without=2).rows
    near = nearest_in_disk(layout.rho, layout.theta, np.arange(len(units)), k=30)
    likeness = units.astype(np.float64) @ units.T.astype(np.float64)
    np.fill_diagonal(likeness, -np.inf)
    for depth, kept in zip(second.depths, second.kept_at, strict=True):
        bar = np.sort(likeness, axis=1)[:, -depth] - 1e-12
        assert kept == pytest.approx((np.take_along_axis(likeness, near[:, :depth], axis=1) >= bar[:, None]).mean(), abs=1e-9)


def spec_values(spec: LayoutSpec) -> np.ndarray:
    """All input rows of the spec's model."""
    assert isinstance(spec.rows, ModelRows)
    return read_embeddings(spec.rows.model).values


def test_families_are_counted_by_hand_in_the_disk_and_under_both_readings() -> None:
    spec = LayoutSpec(rows=ModelRows(model=resolve("bundled")), method="pca", n_tokens=1500)
    assert isinstance(spec.rows, ModelRows)
    layout, found = lay_out(spec).record, TRUTHS.get(TruthsSpec(layout=spec)).record
    table, category, noun = read_token_table(spec.rows.model), category_by_word(), noun_by_word()
    texts = [table.text[i].strip().lower() for i in layout.token_ids]
    members = [row for row, text in enumerate(texts) if text in category]
    known = found.families
    assert known is not None and known.n_tokens == len(members) > 10
    assert known.n_words == len({noun[texts[row]] for row in members}) and known.n_families == len(
        {category[texts[row]] for row in members}
    )
    z = np.tanh(layout.rho / 2) * np.exp(1j * layout.theta)
    apart = np.abs((z[:, None] - z[None, :]) / (1 - np.conj(z[:, None]) * z[None, :]))
    units = [centred_units(spec_values(spec)[layout.token_ids], without=without).rows for without in READINGS]
    for keys, said in ((apart, known.together), *zip((-(u @ u.T) for u in units), (t.together for t in found.truths), strict=True)):
        shares, chance = [], []
        for row in members:
            others = [other for other in members if noun[texts[other]] != noun[texts[row]]]
            same = [category[texts[other]] == category[texts[row]] for other in sorted(others, key=lambda other: keys[row, other])]
            shares.append(np.mean(same[: known.k]))
            chance.append(np.mean(same))
        assert said == pytest.approx(np.mean(shares), abs=0.02) and known.by_chance == pytest.approx(np.mean(chance))


def test_a_matrix_has_no_texts_and_one_of_two_columns_no_second_truth() -> None:
    rng = np.random.default_rng(0)
    flat, full = (TRUTHS.get(TruthsSpec(layout=_matrix(rng.normal(size=(80, d))))).record for d in (2, 5))
    assert flat.families is None and len(flat.truths) == 1 and flat.truths[0].together is None
    assert full.families is None and len(full.truths) == 2


def test_what_is_there_is_not_computed_again_and_the_picture_does_not_wait_for_it(spec, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    find = looking.centred_units
    monkeypatch.setattr(looking, "centred_units", lambda *a, **b: asked.append(b["without"]) or find(*a, **b))
    lay_out(spec)
    assert asked == [0] and TRUTHS.stored(TruthsSpec(layout=spec)) is None
    first = TRUTHS.get(TruthsSpec(layout=spec))
    again = TRUTHS.get(TruthsSpec(layout=spec))
    assert asked == [0, 2] and not first.from_store and again.from_store and again.record == first.record


def test_it_can_be_stopped_and_started_again(spec) -> None:
    lay_out(spec)
    with pytest.raises(Stopped):
        TRUTHS.get(TruthsSpec(layout=spec), Watcher(stop_at=1))
    seen = Watcher()
    TRUTHS.get(TruthsSpec(layout=spec), seen)
    assert seen.shares == sorted(seen.shares) and seen.shares[-1] == pytest.approx(1.0)


def test_a_planted_common_component_hides_families_from_the_first_truth_only() -> None:
    rng = np.random.default_rng(3)
    family = np.repeat(np.arange(10), 20)
    words = rng.normal(size=(10, 12))[family] + 0.1 * rng.normal(size=(200, 12))
    values = np.concatenate([40.0 * rng.normal(size=(200, 2)), words], axis=1)
    layout = lay_out(_matrix(values)).record
    same = []
    for without in READINGS:
        near = true_neighbours(centred_units(values[layout.token_ids], without=without).rows, depths=(10,)).nearest
        own = family[layout.token_ids]
        same.append((own[near] == own[:, None]).mean())
    assert same[0] < 0.3 and same[1] > 0.99
    first, second = TRUTHS.get(TruthsSpec(layout=_matrix(values))).record.truths
    assert first.kept_at[1] > 3 * second.kept_at[1]  # a picture of the two common components is true to the first reading alone
    assert PolarPoints(rho=layout.rho, theta=layout.theta).rho.max() > 0
