"""Charts of a fine-tune against their definitions, and the sentences they carry."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from hypviz.plots.training import (
    acts_as_lora,
    gain_chart,
    gain_finding,
    loss_chart,
    smoothed,
    update_chart,
)
from hypviz.records.runs import MemberCurve, RunMetrics
from hypviz.runs.curves import append, read_curves
from tests.runs.specs import TRIO

STEPS = 40


def curve(
    method: str, losses: np.ndarray, *, gains: tuple[float, float, float] = (0.9, 1.1, 3.0), variation: float = np.nan
) -> MemberCurve:
    n = len(losses)
    probes = np.arange(10, n + 1, 10)
    band = np.tile(np.array(gains if method == "hyplora" else (np.nan,) * 3), (len(probes), 1))
    return MemberCurve(
        method=method,
        steps=np.arange(1, n + 1),
        losses=losses,
        seconds=np.full(n, 0.5 if method == "lora" else 0.75),
        lrs=np.linspace(1e-3, 0, n),
        gradients=np.full(n, 0.5),
        probe_steps=probes,
        delta_ratio=np.full(len(probes), 0.05),
        gain_low=band[:, 0],
        gain_median=band[:, 1],
        gain_high=band[:, 2],
        gain_variation=np.full(len(probes), variation if method == "hyplora" else np.nan),
    )


def metrics(gap: float, noise: float = 0.01, n: int = STEPS, **options) -> RunMetrics:
    """Two curves that share their batch noise; HypLoRA lies `gap` higher, with its own small noise."""
    rng = np.random.default_rng(0)
    shared = np.linspace(2.0, 1.0, n) + rng.normal(0, 0.3, n)
    curves = (curve("lora", shared), curve("hyplora", shared + gap + rng.normal(0, noise, n), **options))
    return RunMetrics(run_id="r", curves=curves, n_damaged=0)


def test_smoothing_is_the_weighted_mean_of_what_came_before():
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    keep = 1 - 2 / (4 + 1)
    for i in range(5):
        weights = keep ** np.arange(i, -1, -1)
        assert smoothed(values, 4)[i] == pytest.approx(np.average(values[: i + 1], weights=weights))
    assert smoothed(np.full(7, 2.5), 3) == pytest.approx(np.full(7, 2.5))


def test_the_loss_chart_holds_every_step_and_tells_the_members_apart_twice():
    chart = loss_chart(metrics(-0.05), steps=50)
    bold = [trace for trace in chart.figure.data if trace.name]
    assert [(t.name, t.line.dash, t.line.color) for t in bold] == [("LoRA", "solid", "#0072B2"), ("HypLoRA", "dash", "#D55E00")]
    assert {a.text.split()[0] for a in chart.figure.layout.annotations} == {"LoRA", "HypLoRA"}
    assert tuple(chart.figure.layout.xaxis.range) == (1, 50)
    assert len(chart.data) == 2 * STEPS and set(chart.data["method"]) == {"lora", "hyplora"}
    assert chart.title in chart.alt


def test_labels_of_three_lines_that_end_together_do_not_cover_each_other():
    three = RunMetrics(run_id="r", curves=tuple(curve(m, np.linspace(2, 1, STEPS)) for m in TRIO), n_damaged=0)
    for chart in (loss_chart(three, steps=STEPS), update_chart(three, steps=STEPS)):
        labels = chart.figure.layout.annotations
        heights = sorted(label.yshift for label in labels)
        assert len(labels) == 3 and all(b - a >= max(label.font.size for label in labels) for a, b in pairwise(heights))
    bold = [trace for trace in loss_chart(three, steps=STEPS).figure.data if trace.name]
    assert len({t.line.dash for t in bold}) == len({t.line.color for t in bold}) == 3


def test_against_their_own_seconds_the_slower_member_is_charged_for_its_time():
    chart = loss_chart(metrics(-0.05), steps=50, against="own seconds")
    ends = {t.name: t.x[-1] for t in chart.figure.data if t.name}
    assert ends == {"LoRA": pytest.approx(STEPS * 0.5), "HypLoRA": pytest.approx(STEPS * 0.75)}


def test_a_gain_near_one_is_called_lora():
    near, far = metrics(0.0, gains=(0.96, 1.0, 1.04)), metrics(0.0, gains=(0.96, 1.0, 1.06))
    assert acts_as_lora(near.curve("hyplora")) and not acts_as_lora(far.curve("hyplora"))
    assert gain_finding(near.curve("hyplora")).startswith("HypLoRA acts as LoRA here")
    assert not acts_as_lora(near.curve("lora"))  # LoRA has no gain to speak of
    assert gain_chart(near, steps=STEPS).data["gain_high"].tolist() == [1.04] * 4
    assert gain_chart(RunMetrics(run_id="r", curves=near.curves[:1], n_damaged=0), steps=STEPS) is None


def test_beside_the_gain_of_all_layers_stands_its_variation_within_one():
    """The outer band mixes layers of different scale; the inner one is the part that LoRA cannot imitate."""
    chart = gain_chart(metrics(0.0, gains=(0.9, 2.0, 6.0), variation=0.1), steps=STEPS)
    assert chart.title.endswith("0.90 to 6.00 on 98\u00a0% of tokens of all layers; within a layer it is one number give or take 10 %")
    drawn = [list(trace.y) for trace in chart.figure.data]
    assert [y[0] for y in drawn] == pytest.approx([0.9, 6.0, 1.8, 2.2, 2.0])
    assert chart.data["gain_variation"].tolist() == [0.1] * 4 and "dark: within a layer" in chart.figure.layout.yaxis.title.text
    unknown = gain_chart(metrics(0.0, gains=(0.9, 2.0, 6.0)), steps=STEPS)
    assert "within a layer" not in unknown.title + unknown.figure.layout.yaxis.title.text and [trace.y[0] for trace in unknown.figure.data][
        2:4
    ] == [2.0, 2.0]


def test_curves_of_older_runs_are_read_and_their_variation_is_not_known(tmp_path):
    path = tmp_path / "metrics.jsonl"
    gains = {"gain_low": 0.9, "gain_median": 1.1, "gain_high": 3.0}
    append(path, {"method": "hyplora", "step": 10, "delta_ratio": 0.1, **gains})
    append(path, {"method": "hyplora", "step": 20, "delta_ratio": 0.1, **gains, "gain_variation": 0.2})
    append(path, {"method": "hyplora", "step": 30, "gain_variation": 0.2})
    found = read_curves("r", path, ("hyplora",))
    np.testing.assert_array_equal(found.curves[0].gain_variation, [np.nan, 0.2])
    assert found.curves[0].probe_steps.tolist() == [10, 20] and found.n_damaged == 1


def test_update_sizes_are_said_in_percent():
    chart = update_chart(metrics(0.0), steps=STEPS)
    assert chart.title == "Update size: LoRA 5.0 %, HypLoRA 5.0 % of Wx"
    assert chart.data["step"].tolist() == [10, 20, 30, 40] * 2


def test_small_update_sizes_are_not_called_nothing():
    curves = [dataclasses.replace(c, delta_ratio=np.full(4, v)) for c, v in zip(metrics(0.0).curves, (4.56e-4, 1e-14), strict=True)]
    chart = update_chart(RunMetrics(run_id="r", curves=tuple(curves), n_damaged=0), steps=STEPS)
    assert chart.title == "Update size: LoRA 0.046 %, HypLoRA below 0.001 % of Wx"
    assert {a.text for a in chart.figure.layout.annotations} == {"LoRA 0.046 %", "HypLoRA below 0.001 %"}


def test_a_single_step_is_drawn_as_a_point():
    for n, mode in ((1, "markers"), (2, "lines")):
        bold = [trace for trace in loss_chart(metrics(0.0, n=n), steps=STEPS).figure.data if trace.name]
        assert [trace.mode for trace in bold] == [mode, mode]


def test_curves_can_be_cut_for_a_steady_live_chart():
    cut = metrics(0.0).until(25)
    assert [len(c.losses) for c in cut.curves] == [25, 25]
    assert [c.probe_steps.tolist() for c in cut.curves] == [[10, 20], [10, 20]]


def test_charts_without_any_step_can_still_be_drawn():
    empty = RunMetrics(run_id="r", curves=(curve("lora", np.array([])), curve("hyplora", np.array([]))), n_damaged=0)
    assert loss_chart(empty, steps=10).title == "No step is done yet"
    assert update_chart(empty, steps=10).title == "The updates have not been measured yet"
    assert gain_chart(empty, steps=10) is None
