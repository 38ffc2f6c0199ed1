"""A gain in one new file keeps the laws, is calibrated, learns, is loaded again, and is offered to a fine-tune."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.errors import HypvizError
from hypviz.gains import GAINS, radial_gains
from hypviz.runs.checks import check_spec
from tests.gains.laws import LAWS
from tests.gains.test_every_gain import learns_and_is_loaded
from tests.runs.specs import tiny_problems, tiny_spec


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_it_keeps_the_laws(toy_gain, law):
    law(radial_gains()[toy_gain])


def test_a_gain_with_a_wrong_slope_does_not(toy_gain):
    wrong = dataclasses.replace(radial_gains()[toy_gain], slopes=radial_gains()["exact"].slopes)
    for law in LAWS[1:2] + LAWS[4:]:
        with pytest.raises((AssertionError, RuntimeError)):
            law(wrong)


def test_it_learns_and_is_loaded(toy_gain, make_base, tmp_path):
    learns_and_is_loaded(make_base, toy_gain, tmp_path / "adapter")


def test_a_fine_tune_can_have_it_while_its_file_is_there(toy_gain, tiny_llama):
    from hypviz import runs
    from tests.runs.conftest import work_off

    assert list(GAINS)[:3] == ["exact", "square", "paper"]
    spec = dataclasses.replace(tiny_spec(tiny_llama), gain=toy_gain, steps=2, warmup=0, radius="calibrated", quantile=1.0)
    done = work_off(runs.create(spec, tiny_problems()).run_id)
    assert done.record.state == "done", done.record.message
    probe, calibration = runs.layers(done.record.run_id)
    entry = probe.summary.of("hyplora")
    assert calibration is not None and entry.overall.gain.maximum == pytest.approx(1.0 + entry.overall.u.maximum**2 / 6.0, rel=1e-6)


def test_without_its_file_a_fine_tune_cannot_have_it(tiny_llama):
    with pytest.raises(HypvizError, match="no gain 'square' with a radius; choose exact"):
        check_spec(dataclasses.replace(tiny_spec(tiny_llama), gain="square"))
