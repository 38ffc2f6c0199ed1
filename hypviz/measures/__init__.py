"""Measures of a set of points beside the same measures of sets made by chance (PURE)."""

from hypviz.measures.beside_chance import MEASURES, BesideChance, beside_chance
from hypviz.measures.dimension import effective_dimension, two_nn_dimension
from hypviz.measures.token_set import FEWEST, measure_set

__all__ = ["FEWEST", "MEASURES", "BesideChance", "beside_chance", "effective_dimension", "measure_set", "two_nn_dimension"]
