"""What the problems of an evaluation can show of two columns, and how many it would take, in sentences."""

from __future__ import annotations

from hypviz.records.evaluations import CONSTANT, PairCounts
from hypviz.statistics.power import MOST_ITEMS, POWER, items_needed, least_difference
from hypviz.words.numbers import points, share
from hypviz.words.verdict import title


def power_sentence(pair: PairCounts) -> str | None:
    """The least difference that shows at this n, and the n that the difference seen would need; None for two that are not compared.

    Both take the share of problems that only one of them got right as it was seen, at the level of this pair's own test.
    """
    if pair.verdict == CONSTANT:
        return None
    a, b, n = title(pair.a), title(pair.b), pair.difference.n
    differ = pair.only_a + pair.only_b
    if differ == 0:
        return f"No problem was answered right by just one of {a} and {b}, so that these {n:,} do not say how many would tell them apart."
    discordant, alpha = differ / n, 1 - pair.difference.level
    how = f"chance {share(POWER)}, McNemar's exact test at level {alpha:.2g}"
    shown = least_difference(n, discordant, alpha=alpha)
    seen = f"Where only one of {a} and {b} is right on {share(discordant, 1)} of the problems, as here, n = {n:,} would show"
    if shown is None:
        said = f"{seen} no difference reliably, were it all on one side ({how})."
    else:
        said = f"{seen} a difference of {points(shown, sign=False)} points ({how})."
    return said + _needed(pair, discordant, alpha)


def _needed(pair: PairCounts, discordant: float, alpha: float) -> str:
    difference = pair.difference.value
    if difference == 0:
        return " None was seen."
    needed = items_needed(discordant, difference, alpha=alpha)
    many = f"more than {MOST_ITEMS:,}" if needed is None else f"about {float(f'{needed:.2g}'):,.0f}"
    return f" One of {points(abs(difference), sign=False)} points, as was seen, would take {many} problems."
