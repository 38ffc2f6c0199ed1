"""How much of a layout rests on counts, to end a title where frequency decides places and few of the tokens were counted."""

from __future__ import annotations

from hypviz.records.layout import FREQUENCY_RADIUS, ROW_ORDER, TOKEN_ID_ORDER, DiskLayout

BY_FREQUENCY = (*FREQUENCY_RADIUS, "frequency-umap", "tree")  # the methods in which frequency decides where a token ends
WIDE = 0.75  # the share of counted tokens below which the title speaks of it


def uncounted_clause(layout: DiskLayout) -> str:
    """``; only 546 tokens were counted, ...``, or nothing where most were or where frequency decides nothing."""
    n = len(layout.token_ids)
    counted = n - layout.n_uncounted
    if layout.method not in BY_FREQUENCY or counted >= WIDE * n:
        return ""
    order = ROW_ORDER if layout.table == "matrix" else TOKEN_ID_ORDER
    if not counted:
        return f"; no token was counted, {order} stands in for frequency"
    return f"; only {counted:,} tokens were counted ({100 * counted / n:.0f} %), the others follow in {order}"
