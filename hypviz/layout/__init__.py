"""A vocabulary laid out in the Poincaré disk: shapes that do not depend on the chosen radius, and how good a layout is.

In: embedding rows and frequency ranks. Out: for every token a share of the radius R and an angle (`LayoutShape`), and measures of
what the disk keeps; for a given tree its nodes in the plane. One file per method. Nothing here reads models, counts tokens or draws.
"""

from hypviz.layout.measures.quality import disk_fill, measure_quality
from hypviz.layout.measures.tree_quality import measure_tree
from hypviz.layout.methods.dendrogram import dendrogram_shape
from hypviz.layout.methods.hyperbolic_umap import hyperbolic_umap_shape
from hypviz.layout.methods.umap import umap_shape
from hypviz.layout.methods.umap_hyperboloid import umap_hyperboloid_shape
from hypviz.layout.parts.fitted_tree import fit_tree, tree_shape
from hypviz.layout.parts.neighbours import centred_units, nearest_by_angle, nearest_by_cosine, nearest_in_disk
from hypviz.layout.parts.placing import place
from hypviz.layout.parts.principal import norm_radius_shape, pca_shape, row_norms
from hypviz.layout.parts.radius import by_frequency, radius_share
from hypviz.layout.parts.row_lookup import CentredRows, centred_rows
from hypviz.layout.parts.true_neighbours import true_neighbours
from hypviz.layout.registry import layout_shape

__all__ = [
    "CentredRows",
    "by_frequency",
    "centred_rows",
    "centred_units",
    "dendrogram_shape",
    "disk_fill",
    "fit_tree",
    "hyperbolic_umap_shape",
    "layout_shape",
    "measure_quality",
    "measure_tree",
    "nearest_by_angle",
    "nearest_by_cosine",
    "nearest_in_disk",
    "norm_radius_shape",
    "pca_shape",
    "place",
    "radius_share",
    "row_norms",
    "tree_shape",
    "true_neighbours",
    "umap_hyperboloid_shape",
    "umap_shape",
]
