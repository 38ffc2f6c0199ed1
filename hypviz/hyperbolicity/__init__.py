"""How tree-like is a set of points? Gromov's delta per prompt, with the chance value of the same number of points (PURE)."""

from hypviz.hyperbolicity.chance import compare_with_chance
from hypviz.hyperbolicity.distances import euclidean_distances, gram_distances, tree_distances
from hypviz.hyperbolicity.four_point import FourPointDelta, four_point_delta
from hypviz.hyperbolicity.gromov import RelativeDelta, RelativeDeltas, delta_at_base, gromov_products, relative_delta, relative_deltas
from hypviz.hyperbolicity.nulls import N_PROMPTS, N_REPEATS, gaussian_null, tree_control
from hypviz.hyperbolicity.prompts import FEWEST_POINTS, MOST_POINTS, PromptPoints, draw_prompts, measure_prompts, prompt_points

__all__ = [
    "FEWEST_POINTS",
    "MOST_POINTS",
    "N_PROMPTS",
    "N_REPEATS",
    "FourPointDelta",
    "PromptPoints",
    "RelativeDelta",
    "RelativeDeltas",
    "compare_with_chance",
    "delta_at_base",
    "draw_prompts",
    "euclidean_distances",
    "four_point_delta",
    "gaussian_null",
    "gram_distances",
    "gromov_products",
    "measure_prompts",
    "prompt_points",
    "relative_delta",
    "relative_deltas",
    "tree_control",
    "tree_distances",
]
