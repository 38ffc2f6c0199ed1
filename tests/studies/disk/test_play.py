"""One vocabulary in several tables: who moves is who was moved, what stays is within the noise, and what cannot be played is said."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pytest

from hypviz.corpora import corpus_from_bytes
from hypviz.errors import HypvizError
from hypviz.geometry import polar_distance
from hypviz.models import read_embeddings, resolve
from hypviz.records.layout import DiskLayout
from hypviz.records.play import NOISE_SHARE, Played
from hypviz.records.specs.disk import BasisSpec, LayoutSpec, MatrixRows, ModelRows
from hypviz.records.specs.play import PlaySpec
from hypviz.studies.disk import BASIS, lay_out
from hypviz.studies.disk.play import PLAY, checkpoint_rows, play_table, require_same_vocabulary
from hypviz.words.play import play_title, step_sentences

FAMILIES, SIZE = 12, 50


def _rows(values: np.ndarray, name: str) -> MatrixRows:
    return MatrixRows(values=values.astype(np.float32), counts=None, label=name, counts_label=None, fingerprint=name)


def _basis(rows: MatrixRows | ModelRows, **changed) -> BasisSpec:
    return BasisSpec(**({"rows": rows, "counts": None, "method": "planar-sne", "pull": 0.0, "n_tokens": None, "seed": 0} | changed))


@pytest.fixture(scope="module")
def families() -> tuple[np.ndarray, np.ndarray]:
    """Rows of twelve families, and of which family each is."""
    rng = np.random.default_rng(5)
    label = rng.permutation(np.repeat(np.arange(FAMILIES), SIZE))
    centres = np.linalg.qr(rng.normal(size=(24, FAMILIES)))[0].T
    return centres[label] + 0.1 * rng.normal(size=(label.size, 24)), label


def _play(first: np.ndarray, *others: np.ndarray) -> Played:
    rows = [_rows(values, f"table {k}") for k, values in enumerate((first, *others))]
    labels = tuple(one.label for one in rows)
    return PLAY.get(PlaySpec(first=_basis(rows[0]), rows=tuple(rows[1:]), labels=labels, radius=4.0)).record


def test_the_same_rows_once_more_stay_within_the_noise(families):
    values, _ = families
    played = _play(values, values.copy())
    assert played.rho.shape == (2, len(values)) and played.moved.mean() <= 3 * NOISE_SHARE


def test_tokens_that_change_their_family_are_those_that_move(families):
    values, label = families
    changed = np.flatnonzero(label == 3)[:30]
    others = values.copy()
    others[changed] = values[np.flatnonzero(label == 4)[:30]] + 0.1 * np.random.default_rng(6).normal(size=(30, 24))
    played = _play(values, others, others)
    assert played.moved[0, changed].mean() > 0.9 and np.delete(played.moved[0], changed).mean() < 0.4
    assert played.moved[1].mean() <= 3 * NOISE_SHARE and "table 0 to table 1" in play_title(played)
    assert len(step_sentences(played)) == 2
    d = polar_distance(played.rho[0], played.theta[0], to_rho=played.rho[1], to_theta=played.theta[1])
    np.testing.assert_allclose(played.drift[0], d, atol=1e-9)


def test_a_start_is_part_of_the_question_and_none_leaves_it_as_it_was(families):
    values, _ = families
    plain = _basis(_rows(values, "a"))
    assert set(plain.identity) == {"rows", "counts", "method", "pull", "n_tokens", "seed"}
    begun = dataclasses.replace(plain, start=plain)
    assert begun.identity == plain.identity | {"start": plain.identity} and BASIS.key(begun) != BASIS.key(plain)
    other = dataclasses.replace(plain, start=_basis(_rows(values, "b")))
    assert BASIS.key(other) != BASIS.key(begun)


def test_what_cannot_begin_with_another_layout_is_refused(families):
    values, _ = families
    start = _basis(_rows(values, "a"))
    with pytest.raises(HypvizError, match="pca cannot start from another one; choose planar-sne"):
        BASIS.get(_basis(_rows(values, "b"), method="pca", start=start))
    with pytest.raises(HypvizError, match="599 tokens cannot start from one of 600"):
        BASIS.get(_basis(_rows(values[1:], "b"), start=start))
    with pytest.raises(HypvizError, match="each with its name"):
        PLAY.get(PlaySpec(first=start, rows=(), labels=("a",), radius=4.0))


def test_input_and_output_table_of_a_model_and_their_table(tiny_llama):
    ref = resolve(str(tiny_llama))
    layout: DiskLayout = lay_out(spec := LayoutSpec(rows=ModelRows(model=ref))).record
    asked = PlaySpec(first=spec.basis, rows=(ModelRows(model=ref, table="output"),), labels=("input table", "output table"), radius=4.0)
    played = PLAY.get(asked).record
    assert played.rho[0].tolist() == layout.rho.tolist()
    table = play_table(played, layout, [f"w{i}" for i in range(500)])
    assert table["token_id"].tolist() == layout.token_ids.tolist() and table["drift_0_1"].tolist() == played.drift[0].tolist()
    assert {"rho_0", "theta_0", "rho_1", "theta_1", "moved_0_1"} <= set(table)


def test_a_checkpoint_is_laid_out_in_the_order_of_the_first_whatever_its_own_ranks(tiny_llama, tmp_path):
    shutil.copytree(tiny_llama, tmp_path / "later")
    ref, later = resolve(str(tiny_llama)), resolve(str(tmp_path / "later"))
    spec = LayoutSpec(rows=ModelRows(model=ref), counts=corpus_from_bytes(b"apples and 12 dogs", "few.txt"))
    layout = lay_out(spec).record
    rows = checkpoint_rows(ref, later, layout)
    assert np.array_equal(rows.values, read_embeddings(later).values[layout.token_ids])
    played = PLAY.get(PlaySpec(first=spec.basis, rows=(rows,), labels=("now", "later"), radius=4.0)).record
    assert played.rho[0].tolist() == layout.rho.tolist() and played.moved.mean() <= 3 * NOISE_SHARE


def test_other_vocabularies_are_told_apart(tiny_llama, checkpoint_folder):
    ref = resolve(str(tiny_llama))
    require_same_vocabulary(ref, ref)
    with pytest.raises(HypvizError, match="vocabular"):
        require_same_vocabulary(ref, resolve(str(checkpoint_folder("gemma3"))))
