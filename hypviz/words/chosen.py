"""What `ChosenMeasures` say, in sentences for the page and the command line."""

from __future__ import annotations

from hypviz.measures import BesideChance, beside_chance
from hypviz.records.token_sets import ChosenMeasures

SIDES = {-1: "lower than", 0: "like", 1: "higher than"}


def chosen_finding(record: ChosenMeasures) -> str:
    """delta of the chosen tokens against random ones, and which other measures tell the two apart."""
    found = beside_chance(record)
    n = f"{len(record.ids):,} tokens"
    if not found:
        return f"{n} measured: they are all one point"
    first, *others = found
    of = f"{n} drawn from the {record.n_chosen:,} chosen" if len(record.ids) < record.n_chosen else f"these {n}"
    beside = f"{SIDES[first.chance.side]} {_range(first)} of random ones"
    parts = [f"{_capital(first.measure.short)} of {of} is {_number(first.value)}, {beside}"]
    for side, word in ((-1, "lower"), (1, "higher")):
        names = [one.measure.short for one in others if one.chance.side == side]
        if names:
            parts.append(f"{word}: {', '.join(names)}")
    return "; ".join(parts)


def chosen_sentences(record: ChosenMeasures) -> list[str]:
    """What was measured, what each number means, and every measure beside its range."""
    n = len(record.ids)
    drawn = f" (a seeded draw of {n:,}, because of more no delta over all quadruples is taken)" if n < record.n_chosen else ""
    lines = [
        f"{record.n_chosen:,} tokens were chosen{drawn}; each number stands beside the same of {len(record.random)} sets of {n:,} tokens "
        f"drawn from the {record.n_pool:,} that are laid out. 95 of 100 random sets lie in the range given; p is of each measure alone.",
        *(f"{_capital(one.measure.short)}: {_number(one.value)} beside {_range(one)} (p {_p(one)})." for one in beside_chance(record)),
    ]
    if record.chosen.delta_high - record.chosen.delta_low > 1e-6 * max(record.chosen.diameter, 1e-300):
        lines.append(f"δ itself lies between {_number(record.chosen.delta_low)} and {_number(record.chosen.delta_high)}.")
    lines.append(
        "δ_rel is 2δ / diameter over all quadruples of rows, by Euclidean distance; the dimension near a token compares the distances to "
        "its two nearest among the chosen; the other counts directions by their share of the variance. All three change with the number "
        "of tokens, so that only sets of the same size compare."
    )
    return lines


def four_sentence(texts: tuple[str, str, str, str], delta: float) -> str:
    """The four tokens that attain delta, with the pairing of the largest sum."""
    a, b, c, d = texts
    return f"δ = {_number(delta)} is attained by {a}, {b}, {c} and {d}: the distances {a} to {b} and {c} to {d} have the largest sum."


def _range(one: BesideChance) -> str:
    return f"the {_number(one.chance.low)} to {_number(one.chance.high)}"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _p(one: BesideChance) -> str:
    return f"{one.chance.p:.2f}" if one.chance.p >= 0.1 else f"{one.chance.p:.2g}"


def _capital(text: str) -> str:
    return text if text.startswith("δ") else text[0].upper() + text[1:]
