"""The curvature dial in words."""

from __future__ import annotations

from dataclasses import replace

from hypviz.records.hyplora import AdapterProbe, LayerProbe, Quantiles
from hypviz.words.turning import FACTORS, factor_label, gain_sentence, turned_name


def test_steps_have_names_that_tell_them_apart() -> None:
    assert [factor_label(factor) for factor in FACTORS][:3] == ["c × 0 (LoRA)", "c × 1/16", "c × 1/4"] and factor_label(2.0) == "c × 2"
    assert len({factor_label(f) for f in FACTORS}) == len({turned_name("h", f) for f in FACTORS}) == len(FACTORS)


def test_the_gain_is_said_with_its_range_and_what_was_capped() -> None:
    gain = Quantiles(minimum=1.0, low=1.1, median=1.5, high=2.0, maximum=3.0, n=9)
    overall = LayerProbe(layer="all layers", n_tokens=9, n_capped=0, u=gain, ba_norm=gain, gain=gain, ratio=None)
    probe = AdapterProbe(adapter="h", hyperbolic=True, overall=overall, layers=())
    assert gain_sentence(probe) == "On the prompt the gain is 1.5 in the median (1.1 to 2 from the 1st to the 99th percentile)."
    assert gain_sentence(replace(probe, overall=replace(overall, n_capped=3))).endswith("At 3 token steps it was capped.")
    assert gain_sentence(None) == gain_sentence(replace(probe, hyperbolic=False)) == "The gain is 1 everywhere: plain LoRA."
