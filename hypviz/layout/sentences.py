"""What the methods' sentences have in common: where the rank comes from, how far the farthest token lies, whether groups came first."""

from __future__ import annotations

from hypviz.records.layout import ROW_ORDER, TOKEN_ID_ORDER, DiskLayout


def of_groups(layout: DiskLayout) -> str:
    """`` in 7 k-means groups``, or nothing where the whole was clustered at once."""
    return "" if layout.n_groups is None else f" in {layout.n_groups} k-means groups"


def scaled(layout: DiskLayout) -> str:
    """How a radius of the layout's own becomes one up to R."""
    return f"scaled so that the farthest token lies at R = {layout.radius:g}"


def is_counted(layout: DiskLayout) -> bool:
    """Whether any token was counted, so that ranks are those of frequency."""
    return layout.n_uncounted < len(layout.token_ids)


def proxy(layout: DiskLayout) -> str:
    """What stands in for the frequency where nothing was counted."""
    return "row order" if layout.radius_source == ROW_ORDER else "token id"


def radius_from_rank(layout: DiskLayout) -> str:
    """Of a layout whose radius is the frequency rank."""
    if not is_counted(layout):
        return f"Radius from the {proxy(layout)}, which stands in for the frequency rank (a proxy), up to R = {layout.radius:g}."
    return f"Radius from the frequency rank in {layout.radius_source}, up to R = {layout.radius:g}."


def order_of_uncounted(layout: DiskLayout) -> str:
    """How the tokens that were never counted follow the counted ones."""
    if layout.ranked_by_probe:
        return "as a ridge probe of row, norm and number predicts"
    return f"in {ROW_ORDER if layout.table == 'matrix' else TOKEN_ID_ORDER}"


def the_rank(layout: DiskLayout) -> str:
    """What gives the ranks, in words."""
    if is_counted(layout):
        return f"its frequency rank in {layout.radius_source}"
    return f"its {proxy(layout)} (a proxy for the frequency rank)"


def angle_from_components(layout: DiskLayout) -> str:
    """Of a layout whose angle is that of the principal components."""
    return "Angle from the first two principal components of the centred rows."


def start_from_tree(layout: DiskLayout) -> str:
    """Of a descent that starts as a dendrogram."""
    return f"The start is an average-linkage tree on centred cosine distances{of_groups(layout)}."
