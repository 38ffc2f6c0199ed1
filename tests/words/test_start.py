"""What was found before the first step, in words, from probes whose gains and lengths are known."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.records.hyplora import ProbeSummary
from hypviz.records.runs import RunProbe, RunSpec
from hypviz.words.activations import calibrated, price
from hypviz.words.start import start_gain, start_sentences
from tests.runs.specs import TRIO, tiny_spec
from tests.words.test_activations import calibration
from tests.words.test_gain import adapter, at, flat, layer


@pytest.fixture
def spec(tiny_llama) -> RunSpec:
    return dataclasses.replace(tiny_spec(tiny_llama), methods=TRIO, alpha=64.0, hyplora_alpha=128.0, lora_beyond=6.0)


def start(**more: object) -> RunProbe:
    layers = (
        layer(at(0, "q_proj"), 2.0, 0.1, None, u=flat(2.6)),
        layer("model.layers.0.mlp.down_proj", 3.0, 0.1, None, u=flat(3.1), **more),
    )
    return RunProbe(step=0, summary=ProbeSummary(adapters=(adapter(*layers),)))


def test_gain_alphas_lengths_and_the_limit_are_said(spec):
    said = start_sentences(start(), spec)
    assert said[0].startswith("Before the first step HypLoRA is LoRA times 2.5") and start_gain(start()) == 2.5
    assert said[1] == "Scaled LoRA's alpha is 128 times the median gain of each layer: 256 to 384, where LoRA has 64."
    assert "u = |x|/R = 2.9 long at the median layer (2.6 to 3.1 by layer), the longest 3.1 in model.layers.0.mlp.down_proj" in said[2]
    assert said[-1].startswith("No token is longer than 6 radii")


def test_massive_tokens_and_those_adapted_as_lora_are_counted(spec):
    said = " ".join(start_sentences(start(n_massive=4, longest=524.0, n_as_lora=4, lora_beyond=6.0), spec))
    assert "Massive tokens, more than 10 times as long" in said and "4 of 200 token steps lie beyond u = 6 and are adapted as LoRA" in said
    assert "No token is longer" not in said


def test_massive_tokens_are_told_once_with_what_calibration_made_of_them(spec):
    found = calibration(1.0, 3.0, median=0.0056)
    told = start_sentences(start(n_massive=4, longest=524.0), spec, found)
    assert sum("as long as" in sentence for sentence in told) == 1 and price(found) in told
    other = start_sentences(start(), spec, found)  # on the batch of calibration, not on the one that was looked at
    assert calibrated(found) in other and price(found) not in other
    assert start_sentences(start(), spec, dataclasses.replace(found, layers=())) == start_sentences(start(), spec)


def test_no_alphas_without_the_control_no_limit_without_one_and_nothing_without_a_probe(spec):
    pair = dataclasses.replace(spec, methods=("lora", "hyplora"), lora_beyond=None)
    assert not any("Scaled LoRA" in sentence or "longer than" in sentence for sentence in start_sentences(start(), pair))
    assert start_sentences(None, spec) == () and start_gain(None) is None


def test_gains_at_the_cap_are_not_sold_as_measured(spec):
    two = dataclasses.replace(start(n_capped=3).summary.adapters[0].layers[1], gain=flat(1e16))
    said = start_sentences(RunProbe(step=0, summary=ProbeSummary(adapters=(adapter(two),))), spec)
    assert said[1] == f"For 3 of {two.n_tokens} token steps the gain is larger than 1e+16 and was taken as that."
    assert not any("taken as that" in sentence for sentence in start_sentences(start(), spec))


def test_lengths_of_fifty_digits_are_powers_of_ten(spec):
    long = dataclasses.replace(start().summary.adapters[0].layers[1], u=flat(1e50))
    said = " ".join(start_sentences(RunProbe(step=0, summary=ProbeSummary(adapters=(adapter(long),))), spec))
    assert "u = |x|/R = 1e+50 long" in said and "000,000" not in said


def test_one_length_in_all_layers_is_told_once(spec):
    one = start().summary.adapters[0].layers[0]
    two = tuple(dataclasses.replace(one, layer=at(block, "q_proj")) for block in (0, 1))
    said = " ".join(start_sentences(RunProbe(step=0, summary=ProbeSummary(adapters=(adapter(*two),))), spec))
    assert "2.6 long at the median layer (2.6 by layer)" in said
