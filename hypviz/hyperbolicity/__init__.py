"""How tree-like is a set of points? Gromov's delta, exact or certified, per prompt and by layer, beside what chance gives (PURE).

`delta_at_base`, `four_point_delta` and `average_delta` take a distance matrix; `prompt_deltas` takes token ids and embedding rows.
The first two take a `device` too, on which torch does the products; without one they are compiled loops on the CPU.
"""

from hypviz.hyperbolicity.base import (
    ALL_BASES,
    DEFINITIONS,
    ONE_BASE,
    RelativeDelta,
    RelativeDeltas,
    average_delta,
    base_spread,
    delta_at_base,
    gromov_products,
    relative_delta,
    relative_deltas,
)
from hypviz.hyperbolicity.comparison import compare_with_chance
from hypviz.hyperbolicity.controls import CONTROLS, control_deltas, control_distances, tree_control
from hypviz.hyperbolicity.distances import (
    METRICS,
    distances,
    euclidean_distances,
    gram_distances,
    hyperbolic_distances,
    tree_distances,
)
from hypviz.hyperbolicity.four_point.delta import four_point_delta
from hypviz.hyperbolicity.four_point.ends import FourPointDelta
from hypviz.hyperbolicity.four_point.limits import Limits
from hypviz.hyperbolicity.nulls import GAUSSIAN, NULLS, null_label, nulls_of
from hypviz.hyperbolicity.nulls.measuring import N_PROMPTS, N_REPEATS, null_deltas
from hypviz.hyperbolicity.nulls.spectrum import spectrum
from hypviz.hyperbolicity.prompts import (
    FEWEST_POINTS,
    MOST_POINTS,
    PromptPoints,
    draw_prompts,
    measure_prompts,
    prompt_deltas,
    prompt_points,
    state_points,
)

__all__ = [
    "ALL_BASES",
    "CONTROLS",
    "DEFINITIONS",
    "FEWEST_POINTS",
    "GAUSSIAN",
    "METRICS",
    "MOST_POINTS",
    "NULLS",
    "N_PROMPTS",
    "N_REPEATS",
    "ONE_BASE",
    "FourPointDelta",
    "Limits",
    "PromptPoints",
    "RelativeDelta",
    "RelativeDeltas",
    "average_delta",
    "base_spread",
    "compare_with_chance",
    "control_deltas",
    "control_distances",
    "delta_at_base",
    "distances",
    "draw_prompts",
    "euclidean_distances",
    "four_point_delta",
    "gram_distances",
    "gromov_products",
    "hyperbolic_distances",
    "measure_prompts",
    "null_deltas",
    "null_label",
    "nulls_of",
    "prompt_deltas",
    "prompt_points",
    "relative_delta",
    "relative_deltas",
    "spectrum",
    "state_points",
    "tree_control",
    "tree_distances",
]
