"""What chance gives for points of the same shape: the registry of nulls, one file each, and which study may use which.

Each null replaces something by chance and keeps the rest: the number of distinct points of every prompt, d, the base token, and which
tokens prompts share. Distances of independent points concentrate as d grows, which lowers delta_rel without any hierarchy.
"""

from hypviz.hyperbolicity.nulls.entry import EVERYWHERE, OF_LAYERS, OF_PROMPTS, OF_VOCABULARY, Null, Sample
from hypviz.registry import Registry

GAUSSIAN = "gaussian"  # the null that every study of prompts measures
NULLS: Registry[Null] = Registry("hypviz.hyperbolicity.nulls", Null, noun="null")


def nulls_of(study: str) -> tuple[str, ...]:
    """The names of the nulls that a study may use, in order."""
    return tuple(name for name, null in NULLS.items() if study in null.studies)


def null_label(name: str) -> str:
    """The null in a sentence; its name where a record was made with one that is not installed."""
    return NULLS[name].label if name in NULLS else name


__all__ = ["EVERYWHERE", "GAUSSIAN", "NULLS", "OF_LAYERS", "OF_PROMPTS", "OF_VOCABULARY", "Null", "Sample", "null_label", "nulls_of"]
