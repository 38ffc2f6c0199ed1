"""The Disk study: a vocabulary laid out and measured, its neighbours looked up, two layouts over each other, and what is drawn of them."""

from hypviz.studies.disk.layout import (
    DEFAULT_RADIUS,
    TokenNeighbours,
    at_radius,
    lay_basis,
    lay_out,
    lay_out_matrix,
    layout_rows,
    token_neighbours,
)

__all__ = [
    "DEFAULT_RADIUS",
    "TokenNeighbours",
    "at_radius",
    "lay_basis",
    "lay_out",
    "lay_out_matrix",
    "layout_rows",
    "token_neighbours",
]
