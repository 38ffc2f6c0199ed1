"""How tree-like is a set of points? Gromov's delta, exact or certified, per prompt and by layer, beside what chance gives (PURE).

`delta_at_base`, `four_point_delta` and `average_delta` take a distance matrix; `prompt_deltas` takes token ids and embedding rows.
The first two take a `device` too, on which torch does the products; without one they are compiled loops on the CPU.
"""

from hypviz.hyperbolicity.base import (
    BASE,
    DEFINITIONS,
    EXACT,
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
from hypviz.hyperbolicity.distances import (
    CONTROLS,
    METRICS,
    control_distances,
    distances,
    euclidean_distances,
    gram_distances,
    hyperbolic_distances,
    tree_distances,
)
from hypviz.hyperbolicity.four_point.delta import four_point_delta
from hypviz.hyperbolicity.four_point.ends import FourPointDelta
from hypviz.hyperbolicity.nulls.measuring import (
    N_PROMPTS,
    N_REPEATS,
    NULLS,
    control_deltas,
    gaussian_null,
    null_deltas,
    spectrum,
    tree_control,
)
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
    "BASE",
    "CONTROLS",
    "DEFINITIONS",
    "EXACT",
    "FEWEST_POINTS",
    "METRICS",
    "MOST_POINTS",
    "NULLS",
    "N_PROMPTS",
    "N_REPEATS",
    "FourPointDelta",
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
    "gaussian_null",
    "gram_distances",
    "gromov_products",
    "hyperbolic_distances",
    "measure_prompts",
    "null_deltas",
    "prompt_deltas",
    "prompt_points",
    "relative_delta",
    "relative_deltas",
    "spectrum",
    "state_points",
    "tree_control",
    "tree_distances",
]
