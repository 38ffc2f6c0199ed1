"""How many decimals a sentence needs so that its numbers bear out its verdict: never "0.002 is higher than chance (0.002)"."""

from __future__ import annotations

from collections.abc import Iterable

from hypviz.records.hyperbolicity import SAME

USUAL, MOST = 3, 8


def decimals_apart(measured: float, beside: Iterable[tuple[float, str]]) -> int:
    """The fewest decimals, 3 or more, at which `measured` is printed differently from each (value, verdict) that says lower or higher.

    At most 8: below that, values that differ are shown alike.
    """
    told_apart = [value for value, verdict in beside if verdict != SAME]
    return next((n for n in range(USUAL, MOST) if all(f"{measured:.{n}f}" != f"{value:.{n}f}" for value in told_apart)), MOST)
