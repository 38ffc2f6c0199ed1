"""What is said of tokens that are long against the radius: only what calibration and the limit really do."""

from __future__ import annotations

import dataclasses

from hypviz.records.hyplora import LayerRadius, MassiveToken, RadiusCalibration
from hypviz.words.activations import calibrated, long_tokens, price
from tests.words.test_gain import adapter, at, flat, layer

DOWN = "model.layers.11.mlp.down_proj"


def test_long_tokens_with_their_full_gain_are_a_warning_that_promises_nothing_false():
    found = long_tokens([adapter(layer(DOWN, 1.0, 0.01, u=flat(715.0)), layer(at(0, "q_proj"), 1.0, 0.01))])
    assert found.is_warning and "In 1 layer some tokens are more than 30 radii long (u up to 715 in " + DOWN in found.sentence
    assert "no token of its own batch above its target" in found.sentence
    assert long_tokens([adapter(layer(DOWN, 1.0, 0.01, u=flat(30.0)))]) is None
    assert long_tokens([adapter(layer(DOWN, 1.0, 0.01, u=None), hyperbolic=False)]) is None


def test_long_tokens_beyond_the_limit_are_counted_and_no_warning():
    limited = layer(DOWN, 1.0, 0.01, u=flat(715.0), lora_beyond=6.0, n_as_lora=8)
    found = long_tokens([adapter(limited)])
    assert not found.is_warning and found.sentence.endswith("Beyond u = 6 a token is adapted as LoRA: 8 of 100 there.")
    too_late = dataclasses.replace(limited, lora_beyond=100.0)
    assert long_tokens([adapter(limited, too_late)]).is_warning


def calibration(quantile: float, u: float, median: float = 2.0) -> RadiusCalibration:
    token = MassiveToken(row=1, position=0, token_id=7, u=u, times_median=539.0)
    middle = dataclasses.replace(flat(median), maximum=u)
    found = LayerRadius(layer=DOWN, radius=9.0, c=0.1, u_before=middle, u=middle, n_massive=1, massive=(token,))
    return RadiusCalibration(adapter="hyplora", quantile=quantile, target=3.0, n_tokens=100, layers=(found,), unchanged=())


def test_a_calibration_on_every_token_says_that_none_of_its_batch_is_above_the_target_and_what_that_costs():
    said = calibrated(calibration(1.0, 3.0, median=0.0056))
    assert "Massive activations in 1 layer: in model.layers.11.mlp.down_proj 1 of 100 tokens is more than 10 times as long" in said
    assert "the longest 539 times (position 0 of example 2, u = 3)." in said
    assert "Calibration counted every token of its batch, so none of it is above u = 3. The price: in the layer with such tokens" in said
    assert said.endswith(" the median token has a gain of at most 1.015 (u = 0.0056), and HypLoRA is LoRA for it.")
    assert price(calibration(1.0, 3.0, median=0.0056)) == said[said.index("Calibration counted") :]


def test_the_price_is_counted_in_the_layers_that_pay_it():
    one = calibration(1.0, 3.0, median=0.0056).layers[0]
    wide = dataclasses.replace(calibration(1.0, 3.0, median=0.1).layers[0], layer="model.layers.2.mlp.down_proj", n_massive=14)
    free = dataclasses.replace(calibration(1.0, 3.0, median=0.4).layers[0], layer="model.layers.3.mlp.down_proj")
    told = dataclasses.replace(calibration(1.0, 3.0), layers=(one, wide))
    assert "in all 2 layers with such tokens the median token has a gain of at most 1.015 (u down to 0.0056)" in calibrated(told)
    assert "in 2 of the 3 layers with such tokens" in calibrated(dataclasses.replace(told, layers=(one, wide, free)))
    assert "14 of 100 tokens are more" in calibrated(dataclasses.replace(told, layers=(wide,)))
    assert price(dataclasses.replace(told, layers=(free,))).endswith("so none of it is above u = 3.")


def test_a_quantile_leaves_the_longest_out_and_says_so():
    said = calibrated(calibration(0.99, 715.0))
    assert "(position 0 of example 2, u = 715)" in said and "left the longest 1 % of each layer's tokens out" in said
    assert "The price" not in said and "none of it" not in said
    assert calibrated(dataclasses.replace(calibration(0.99, 3.0), layers=())) is None
