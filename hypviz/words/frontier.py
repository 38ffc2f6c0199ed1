"""What a `Frontier` says, in sentences."""

from __future__ import annotations

from hypviz.records.frontier import Frontier, FrontierPoint
from hypviz.words.numbers import percent, share, signed


def kept_at_k(frontier: Frontier, point: FrontierPoint) -> float:
    """The share of the `k` nearest that one point keeps; 1 where there are no neighbours."""
    return point.kept_at[point.depths.index(frontier.k)] if frontier.k in point.depths else 1.0


def frontier_finding(frontier: Frontier) -> str:
    """What the ends of the frontier keep, and how their radii go with frequency."""
    first, last = frontier.points[0], frontier.points[-1]
    if first is last:
        return f"With frequency at {first.pull:g} the disk keeps {_end(frontier, first)}; no other position is laid out yet"
    return f"With frequency at {first.pull:g} the disk keeps {_end(frontier, first)}, at {last.pull:g} it keeps {_end(frontier, last)}"


def frontier_sentence(frontier: Frontier) -> str:
    """How to read it."""
    return (
        f"Every point is a layout of the same {frontier.n_tokens:,} tokens with frequency turned up to the number beside it: how many of "
        f"the {frontier.k} nearest neighbours it keeps ({percent(frontier.kept_by_chance)} by chance), and the rank correlation of radius "
        "and frequency over all tokens, by the ranks that they have, −1 where frequent ones lie innermost. Both cannot be had: the plane "
        "has too little room."
    )


def _end(frontier: Frontier, point: FrontierPoint) -> str:
    order = "" if point.radius_spearman is None else f" (rank correlation {signed(point.radius_spearman, 2)})"
    return f"{share(kept_at_k(frontier, point))} of the neighbours{order}"
