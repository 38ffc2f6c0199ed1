"""What is said of a gain, against probes whose gain is known: LoRA, a constant, a few tokens, the token."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.records.hyplora import AdapterProbe, LayerProbe, Quantiles
from hypviz.words.gain import curvature_sentence, kind_sentences, massive_sentence, sentences, whole_sentence
from hypviz.words.gain_of_layers import ACTS, DEPENDS, DEPENDS_FROM, FEW, FEW_SHARE, SCALED, behaviour, layer_sentence, layer_words
from hypviz.words.numbers import between, factor, percent

ONE = Quantiles(minimum=1.0, low=1.0, median=1.0, high=1.0, maximum=1.0, n=100)


def flat(value: float) -> Quantiles:
    return Quantiles(minimum=value, low=value, median=value, high=value, maximum=value, n=100)


def layer(name: str, m: float, v: float, share: float | None = 0.008, **more: object) -> LayerProbe:
    """A layer whose median gain is m, give or take v."""
    given = {"gain_p5": m * (1 - v), "gain_p95": m * (1 + v), "unlike_lora": share, "c": 1.0, "n_massive": 0, **more}
    return LayerProbe(
        **{"layer": name, "n_tokens": 100, "n_capped": 0, "u": flat(2.0), "ba_norm": ONE, "gain": flat(m), "ratio": ONE, **given}
    )


def adapter(*layers: LayerProbe, hyperbolic: bool = True) -> AdapterProbe:
    return AdapterProbe(adapter="hyplora", hyperbolic=hyperbolic, overall=layers[0], layers=layers)


def at(block: int, module: str) -> str:
    return f"model.layers.{block}.self_attn.{module}"


@pytest.mark.parametrize(
    ("m", "v", "share", "kind", "words"),
    [
        (1.0, 0.03, 1e-4, ACTS, "acts as LoRA: the gain is 0.97 to 1.03 at nine tokens in ten; LoRA at that scale cannot give 0.01 % of"),
        (
            2.41,
            0.1,
            0.009,
            SCALED,
            "LoRA times 2.4, give or take 10 % by token; LoRA at that scale cannot give 0.9 % of the update's variance.",
        ),
        (1.2, 0.03, None, SCALED, "LoRA times 1.2, give or take 3 % by token."),
        (2.4, 0.1, 0.6, FEW, "LoRA times 2.4 at nine tokens in ten, give or take 10 % by token; LoRA at that scale cannot give 60 %"),
        (1.0, 0.01, 1.96, FEW, "LoRA at that scale is farther from the update than no update is (196 % of its variance)."),
        (
            4.0,
            0.8,
            0.4,
            DEPENDS,
            "depends on the token: 4.0 at the median one, give or take 80 % by token; LoRA at that scale cannot give 40 %",
        ),
    ],
)
def test_a_sentence_for_each_layer(m, v, share, kind, words):
    found = layer(at(0, "q_proj"), m, v, share)
    assert behaviour(found) == kind and words in layer_sentence(found)


def test_the_two_limits_meet_a_bell_shaped_gain_that_varies_as_much_as_a_constant_may_is_not_a_matter_of_few_tokens():
    rng = np.random.default_rng(0)
    g = rng.normal(1.0, DEPENDS_FROM / 1.645, 200_000)
    low, high = np.quantile(g, [0.05, 0.95])
    assert (high - low) / 2 == pytest.approx(DEPENDS_FROM, rel=0.02)
    assert 0.7 * FEW_SHARE < ((g - 1.0) ** 2).sum() / (g**2).sum() < FEW_SHARE


def test_kinds_that_behave_alike_share_a_sentence_and_the_layers_that_do_not_are_counted():
    layers = []
    for block in range(10):
        layers += [layer(at(block, name), 2.4, 0.1) for name in ("q_proj", "k_proj", "v_proj")]
        layers.append(layer(f"model.layers.{block}.mlp.down_proj", 1.3 + block / 10, 0.9 if block in (3, 7) else 0.2))
    first, second = kind_sentences(adapter(*layers))
    assert first == (
        "In q, k and v HypLoRA is LoRA times 2.4, give or take 10 % by token; LoRA at each layer's own scale cannot give 0.8 % "
        "of the update's variance."
    )
    assert second.startswith("In down HypLoRA, in 8 of 10 layers, is LoRA times 1.8 (1.3 to 2.2 by layer), give or take 20 % by token; ")
    assert second.endswith("in 2 of 10 layers (blocks 3 and 7) it depends on the token.")
    whole = whole_sentence(adapter(*layers))
    assert whole == (
        "In this run HypLoRA is LoRA times 2.4 (1.3 to 2.4 by layer), give or take 10 % by token, in 38 of 40 layers. LoRA at each layer's "
        "own scale cannot give 0.8 % of the update's variance at the median layer. In 2 of 40 layers (down) it depends on the token."
    )


def test_the_whole_has_one_spread_for_every_layer_with_a_scale_and_counts_those_that_lora_misses():
    """The same median variation as the gain's chart and the table beside the answers."""
    layers = [layer(at(block, "q_proj"), 2.4, 0.1 + block / 100) for block in range(8)]
    layers += [layer(f"model.layers.{block}.mlp.down_proj", 1.2, 0.3, 0.4) for block in range(3)]
    entry = adapter(*layers)
    whole = whole_sentence(entry, subject="On this prompt HypLoRA")
    assert {behaviour(entry.layers[0]), behaviour(entry.layers[-1])} == {SCALED, FEW}
    assert whole.startswith(
        f"On this prompt HypLoRA is LoRA times 2.4 (1.2 to 2.4 by layer), give or take {percent(entry.variation)} by token. "
    )
    assert whole.endswith("0.8 % of the update's variance at the median layer, and more than 10 % in 3 of 11 layers (down).")
    mixed = whole_sentence(adapter(*layers, layer(at(9, "q_proj"), 2.4, 0.9)))
    assert ", in 11 of 12 layers. " in mixed and "more than 10 % in 3 of these 11 layers (down). In 1 of 12 layers (q) it depends" in mixed
    alone = whole_sentence(adapter(layer(at(0, "q_proj"), 2.4, 0.1, 0.3)))
    assert alone.endswith("LoRA at that scale cannot give 30 % of the update's variance.")
    opposite = whole_sentence(adapter(layer(at(0, "q_proj"), 2.4, 0.1, 1.9)))
    assert opposite.endswith("LoRA at that scale is farther from the update than no update is (190 % of its variance).")
    assert "variance" not in whole_sentence(adapter(layer(at(0, "q_proj"), 2.4, 0.1, None)))


def test_nothing_is_said_of_plain_lora_and_of_probes_that_do_not_know():
    known = layer(at(0, "q_proj"), 2.0, 0.1)
    unknown = dataclasses.replace(known, gain_p5=None, gain_p95=None, c=None, n_massive=None)
    for entry in (adapter(known, hyperbolic=False), adapter(unknown)):
        assert sentences(entry) == () and whole_sentence(entry) is None and layer_words([entry]) == ()
    assert layer_sentence(unknown) is None and behaviour(unknown) is None


def test_massive_tokens_are_placed_in_their_rows():
    base = {"n_massive": 8, "longest": 539.0, "n_rows": 8, "n_massive_first": 8, "massive_positions": (0,)}
    down = layer("model.layers.11.mlp.down_proj", 1.0, 0.01, **base)
    assert "Massive: 8 of 100 tokens, the longest 539 times the median, all at position 0, in 8 of 8 rows." in layer_sentence(down)
    some = dataclasses.replace(down, n_massive=10, massive_positions=(0, 4, 9))
    assert "8 at position 0 (in 8 of 8 rows), the others at 2 positions from 4 to 9." in layer_sentence(some)
    later = dataclasses.replace(down, n_massive=1, n_massive_first=0, massive_positions=(4,))
    assert ", at position 4." in layer_sentence(later)
    blind = dataclasses.replace(down, n_massive_first=None, massive_positions=None, n_rows=None)
    assert "at positions that this layer does not see" in layer_sentence(blind)
    told = massive_sentence(adapter(down, layer(at(0, "q_proj"), 1.0, 0.01)))
    assert "in 1 of 2 layers: most so in block 11 down_proj, 8 of 100 tokens, the longest 539 times" in told
    both = massive_sentence(adapter(down, dataclasses.replace(down, layer=at(0, "q_proj"), longest=20.0)))
    assert "in 2 of 2 layers, everywhere at position 0: most so in block 11 down_proj" in both
    assert massive_sentence(adapter(layer(at(0, "q_proj"), 1.0, 0.01))) is None


def test_tokens_adapted_as_lora_are_counted_with_their_limit():
    found = layer(at(0, "q_proj"), 1.0, 0.01, n_as_lora=3, lora_beyond=6.0)
    assert layer_sentence(found).endswith("Adapted as LoRA: 3 of 100 tokens.")
    assert massive_sentence(adapter(found)) == "3 of 100 token steps lie beyond u = 6 and are adapted as LoRA, in 1 of 1 layer."


def test_the_curvature_that_would_bend_is_worked_out_from_the_u_that_was_measured():
    """u grows with the square root of c: from u = 0.3 at c = 1, u = 3 is at c = 100."""
    small = layer(at(0, "q_proj"), 1.01, 0.001, u=flat(0.3))
    other = layer(at(1, "q_proj"), 1.001, 0.001, u=flat(0.15))
    told = curvature_sentence(adapter(small, other, layer(at(0, "up_proj"), 2.0, 0.1)))
    assert told == (
        "In 2 of 3 layers (q) the median token has u = |x|/R of only 0.15 to 0.3, at c = 1; the gain there is 1.00 to 1.01. "
        "A median u of 3 needs c = 100 to 400, by layer."
    )
    assert curvature_sentence(adapter(layer(at(0, "q_proj"), 2.0, 0.1))) is None


def test_what_that_curvature_makes_of_a_massive_token_is_said_with_it():
    """Calibrated on a massive token: u = 0.006 at the median and 3 at the longest; at the c of a median of 3 that one has u = 1,500."""
    wide = Quantiles(minimum=0.003, low=0.004, median=0.006, high=0.02, maximum=3.0, n=100)
    told = curvature_sentence(adapter(layer(at(11, "down_proj"), 1.0, 0.001, u=wide)))
    assert told is not None and told.endswith("by layer. The longest token would then be u = 1,500 long.")


def test_lines_of_the_table_are_the_layers():
    lines = layer_words([adapter(layer(at(2, "q_proj"), 2.0, 0.1)), adapter(layer(at(2, "q_proj"), 1.0, 0.0), hyperbolic=False)])
    assert [(line.block, line.module, line.gain, line.unlike_lora) for line in lines] == [(2, "q_proj", 2.0, 0.008)]
    assert lines[0].variation == pytest.approx(0.1)


def test_numbers_have_the_digits_they_mean():
    assert [percent(x) for x in (0.0, 1e-6, 0.0083, 0.1, 0.996, 1.96, 1e14)] == [
        "0 %",
        "below 0.001 %",
        "0.83 %",
        "10 %",
        "100 %",
        "196 %",
        "1e+16 %",
    ]
    assert [factor(x) for x in (1.03, 2.41, 0.5, 539.0, 1e16)] == ["1.03", "2.4", "0.5", "539", "1e+16"]
    assert between(0.99, 1.004) == "0.99 to 1.00" and between(1.0, 1.004) == "1.00"
