"""Layers and tokens of a probe: every layer is drawn once, titles say the extreme, and flat gains are called LoRA."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.plots.probe import LAYER_QUANTITIES, VARIATION, layer_chart, token_chart
from hypviz.records.hyplora import BA_NORM, GAIN, QUANTITIES, RATIO, AdapterProbe, LayerProbe, PromptProbe, Quantiles, U
from hypviz.words.layer_names import listed, place

LAYERS = tuple(f"model.layers.{block}.{module}" for block in (0, 1) for module in ("self_attn.q_proj", "mlp.down_proj"))


def around(middle: float) -> Quantiles:
    return Quantiles(minimum=0.8 * middle, low=0.9 * middle, median=middle, high=1.1 * middle, maximum=1.2 * middle, n=40)


def entry(name: str, gains: tuple[float, ...] | None) -> AdapterProbe:
    """Layers whose median gains are given; plain LoRA without them."""
    layers = [
        LayerProbe(
            layer=layer,
            n_tokens=40,
            n_capped=0,
            u=None if gains is None else around(1.0 + i),
            ba_norm=around(0.5),
            gain=around(1.0 if gains is None else gains[i]),
            ratio=around(0.01 * (1 + i)),
        )
        for i, layer in enumerate(LAYERS)
    ]
    return AdapterProbe(adapter=name, hyperbolic=gains is not None, overall=layers[0], layers=tuple(layers))


BENT, PLAIN = entry("hyplora", (1.1, 0.5, 1.2, 1.0)), entry("lora", None)


def test_names_become_block_and_module():
    assert place("model.layers.3.mlp.down_proj") == (3, "mlp.down_proj")
    assert place("transformer.h.11.attn.c_proj") == (11, "attn.c_proj")
    assert place("inner") == (0, "inner")


def test_the_marks_of_three_adapters_are_told_apart_without_colour():
    drawn = layer_chart([PLAIN, entry("scaled-lora", None), BENT], RATIO).figure.data
    assert {trace.name.split(": ")[0] for trace in drawn} == {"LoRA", "Scaled LoRA", "HypLoRA"}
    assert len({trace.marker.symbol for trace in drawn}) == len(drawn)


@pytest.mark.parametrize(
    ("quantity", "title", "adapters"),
    [
        (GAIN, "The gain is farthest from 1 in block 0 down_proj: 0.5 at the median token", {"hyplora"}),
        (U, "longest against the radius in block 1 down_proj: u = 4 at the median, 4.8 at most", {"hyplora"}),
        (RATIO, "The update is largest in LoRA's block 1 down_proj: 4.00 % at the median token", {"lora", "hyplora"}),
        (BA_NORM, "|BAx| is largest in LoRA's block 0 q_proj: 0.5", {"lora", "hyplora"}),
    ],
)
def test_every_layer_once_and_the_extreme_in_the_title(quantity, title, adapters):
    chart = layer_chart([PLAIN, BENT], quantity)
    assert title in chart.title and title in chart.alt
    assert len(chart.data) == len(LAYERS) * len(adapters) and set(chart.data["adapter"]) == adapters
    drawn = [(round(x), y) for trace in chart.figure.data for x, y in zip(trace.x, trace.y, strict=True)]
    assert sorted(drawn) == sorted(zip(chart.data["block"], chart.data["median"], strict=True))


def test_plain_lora_has_no_gain_and_no_u():
    assert layer_chart([PLAIN], GAIN) is None and layer_chart([PLAIN], U) is None
    assert layer_chart([PLAIN], RATIO) is not None and layer_chart([], RATIO) is None


def test_the_variation_within_the_layer_is_a_number_a_layer_and_stands_beside_the_gain():
    ends = [(0.99, 1.21), (0.25, 0.75), (1.2, 1.2), (0.99, 1.01)]
    layers = [dataclasses.replace(layer, gain_p5=a, gain_p95=b) for layer, (a, b) in zip(BENT.layers, ends, strict=True)]
    told = dataclasses.replace(BENT, layers=tuple(layers))
    chart = layer_chart([PLAIN, told], VARIATION)
    assert chart.data["median"].tolist() == pytest.approx([0.1, 0.5, 0.0, 0.01]) and set(chart.data["adapter"]) == {"hyplora"}
    assert chart.title == (
        "In half of the layers the gain is one number give or take 5.5 % or less; it varies most by token in block 0 down_proj: 50 %"
    )
    assert layer_chart([told], GAIN).title.endswith("in block 0 down_proj: 0.5 at the median token, give or take 50 %")
    assert layer_chart([told], GAIN).data["gain_variation"].tolist() == pytest.approx([0.1, 0.5, 0.0, 0.01])
    assert layer_chart([BENT], VARIATION) is None  # a probe that does not know it


def test_every_quantity_has_a_chart_or_none():
    assert [layer_chart([BENT], quantity) is None for quantity in LAYER_QUANTITIES] == [False, True, False, False, False]


def test_flat_gains_are_called_lora():
    near = Quantiles(minimum=0.9, low=0.98, median=1.0, high=1.02, maximum=1.1, n=9)
    flat = dataclasses.replace(BENT, layers=tuple(dataclasses.replace(layer, gain=near) for layer in BENT.layers))
    assert layer_chart([flat], GAIN).title == "The gain is 0.98 to 1.02 in every layer: HypLoRA acts as LoRA"


def test_two_layers_of_the_same_last_name_stay_apart():
    names = ("transformer.h.0.attn.c_proj", "transformer.h.0.mlp.c_proj")
    both = dataclasses.replace(BENT, layers=tuple(dataclasses.replace(BENT.layers[i], layer=name) for i, name in enumerate(names)))
    assert {trace.name for trace in layer_chart([both], GAIN).figure.data} == {"attn.c_proj", "mlp.c_proj"}


def prompt(u: bool = True) -> PromptProbe:
    gain = np.array([[1.0, 2.0, 1.0], [0.25, 1.0, 1.0]]) if u else np.ones((2, 3))
    return PromptProbe(
        layers=LAYERS[:2],
        pieces=("<s>", " <b>", "\n"),
        u=gain + 1 if u else None,
        ba_norm=np.array([[0.1, 0.2, 0.0], [3.0, 0.1, 0.1]]),
        gain=gain,
        ratio=np.array([[0.1, 0.2, 0.0], [0.1, 0.1, 0.7]]),
    )


def test_the_map_shades_by_logarithm_and_names_both_ends():
    chart = token_chart(prompt(), GAIN)
    assert chart.title == "HypLoRA stretches “␣<b>” in block 0 q_proj (2) most, and “<s>” in block 0 down_proj (0.25) least"
    heat = chart.figure.data[0]
    np.testing.assert_allclose(heat.z, np.log2(prompt().gain))
    assert heat.zmin == -2 and heat.zmax == 2  # 1 is the middle of the scale
    assert list(chart.figure.layout.xaxis.ticktext) == ["&lt;s&gt;", "␣&lt;b&gt;", "⏎"]  # text, never markup
    assert len(chart.data) == 6 and set(QUANTITIES) <= set(chart.data.columns)


def test_a_very_large_map_leaves_its_details_to_the_download():
    wide = np.ones((200, 400))
    huge = PromptProbe(layers=tuple(f"m.{i}.q" for i in range(200)), pieces=("x",) * 400, u=wide, ba_norm=wide, gain=wide * 1.5, ratio=wide)
    chart = token_chart(huge, GAIN)
    assert chart.figure.data[0].customdata is None and len(chart.figure.to_json()) < 3_000_000 and len(chart.data) == 80_000


def test_an_update_of_nothing_has_no_colour_and_is_no_error():
    assert np.isnan(token_chart(prompt(), RATIO).figure.data[0].z[0][2])
    silent = dataclasses.replace(prompt(), ratio=np.zeros((2, 3)))
    assert token_chart(silent, RATIO) is not None
    endless = dataclasses.replace(prompt(), ratio=np.array([[np.inf, 0.2, np.nan], [0.1, 0.3, 0.1]]))
    assert "(30.00 %)" in token_chart(endless, RATIO).title
    assert token_chart(dataclasses.replace(prompt(), gain=np.full((2, 3), np.nan)), GAIN) is None


def test_plain_lora_on_a_prompt_has_updates_only():
    assert token_chart(prompt(u=False), GAIN) is None and token_chart(prompt(u=False), U) is None
    assert "(70.00 %)" in token_chart(prompt(u=False), RATIO).title


def test_names_are_listed_as_people_do() -> None:
    assert [listed(names) for names in ([], ["q"], ["q", "k"], ["q", "k", "v"])] == ["", "q", "q and k", "q, k and v"]
