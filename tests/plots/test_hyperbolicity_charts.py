"""One axis with prompts, chance, tree and paper; the title carries exactly one verdict in its fixed wording."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.hyperbolicity import compare_with_chance
from hypviz.plots.hyperbolicity import delta_chart, points_chart
from hypviz.records import Provenance
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME, ControlDeltas, Hyperbolicity, NullDeltas, PromptDeltas
from hypviz.words.hyperbolicity import comparison_sentence, counts_sentence


def record(shift: float, n_prompts: int = 30) -> Hyperbolicity:
    rng = np.random.default_rng(0)
    null = rng.normal(0.2, 0.02, size=(39, n_prompts))
    delta_rel = null.mean(axis=0) + shift
    return Hyperbolicity(
        corpus="text.txt", definition="base", metric="euclidean", table="input", dimension=64,
        base="the special first token <s>", n_prompts=n_prompts, n_too_short=3, n_too_long=0, n_skipped=1,
        delta_rel_mean=float(delta_rel.mean()), delta_rel_std=float(delta_rel.std()), null_mean=float(null.mean()),
        null_std=float(null.std()), tree_max=0.0,
        deltas=PromptDeltas(
            prompt=np.arange(n_prompts), n_tokens=np.full(n_prompts, 20), n_points=np.arange(n_prompts) % 5 + 10, delta=delta_rel / 2,
            diameter=np.ones(n_prompts), delta_rel=delta_rel, tree_delta_rel=np.zeros(n_prompts),
            compared=np.arange(n_prompts), null_delta_rel=null,
        ),
        comparison=compare_with_chance(delta_rel, null),
        asked=("gaussian", "directions"),
        others=(NullDeltas(name="directions", delta_rel=null + 0.1, comparison=compare_with_chance(delta_rel, null + 0.1)),),
        begun=np.empty((0, n_prompts)),
        controls=(ControlDeltas(name="sphere", delta_rel=np.full(n_prompts, 0.9)),), provenance=Provenance(model="m"),
    )  # fmt: skip


@pytest.mark.parametrize(("shift", "verdict"), [(-0.05, LOWER), (0.0, SAME), (0.05, HIGHER)])
def test_the_title_carries_one_verdict(shift, verdict):
    title = delta_chart(record(shift)).title
    assert [v for v in (LOWER, SAME, HIGHER) if v in title] == [verdict]
    assert verdict in delta_chart(record(shift)).alt


@pytest.mark.parametrize("n_prompts", [1, 30])
@pytest.mark.parametrize("whole", [False, True])
def test_everything_stands_on_one_axis(n_prompts, whole):
    figure = delta_chart(record(0.01, n_prompts), whole_scale=whole).figure
    drawn = str(figure.to_dict())
    assert all(
        name in drawn
        for name in ("measured prompts", "Gaussian null", "tree, same n", "random directions with the same norms", "LLaMA-7B", "Gemma-7B")
    )
    assert ("sphere" in drawn) == whole
    left, right = figure.layout.xaxis.range
    assert left < 0 and (right > 1) == whole
    measured = next(t for t in figure.data if t.name == "measured prompts")
    assert sum(measured.y) == pytest.approx(1)  # no prompt falls off the axis
    assert figure.layout.xaxis.matches == "x2"


def test_the_data_is_one_row_per_prompt():
    data = delta_chart(record(0.0)).data
    assert len(data) == 30
    assert data["delta_rel"].tolist() == pytest.approx((2 * data["delta"] / data["diameter"]).tolist())


def test_prompts_outside_their_own_range_are_counted():
    assert points_chart(record(0.2)).title.startswith("30 of 30 prompts lie outside")
    assert points_chart(record(0.0)).title.startswith("0 of 30 prompts lie outside")


def test_sentences_say_the_least_p_and_what_was_left_out():
    assert "p ≤ 0.05, the least that 39 simulated sets can show" in comparison_sentence(record(0.05))
    assert "p = " in comparison_sentence(record(0.0))
    assert "3 with fewer than 4 distinct tokens not measured; 1 rows without text left out" in counts_sentence(record(0.0))
