"""What ranks tokens, in sentences: how many were counted, what ranks the others, and how far that can be believed."""

from __future__ import annotations

from hypviz.layout.sentences import order_of_uncounted
from hypviz.records.layout import DiskLayout
from hypviz.records.ranks import ProbeFindings
from hypviz.words.numbers import signed


def ranks_sentence(layout: DiskLayout) -> str:
    """How the laid out tokens are ranked; empty where all were counted, or none."""
    n = len(layout.token_ids)
    if not 0 < layout.n_uncounted < n:
        return ""
    counted = f"{n - layout.n_uncounted:,} of {n:,} tokens occur in {layout.radius_source} and rank by their counts"
    return f"{counted}; the other {layout.n_uncounted:,} follow {order_of_uncounted(layout)}{_why(layout)}."


def _why(layout: DiskLayout) -> str:
    """What speaks for the order of the tokens that were never counted."""
    found, number = layout.probe, "row number" if layout.table == "matrix" else "token id"
    if found is None:
        return f" (too few were counted for a probe of their rows, the {number} stands in)"
    if not found.is_better:
        return f", because a probe of their rows predicts counts no better ({_figures(found, number)})"
    return f" ({_figures(found, number)})"


def _figures(found: ProbeFindings, number: str) -> str:
    """The rank correlations of the probe and of the token's number with counts that they have not seen."""
    both = _beside(found.spearman, found.id_spearman)
    whole = f"over all {found.n_countable:,} tokens, each by a probe that did not see its count, {both}"
    if found.held_out_spearman is None:
        return f"rank correlation of prediction and count in the same text, {number} alone in brackets: {whole}"
    unseen = f"on {found.n_held_out:,} tokens that one half of the counts lacks, with the other half, "
    held_out = f"{unseen}{_beside(found.held_out_spearman, found.held_out_id_spearman)}"
    return f"rank correlation of prediction and count in the same text, {number} alone in brackets: {held_out}; {whole}"


def _beside(probe: float | None, number: float | None) -> str:
    """``+0.65 [+0.38]``, a dash for what does not exist."""
    first, second = ("–" if value is None else signed(value, 2) for value in (probe, number))
    return f"{first} [{second}]"
