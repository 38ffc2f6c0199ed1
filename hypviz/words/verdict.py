"""What paired counts allow one to say, in one sentence each.

In: `PairCounts`. Out: the verdict with its numbers: who is right more often, alike, or n too small to tell, and what takes from it its
usual meaning (a column that gives one answer to nearly every problem, or two that reach no more than a constant answer).
"""

from __future__ import annotations

from hypviz.methods import title_of
from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, SAME_WITHIN, TOO_SMALL, WORSE, ConstantAnswer, PairCounts
from hypviz.records.problems import show_answer
from hypviz.records.statistics import Interval
from hypviz.statistics.holm import ALPHA
from hypviz.statistics.mcnemar import fewest_discordant
from hypviz.words.numbers import counted, points, share


def title(name: str) -> str:
    """A column's name as people read it; what follows a method's key (``lora 2``) stays."""
    method, space, rest = name.partition(" ")
    return f"{title_of(method)}{space}{rest}"


def pair_sentence(pair: PairCounts) -> str:
    """The verdict on b against a, with its numbers."""
    a, b = title(pair.a), title(pair.b)
    if pair.verdict == CONSTANT and pair.constant_a is not None and pair.constant_b is not None:
        both = f"{a} {constant_words(pair.constant_a)} and {b} {constant_words(pair.constant_b)}"
        return f"{both}: neither solves problems, and they are not compared."
    odds = f"{show_test(pair)}{show_adjusted(pair.adjusted_p, pair.n_pairs)}, {show_n(pair)}"
    if pair.verdict in (BETTER, WORSE):
        said = f"{better_words(a, b, pair.difference, odds)}."
    elif pair.verdict == ALIKE:
        said = f"{a} and {b} are alike on such problems: right equally often to within {100 * SAME_WITHIN:.0f} points "
        said += f"({span_words(a, b, pair.difference, odds)})."
    else:
        said = f"n is too small to tell {a} and {b} apart{_too_few(pair)} ({span_words(a, b, pair.difference, odds)})."
    return " ".join([said, *_doubts(pair)])


def constant_words(constant: ConstantAnswer) -> str:
    """What a column does that gives one answer to nearly every problem: ``answers 5 to 97 of 100 problems``."""
    often = "every problem" if constant.n_given == constant.n else f"{constant.n_given:,} of {constant.n:,} problems"
    return f"answers {show_answer(constant.answer)} to {often}"


def better_words(a: str, b: str, difference: Interval, odds: str) -> str:
    """Who of a and b is right more often, where the interval of b minus a excludes 0, and by how much."""
    up = difference.low > 0
    better, worse = (b, a) if up else (a, b)
    low, high = (difference.low, difference.high) if up else (-difference.high, -difference.low)
    return (
        f"{better} is right more often than {worse}, by {points(abs(difference.value), sign=False)} points "
        f"({show_level(difference.level)} interval {points(low, sign=False)} to {points(high, sign=False)}; {odds})"
    )


def span_words(a: str, b: str, difference: Interval, odds: str) -> str:
    """Where b minus a lies: ``HypLoRA minus LoRA: −2.0 to +9.1 points, 95 % interval; ...``."""
    low, high = points(difference.low), points(difference.high)
    return f"{b} minus {a}: {low} to {high} points, {show_level(difference.level)} interval; {odds}"


def adjustment(n_pairs: int) -> str | None:
    """What was done about comparing several pairs, or None for one."""
    if n_pairs < 2:
        return None
    return (
        f"The {n_pairs} pairs are judged together (Holm's method): with a chance of at most {share(ALPHA)} a difference is "
        "called where there is none. The level of each interval is that of its pair's own test, so it excludes 0 exactly where the "
        "verdict does."
    )


def show_test(pair: PairCounts) -> str:
    """The test with its p, before any adjustment."""
    return f"McNemar's exact p {show_p(pair.p)}" if pair.n_clusters is None else f"p over groups {show_p(pair.p)}"


def show_n(pair: PairCounts) -> str:
    """``n = 850``, and in how many groups where some problems belong together."""
    return f"n = {pair.difference.n:,}" + ("" if pair.n_clusters is None else f" in {counted(pair.n_clusters, 'group')}")


def show_p(p: float) -> str:
    """Sign and two significant digits: ``= 0.031``, and ``< 0.0001`` rather than 0."""
    return f"= {p:.2g}" if p >= 1e-4 else "< 0.0001"


def show_adjusted(p: float, n_tests: int) -> str:
    """What follows a p where it is one of several: ``, adjusted for 3 pairs = 0.094``, else nothing."""
    return f", adjusted for {n_tests} pairs {show_p(p)}" if n_tests > 1 else ""


def show_level(level: float) -> str:
    """``95 %`` or ``98.3 %``."""
    return share(level, 0 if round(100 * level, 1) % 1 == 0 else 1)


def _too_few(pair: PairCounts) -> str:
    """Where no outcome on so many problems can be significant, which of several pairs it is harder for the first to be (Holm)."""
    discordant, fewest = pair.only_a + pair.only_b, fewest_discordant(ALPHA / pair.n_pairs)
    if discordant >= fewest or pair.n_clusters is not None:
        return ""
    first = f" as the first of {pair.n_pairs} pairs" if pair.n_pairs > 1 else ""
    seen = {0: "no problem was", 1: "only 1 problem was"}.get(discordant, f"only {discordant} problems were")
    return f": {seen} answered right by just one of them, and fewer than {fewest} can never reach p < {ALPHA:g}{first}"


def _doubts(pair: PairCounts) -> list[str]:
    """What takes from the verdict its usual meaning: a column that is a constant answer, or two that reach no more than one."""
    sides = ((pair.a, pair.constant_a, pair.b), (pair.b, pair.constant_b, pair.a))
    for name, constant, other in sides:
        if constant is not None:
            return [f"{title(name)} {constant_words(constant)}, so this compares {title(other)} with a constant answer."]
    if pair.verdict != TOO_SMALL and pair.unbeaten is not None:
        return [f"Neither is shown to be better than always answering {show_answer(pair.unbeaten)}."]
    return []
