"""A vocabulary laid out in the Poincaré disk: shapes that do not depend on the chosen radius, and how good a layout is.

In: embedding rows and frequency ranks. Out: for every token a share of the radius R and an angle (`LayoutShape`), and measures of
what the disk keeps. One file per method. Nothing here reads models, counts tokens or draws.
"""

from hypviz.layout.dendrogram import dendrogram_shape
from hypviz.layout.hyperbolic_umap import hyperbolic_umap_shape
from hypviz.layout.neighbours import centred_units, nearest_by_cosine, nearest_in_disk
from hypviz.layout.placing import place
from hypviz.layout.quality import measure_quality
from hypviz.layout.radius import by_frequency, radius_share
from hypviz.layout.umap_tangent import umap_shape

__all__ = [
    "by_frequency",
    "centred_units",
    "dendrogram_shape",
    "hyperbolic_umap_shape",
    "measure_quality",
    "nearest_by_cosine",
    "nearest_in_disk",
    "place",
    "radius_share",
    "umap_shape",
]
