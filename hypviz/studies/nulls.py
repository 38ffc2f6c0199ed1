"""What menus and commands offer of hyperbolicity: nulls and controls, definitions of delta, and metrics."""

from hypviz.hyperbolicity import DEFINITIONS, GAUSSIAN, METRICS, NULLS, ONE_BASE, nulls_of
from hypviz.hyperbolicity.controls import CONTROLS
from hypviz.hyperbolicity.nulls import OF_PROMPTS

__all__ = ["CONTROLS", "DEFINITIONS", "GAUSSIAN", "METRICS", "NULLS", "OF_PROMPTS", "ONE_BASE", "nulls_of"]
