"""A vocabulary laid out in the Poincaré disk: shapes that do not depend on the chosen radius, and how good a layout is.

In: embedding rows and frequency ranks. Out: for every token a share of the radius R and an angle (`LayoutShape`), and measures of
what the disk keeps. `methods` has one file a layout method, `parts` what they are made of, `measures` what a layout keeps. Nothing
here reads models, counts tokens or draws.
"""

from hypviz.layout.measures.families import Together, together
from hypviz.layout.measures.kept import Kept, kept_of_truth
from hypviz.layout.measures.quality import Measured, disk_fill, measure_quality
from hypviz.layout.measures.tree_quality import TreeQuality, measure_tree
from hypviz.layout.parts.neighbours import CentredUnits, centred_units, disk_keys, nearest_by_angle, nearest_by_cosine, nearest_in_disk
from hypviz.layout.parts.placing import n_on_boundary, place, require_radius
from hypviz.layout.parts.radius import by_frequency, radius_share
from hypviz.layout.parts.regions import Regions, find_regions
from hypviz.layout.parts.row_lookup import CentredRows, centred_rows
from hypviz.layout.parts.true_neighbours import true_neighbours
from hypviz.layout.registry import LAYOUTS, LayoutMethod, LayoutRows, Stage

__all__ = [
    "LAYOUTS",
    "CentredRows",
    "CentredUnits",
    "Kept",
    "LayoutMethod",
    "LayoutRows",
    "Measured",
    "Regions",
    "Stage",
    "Together",
    "TreeQuality",
    "by_frequency",
    "centred_rows",
    "centred_units",
    "disk_fill",
    "disk_keys",
    "find_regions",
    "kept_of_truth",
    "measure_quality",
    "measure_tree",
    "n_on_boundary",
    "nearest_by_angle",
    "nearest_by_cosine",
    "nearest_in_disk",
    "place",
    "radius_share",
    "require_radius",
    "together",
    "true_neighbours",
]
