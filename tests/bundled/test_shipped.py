"""What ships beside the bundled model: it fits these weights, carries no path of the machine that made it, and its figures hold."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest

from hypviz import runs
from hypviz.bundled import BUNDLED_SOURCE, bundled_folder
from hypviz.bundled.card import PARTS
from hypviz.cli.generate import lender
from hypviz.corpora import read_corpus, read_problems
from hypviz.errors import HypvizError
from hypviz.layout import LAYOUTS, LayoutRows, centred_units, measure_quality, place, true_neighbours
from hypviz.models import read_embeddings, read_token_table, resolve
from hypviz.models.tokenizer.tokens import encode_plain
from hypviz.problems import CASE_STUDIES, PROBLEM_SET_NAMES
from hypviz.records.problems import CaseOutcomes
from hypviz.records.runs import DONE
from hypviz.records.specs.disk import DEFAULT_METHOD
from hypviz.records.specs.models import UntrainedSpec
from hypviz.store import Store
from hypviz.studies import disk, showcase
from hypviz.studies.evaluate import evaluate
from hypviz.studies.tokens import token_table
from hypviz.studies.untrained import UNTRAINED, untrained_rows
from hypviz.words.numbers import signed
from tests.runs.specs import TRIO
from tests.stages import evaluation

ROOM = bundled_folder().parent


@pytest.fixture(scope="module")
def ref():
    return resolve(BUNDLED_SOURCE)


def test_the_room_is_small_and_names_no_machine() -> None:
    files = [path for path in ROOM.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) <= 25_000_000
    for path in (p for p in files if p.suffix in (".json", ".jsonl", ".md", ".txt")):
        assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users|mnt|srv)/", path.read_text(encoding="utf-8")), path


def test_the_three_are_finished_fit_the_weights_and_hyplora_is_no_lora(ref) -> None:
    (record,) = runs.shipped()
    assert record.state == DONE and record.is_shipped and record.step == record.spec.steps >= 300
    assert record.spec.base.fingerprint == ref.fingerprint and record.spec.base.path == ref.path
    assert record.spec.radius == "calibrated" and tuple(m.method for m in record.members) == TRIO
    assert (record.spec.quantile, record.spec.lora_beyond, record.spec.clip) == (1.0, 6.0, "layer")
    assert all(len(curve.losses) == record.step for curve in runs.metrics(record.run_id).curves)
    probe, calibration = runs.layers(record.run_id)
    gain = probe.summary.of("hyplora").overall.gain
    assert gain.median > 1.2 and calibration is not None
    assert runs.get(record.run_id) == record
    assert record.run_id not in {made.run_id for made in runs.list_runs()}


def test_what_is_said_of_the_three_follows_from_their_curves_and_layers() -> None:
    """Recomputed from the files that ship; the losses by hand from the curves as well."""
    figures = json.loads((bundled_folder() / "figures.json").read_text(encoding="utf-8"))["three"]
    kept = {figure["what"]: figure["value"] for figure in figures}
    said = showcase.shipped_sentences()
    assert set(said) == {"the gain", "the losses", "what follows", "how much is alpha"}
    assert {about: kept[about] for about in said} == said
    (record,) = runs.shipped()
    lora, scaled, hyplora = (runs.metrics(record.run_id).curve(method).losses[-90:] for method in TRIO)
    assert f"HypLoRA minus LoRA {signed(float(np.mean(hyplora - lora)), 4)} (" in said["the losses"]
    assert f"minus Scaled LoRA {signed(float(np.mean(hyplora - scaled)), 4)} (" in said["the losses"]


def test_the_scaled_member_has_the_gains_that_hyplora_started_with() -> None:
    (record,) = runs.shipped()
    start = runs.before_first_step(record.run_id)
    config = json.loads((Path(record.member("scaled-lora").adapter) / "adapter_config.json").read_text(encoding="utf-8"))
    gains = {layer.layer.replace(".", r"\."): layer.gain.median for layer in start.summary.of("hyplora").layers}
    assert config["alpha_pattern"] == pytest.approx({name: record.spec.alpha * gain for name, gain in gains.items()})


def test_the_run_cannot_be_deleted(ref) -> None:
    (record,) = runs.shipped()
    with pytest.raises(HypvizError, match="came with hypviz and stays"):
        runs.delete(record.run_id)
    assert Path(record.folder).is_dir()


@pytest.mark.parametrize("method", showcase.SHIPPED_DISKS)
def test_the_first_disks_are_there_already(ref, method) -> None:
    spec = showcase.first_disk(ref, read_corpus(PROBLEM_SET_NAMES[0]), method)
    assert disk.BASIS.stored(spec.basis) is not None and disk.LAYOUT.stored(spec) is not None
    layout = disk.lay_out(spec)
    assert layout.from_store and layout.notice is None and np.isfinite(layout.record.rho).all()
    assert len(layout.record.token_ids) + layout.record.n_untrained == 4096 and layout.record.n_untrained == len(untrained_rows(ref).ids)
    assert UNTRAINED.stored(UntrainedSpec(model=ref)) is not None


def test_no_token_that_the_model_learned_from_counts_as_never_trained(ref) -> None:
    """It read every problem behind a word and a space, so that a token that begins a line, as ``Three``, was never in its texts."""
    texts = [f" {text}" for text in read_corpus(PROBLEM_SET_NAMES[0]).texts]
    seen = {token for ids in encode_plain(ref, texts) for token in ids}
    found = untrained_rows(ref)
    assert len(found.ids) > 100 and len(seen) > 300 and not seen & set(found.ids.tolist())


def test_another_radius_of_a_first_disk_finds_its_neighbours_in_what_ships(ref, tmp_path) -> None:
    spec = showcase.first_disk(ref, read_corpus(PROBLEM_SET_NAMES[0]), showcase.SHIPPED_DISKS[0])
    disk.lay_out(dataclasses.replace(spec, radius=5.0), store=Store(tmp_path))
    assert {kind.name for kind in tmp_path.iterdir()} == {"disk_layout"}


def test_a_shipped_layout_is_its_basis_at_the_default_radius(ref) -> None:
    for method in showcase.SHIPPED_DISKS:
        spec = showcase.first_disk(ref, read_corpus(PROBLEM_SET_NAMES[0]), method)
        basis, layout = disk.BASIS.stored(spec.basis), disk.LAYOUT.stored(spec)
        points = place(basis.shape, radius=spec.radius)
        np.testing.assert_allclose(layout.rho, points.rho, rtol=1e-12)  # another processor rounds the last digit otherwise
        np.testing.assert_allclose(layout.theta, points.theta, rtol=1e-12)


@pytest.mark.parametrize("method", showcase.SHIPPED_DISKS)
def test_the_methods_still_keep_what_the_shipped_shapes_keep(ref, method) -> None:
    """Not to the last bit: hundreds of rounds, or joins of which two are nearly equal, stand between two processors."""
    spec = showcase.first_disk(ref, read_corpus(PROBLEM_SET_NAMES[0]), method)
    basis, layout = disk.BASIS.stored(spec.basis), disk.LAYOUT.stored(spec)
    rows = read_embeddings(ref).values[basis.token_ids]
    units = centred_units(rows).rows
    points = place(LAYOUTS[method].shape(LayoutRows(values=rows, units=units), seed=0), radius=spec.radius)
    again = measure_quality(units, points, true_neighbours(units), layout.counts, norms=np.ones(len(units)), seed=0, query=np.arange(20))
    assert again.quality.kept_at == pytest.approx(layout.quality.kept_at, abs=0.015)
    assert method != DEFAULT_METHOD or layout.quality.kept_at[0] > 0.45


@pytest.mark.slow
def test_the_case_studies_end_as_the_record_says(ref) -> None:
    found = showcase.case_outcomes(ref, showcase.shipped_adapters(), lend=lender(ref), store=Store())
    kept = CaseOutcomes.from_json(showcase.outcomes_file().read_text(encoding="utf-8"))
    assert found == kept
    base = {outcome.title: outcome.is_right for outcome in found.outcomes if outcome.column == "base"}
    assert set(base) == {case.title for case in CASE_STUDIES} and sum(not right for right in base.values()) >= 5


@pytest.mark.slow
def test_one_step_problems_are_known_and_new_skills_are_not(ref) -> None:
    def right(skill: str, n: int) -> tuple[float, int]:
        problems = read_problems(f"{skill}:7", limit=n, split="test")
        (score,) = evaluate(evaluation(ref, [], problems, tokens=96), lend=lender(ref), store=Store()).columns
        return score.accuracy.value, score.no_answer

    assert right("one-step", 100)[0] >= 0.9  # the card says what it is on 500
    for skill in ("two-step", "three-step"):
        share, silent = right(skill, 50)
        assert share < 0.1 and silent <= 5


def test_the_card_has_every_part_measured() -> None:
    figures = json.loads((bundled_folder() / "figures.json").read_text(encoding="utf-8"))
    assert tuple(figures) == PARTS and all(figures.values())
    card = (bundled_folder() / "README.md").read_text(encoding="utf-8")
    assert all(figure["value"] in card for part in figures.values() for figure in part)


def test_the_token_table_is_there_and_is_what_the_tokenizer_says(ref, monkeypatch, tmp_path) -> None:
    expected = read_token_table(ref)
    monkeypatch.setattr("hypviz.models.read_token_table", lambda _ref: pytest.fail("it was read again"))
    found = token_table(ref, store=Store(tmp_path))
    assert found.text == expected.text and (found.kind == expected.kind).all() and (found.is_special == expected.is_special).all()
