"""The verdict: is the mean delta_rel of the prompts lower than, higher than, or like that of Gaussian points?

In: delta_rel per prompt (n_prompts,) and of the same prompts in every repeat of the null (n_repeats, n_prompts). Out: a
`ChanceComparison`. Prompts share tokens, above all the base, so their deltas are not independent and an ordinary paired test
over prompts would call chance a finding. The mean over prompts is therefore compared with the means of whole simulated sets,
which share tokens in the same way: on Gaussian embeddings the verdict is "not distinguishable" in 95 % of cases, exactly.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from hypviz.errors import HypvizError
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME, ChanceComparison
from hypviz.records.statistics import Interval
from hypviz.statistics import chance_range


def compare_with_chance(
    delta_rel: Float64[np.ndarray, " n_prompts"], null: Float64[np.ndarray, "n_repeats n_prompts"], *, level: float = 0.95
) -> ChanceComparison:
    """Each prompt against its own null, in the mean over prompts."""
    delta_rel, null = np.asarray(delta_rel, dtype=np.float64), np.asarray(null, dtype=np.float64)
    if null.ndim != 2 or null.shape[1:] != delta_rel.shape or delta_rel.size == 0:
        raise HypvizError(f"The null has shape {null.shape} but {delta_rel.shape} prompts were measured; compute both on the same prompts.")
    means = null.mean(axis=1)
    seen = chance_range(float(delta_rel.mean()), means, level)
    mean_difference = float((delta_rel - null.mean(axis=0)).mean())
    own_scatter = float(np.sqrt(((null - null.mean(axis=0)) ** 2).sum() / ((len(null) - 1) * null.shape[1])))
    below = (delta_rel < null).mean() + (delta_rel == null).mean() / 2
    return ChanceComparison(
        verdict={-1: LOWER, 0: SAME, 1: HIGHER}[seen.side],
        difference=Interval(
            value=mean_difference,
            low=float(delta_rel.mean()) - seen.high,
            high=float(delta_rel.mean()) - seen.low,
            n=delta_rel.size,
            level=level,
            method=f"measured minus Gaussian null, {seen.n_draws} simulated sets of the same prompts",
        ),
        p=seen.p,
        effect_size=mean_difference / own_scatter if own_scatter > 1e-12 else None,
        share_below=float(below),
    )
