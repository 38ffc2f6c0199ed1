"""How often gradients were shortened, in words: counted by layer or over all, and a warning where it was most of the time."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.records.runs import DONE, RUNNING, MemberReport
from hypviz.words.clipping import clipped, clipping_warning
from tests.runs.specs import tiny_spec


def member(method: str, n_clipped: int, *, steps: int = 20, layers: int = 0) -> MemberReport:
    return MemberReport(
        method=method,
        steps=steps,
        seconds=1.0,
        first_loss=2.0,
        last_loss=1.0,
        n_parameters=9,
        n_clipped=n_clipped,
        peak_bytes=None,
        adapter=None,
        adapter_steps=0,
        adapter_fingerprint=None,
        n_layers_clipped=layers,
    )


def test_steps_and_layers_are_counted(tiny_llama):
    by_layer, together = dataclasses.replace(tiny_spec(tiny_llama), clip="layer"), dataclasses.replace(tiny_spec(tiny_llama), clip="all")
    assert clipped(member(BASELINE, 0), by_layer) == "No layer's gradient was longer than 1."
    assert clipped(member(BASELINE, 0), together) == "No gradient was longer than 1, over all layers together."
    assert clipped(member(BASELINE, 3, layers=6), by_layer) == "3 of 20 steps had a gradient shortened to 1, in 2.0 layers on average."
    assert clipped(member(BASELINE, 3, layers=3), by_layer) == "3 of 20 steps had a gradient shortened to 1, in one layer each."
    assert clipped(member(BASELINE, 3), together) == "3 of 20 steps had their gradient shortened to 1, over all layers together."


@pytest.mark.parametrize(
    ("n_clipped", "steps", "state", "warned"),
    [(10, 20, DONE, False), (11, 20, DONE, True), (3, 3, RUNNING, False), (3, 3, DONE, True), (0, 0, DONE, False), (10, 10, RUNNING, True)],
)
def test_more_than_half_is_most_and_the_first_steps_of_a_running_one_are_not_enough(record, n_clipped, steps, state, warned):
    assert (clipping_warning(record(member(SUBJECT, n_clipped, steps=steps), state=state)) is not None) == warned


def test_what_to_do_is_what_is_not_done_yet(record):
    loose = clipping_warning(record(member(BASELINE, 0), member(SUBJECT, 20), radius="typical", lora_beyond=None))
    assert "A limit beyond which tokens are adapted as LoRA, a calibrated radius, a smaller alpha or more problems per step" in loose
    tight = clipping_warning(record(member(SUBJECT, 20), radius="calibrated", quantile=1.0, lora_beyond=6.0))
    assert tight.endswith("A smaller alpha or more problems per step makes gradients shorter.")
    assert "counts every token" in clipping_warning(record(member(SUBJECT, 20), radius="calibrated", quantile=0.99, lora_beyond=6.0))


def test_every_member_is_named_and_one_limit_for_all_layers_is_said_to_be_one(record):
    found = clipping_warning(record(member(BASELINE, 12), member(CONTROL, 13), member(SUBJECT, 0), clip="all"))
    assert "LoRA (12 of 20 steps) and Scaled LoRA (13 of 20 steps)" in found and "keeps the others from learning" in found
    assert "radius" not in found


def test_the_gradient_of_which_the_warning_speaks_is_the_one_that_is_limited(record):
    assert "HypLoRA (12 of 20 steps) had a layer's gradient longer than 1." in clipping_warning(record(member(SUBJECT, 12), clip="layer"))
    assert "HypLoRA (12 of 20 steps) had a gradient longer than 1." in clipping_warning(record(member(SUBJECT, 12), clip="all"))
