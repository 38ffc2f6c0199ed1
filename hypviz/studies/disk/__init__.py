"""The Disk study: a vocabulary laid out and measured, its neighbours looked up, two layouts over each other, and what is drawn of them."""

from hypviz.layout import LAYOUTS, CentredRows, LayoutMethod
from hypviz.studies.disk.building import n_looked_at
from hypviz.studies.disk.layout import BASIS, LAYOUT, at_radius, lay_out, resting_on, unmeasured
from hypviz.studies.disk.neighbours import NEIGHBOURS, TokenNeighbours, layout_rows, token_neighbours
from hypviz.studies.disk.ranks import RANKS, RankedRows
from hypviz.studies.disk.rows import matrix_rows

__all__ = [
    "BASIS",
    "LAYOUT",
    "LAYOUTS",
    "NEIGHBOURS",
    "RANKS",
    "CentredRows",
    "LayoutMethod",
    "RankedRows",
    "TokenNeighbours",
    "at_radius",
    "lay_out",
    "layout_rows",
    "matrix_rows",
    "n_looked_at",
    "resting_on",
    "token_neighbours",
    "unmeasured",
]
