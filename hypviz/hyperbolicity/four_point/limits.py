"""What a four-point search is allowed and what it takes its steps to cost: ways, bounds, sizes of lists and of pieces.

The costs choose the way and never the answer; the sizes bound memory and the time between two looks at the clock.
"""

from __future__ import annotations

from dataclasses import dataclass

COMPARISON, SCAN, PRODUCTS = "comparison", "scan", "products"
POTENTIALS, EXCESSES = "potentials", "excesses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds are on two cores; a `cell` is one of a max-min product, a pair one of points.

    `ways` finish a search and `bounds` are where bounds of pairs may come from. `n_bases` is how many excesses are averaged, `starts` how
    many climbs begin at each, `sweeps` how often potentials are raised, `fine` up to how many points 16 bits are worth twice the time.
    Where the largest bound is at most `nearly` times the best, the `leading` pairs are scanned first; an excess below the best divided by
    `enough` needs no better bound, and an upper end beyond `near_tree` times the best asks for an exact base, which settles trees.
    A list holds `most_listed` pairs at 16 bytes; `together` of them are scanned, and `compared` pairs of them compared, against one best.
    `first_compared` pairs of pairs are compared at first, `more_compared` times as many next. A piece of a loop takes about
    `piece_seconds` by the clock, the first one `first_piece` simple operations.
    """

    ways: tuple[str, ...] = (COMPARISON, SCAN, PRODUCTS)
    bounds: tuple[str, ...] = (POTENTIALS, EXCESSES)
    n_bases: int = 4
    starts: int = 3
    sweeps: int = 5
    fine: int = 3000
    nearly: float = 1.5
    leading: int = 512
    enough: float = 4.0
    near_tree: float = 8.0
    sampled: int = 32
    most_listed: int = 30_000_000
    sorted_at_once: int = 1_000_000
    together: int = 16384
    compared: int = 1 << 25
    levels: int = 64
    first_compared: float = 1e6
    more_compared: float = 8.0
    cell_seconds: float = 9e-12
    scanned_seconds: float = 2e-10
    left_seconds: float = 1e-9
    pair_seconds: float = 4e-9
    listed_seconds: float = 1.5e-7
    piece_seconds: float = 0.2
    first_piece: float = 3e7


USUAL = Limits()
