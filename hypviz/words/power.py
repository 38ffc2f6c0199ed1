"""What the problems of an evaluation can show of two columns, and how many it would take, in sentences."""

from __future__ import annotations

from hypviz.records.evaluations import CONSTANT, PairCounts
from hypviz.statistics.clusters import least_clustered
from hypviz.statistics.power import MOST_ITEMS, POWER, items_needed, least_difference
from hypviz.words.numbers import counted, points, share
from hypviz.words.verdict import title


def power_sentence(pair: PairCounts) -> str | None:
    """The least difference that shows at this n, and the n that the difference seen would need; None for two that are not compared.

    Both take the share of problems that only one of them got right as it was seen, at the level of this pair's own test.
    """
    if pair.verdict == CONSTANT:
        return None
    a, b, n = title(pair.a), title(pair.b), pair.difference.n
    differ = pair.only_a + pair.only_b
    if pair.n_clusters is not None and pair.error is not None and differ:
        return _over_clusters(pair, pair.error, pair.n_clusters)
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


def _over_clusters(pair: PairCounts, error: float, n_clusters: int) -> str:
    """The same from the spread between groups of problems, which more rephrasings of the same ones would not make small."""
    alpha = 1 - pair.difference.level
    shown = least_clustered(error, n_clusters, alpha=alpha, power=POWER)
    spread = f"{counted(n_clusters, 'group')} of problems (n = {pair.difference.n:,}) that spread as here would show"
    if shown > 1:
        return f"{spread} no difference reliably (level {alpha:.2g})."
    said = f"{spread} a difference of {points(shown, sign=False)} points (chance {share(POWER)}, level {alpha:.2g})."
    seen = abs(pair.difference.value)
    if not seen:
        return f"{said} None was seen."
    needed = _round(n_clusters * (shown / seen) ** 2)
    return f"{said} One of {points(seen, sign=False)} points, as was seen, would take about {needed} groups."


def _round(many: float) -> str:
    return f"{float(f'{many:.2g}'):,.0f}"


def _needed(pair: PairCounts, discordant: float, alpha: float) -> str:
    difference = pair.difference.value
    if difference == 0:
        return " None was seen."
    needed = items_needed(discordant, difference, alpha=alpha)
    many = f"more than {MOST_ITEMS:,}" if needed is None else f"about {_round(needed)}"
    return f" One of {points(abs(difference), sign=False)} points, as was seen, would take {many} problems."
