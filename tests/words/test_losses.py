"""What is said of training losses: paired, the two comparisons that matter, how much is alpha, and no claim from too little."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.plots.scale import alpha_words, scale_chart
from hypviz.records.runs import RunMetrics
from hypviz.words.losses import conclusion, gap_sentence, loss_finding, loss_gap, recent_loss, shares, shares_finding, told_apart
from tests.runs.specs import TRIO, tiny_spec
from tests.runs.test_curves_and_charts import curve, metrics


def three(scaled: float, hyplora: float, *, noise: float = 0.01, n: int = 100) -> RunMetrics:
    """LoRA, and the two others so much higher, on shared batch noise with a small one of their own."""
    rng = np.random.default_rng(3)
    shared = np.linspace(2.0, 1.0, n) + rng.normal(0, 0.3, n)
    losses = {BASELINE: shared, CONTROL: shared + scaled + rng.normal(0, noise, n), SUBJECT: shared + hyplora + rng.normal(0, noise, n)}
    return RunMetrics(run_id="r", curves=tuple(curve(method, losses[method]) for method in TRIO), n_damaged=0)


def test_the_difference_is_paired_so_that_shared_batch_noise_cancels():
    found = loss_gap(metrics(-0.05), SUBJECT, BASELINE)
    assert found.n == 10 and told_apart(found)
    assert found.value == pytest.approx(-0.05, abs=0.02) and found.high - found.low < 0.04
    assert "below LoRA's over the last 10 steps" in loss_finding(metrics(-0.05))
    assert "above" in loss_finding(metrics(0.05))


def test_noise_is_not_told_apart_and_too_few_steps_make_no_claim():
    assert "not told apart" in loss_finding(metrics(0.0, noise=0.2))
    few = metrics(-0.05, n=9)
    assert loss_gap(few, SUBJECT, BASELINE) is None and loss_finding(few).startswith("Training loss of step 9: LoRA")
    assert gap_sentence(few) is None and recent_loss(few, BASELINE)[1] == 9
    alone = RunMetrics(run_id="r", curves=metrics(0.0).curves[:1], n_damaged=0)
    assert loss_gap(alone, SUBJECT, BASELINE) is None and shares(alone) is None


@pytest.mark.parametrize(
    "scaled, hyplora, said",
    [
        (-0.2, -0.2, r"is 0\.\d+ below LoRA's, and not told apart from Scaled LoRA's, over the last 20 steps"),
        (-0.2, -0.3, r"is 0\.\d+ below LoRA's, and 0\.\d+ below Scaled LoRA's, over"),
        (-0.2, 0.0, r"is not told apart from LoRA's, and 0\.\d+ above Scaled LoRA's, over"),
        (0.0, 0.0, r"is told apart neither from LoRA's nor from Scaled LoRA's over"),
    ],
)
def test_both_comparisons_are_named(scaled, hyplora, said):
    assert re.search(said, loss_finding(three(scaled, hyplora)))
    assert "minus LoRA" in gap_sentence(three(scaled, hyplora)) and "minus Scaled LoRA" in gap_sentence(three(scaled, hyplora))


@pytest.mark.parametrize(
    "scaled, hyplora, said",
    [
        (-0.2, -0.2, "ahead of LoRA but not told apart from Scaled LoRA: alpha alone is enough"),
        (-0.2, -0.3, "ahead of LoRA and of Scaled LoRA: the alpha of its start gains does not explain all"),
        (-0.2, -0.1, "Scaled LoRA is ahead of HypLoRA, and HypLoRA of LoRA"),
        (-0.2, 0.0, "Scaled LoRA is ahead of HypLoRA, which is not told apart from LoRA"),
        (0.0, 0.0, "these steps show no difference to explain"),
        (0.2, 0.0, "HypLoRA is ahead of Scaled LoRA but not told apart from LoRA"),
        (0.2, 0.2, "LoRA is ahead of HypLoRA, which is not told apart from Scaled LoRA"),
        (0.2, 0.1, "LoRA is ahead of HypLoRA, and HypLoRA of Scaled LoRA"),
        (0.1, 0.2, "LoRA and Scaled LoRA are both ahead of HypLoRA"),
    ],
)
def test_the_conclusion_follows_from_both_intervals(scaled, hyplora, said):
    found = three(scaled, hyplora)
    assert conclusion(found).startswith("In training loss, over the last 20 steps, ") and said in conclusion(found)


def test_no_conclusion_about_alpha_without_the_control_or_from_few_steps():
    assert conclusion(three(-0.2, -0.3, n=9)) is None
    assert conclusion(metrics(-0.05)).startswith("Without Scaled LoRA it cannot be told") and conclusion(metrics(0.0, noise=0.2)) is None


def test_the_share_of_alpha_is_what_scaled_lora_has_of_the_difference():
    found = shares(three(-0.15, -0.2))
    assert found.by_alpha.value + found.beyond_alpha.value == pytest.approx(found.whole.value)
    assert found.share.value == pytest.approx(found.by_alpha.value / found.whole.value)
    assert found.share.low < 0.75 < found.share.high and found.share.high - found.share.low < 0.2
    assert shares_finding(found).startswith("Of HypLoRA's advantage over LoRA in the training loss, Scaled LoRA has 7")


def test_no_advantage_and_no_difference_are_not_shared_out_as_one():
    worse = shares_finding(shares(three(0.2, 0.2)))
    assert worse.startswith("HypLoRA's training loss is above LoRA's; Scaled LoRA's, by alpha alone, is") and "advantage" not in worse
    nothing = shares(three(-0.1, 0.0, noise=0.05))
    assert nothing.share is None and "cannot be told" in shares_finding(nothing)


def test_the_chart_shows_both_stages_with_their_intervals(tiny_llama):
    spec, found = tiny_spec(tiny_llama), three(-0.15, -0.2)
    chart = scale_chart(found, spec, 2.4)
    assert chart.title == shares_finding(shares(found)) and chart.title in chart.alt
    assert chart.data["to"].tolist() == [CONTROL, SUBJECT, SUBJECT]
    drawn = [(trace.x[0], trace.x[0] - trace.error_x.array[0]) for trace in chart.figure.data]
    assert np.allclose(drawn, chart.data[["change", "low"]])
    assert scale_chart(three(-0.1, -0.2, n=8), spec, 2.4) is None and scale_chart(metrics(0.0), spec, 2.4) is None


def test_where_hyplora_has_its_own_alpha_the_step_to_it_is_in_the_label(tiny_llama):
    spec = tiny_spec(tiny_llama)
    assert alpha_words(spec, 2.4) == "8 × 2.4"
    assert alpha_words(dataclasses.replace(spec, hyplora_alpha=16.0), 2.4) == "8 → 16 × 2.4"
    assert alpha_words(spec, None) == "8 × the gain"
