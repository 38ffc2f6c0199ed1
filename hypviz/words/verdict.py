"""What paired counts allow one to say, in one sentence. Pure.

One rule decides: McNemar's exact test, adjusted by Holm for the number of pairs, and the interval that is its inversion at the level of
that adjustment (`statistics.paired_difference`, `statistics.holm`). Significant, the interval excluding 0: one column is right more
often. Otherwise the interval includes 0: if it lies within `SAME_WITHIN` either way, the columns are right equally often; if it does not,
n is too small to tell. With fewer than `FEWEST_DISCORDANT` problems that only one column got right no outcome could have been significant:
2 * (1/2)^5 > 0.05.

A column that gives one number to nearly every problem solves none, however often that number is right: two of them are not compared, and
one beside a column that is not is said to be what it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.methods import title_of
from hypviz.records.answers import ALIKE, BETTER, CONSTANT, TOO_SMALL, WORSE
from hypviz.records.statistics import Interval
from hypviz.statistics.holm import ALPHA, Adjusted

SAME_WITHIN = 0.05
FEWEST_DISCORDANT = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One column of a pair: `constant` says what it answers where that is one number, as in ``answers 5 to 97 of 100 problems``.

    `level` names the best constant answer where the column is not shown to be better than it, as in ``always answering 5``.
    """

    name: str
    constant: str | None = None
    level: str | None = None


def title(name: str) -> str:
    """A column's name as people read it; what follows a method's key (``lora 2``) stays."""
    method, space, rest = name.partition(" ")
    return f"{title_of(method)}{space}{rest}"


def judge(a: Side, b: Side, *, only_a: int, only_b: int, p: float, adjusted: Adjusted, difference: Interval) -> tuple[str, str]:
    """The verdict on b against a, and the sentence that says it with its numbers; `difference` is at the level of `adjusted`."""
    if a.constant and b.constant:
        return (
            CONSTANT,
            f"{title(a.name)} {a.constant} and {title(b.name)} {b.constant}: neither solves problems, and they are not compared.",
        )
    verdict, sentence = _compared(a.name, b.name, only_a, only_b, difference, _odds(p, adjusted, difference.n))
    return verdict, " ".join([sentence, *_doubts(a, b, verdict)])


def adjustment(n_pairs: int) -> str | None:
    """What was done about comparing several pairs, or None for one."""
    if n_pairs < 2:
        return None
    return (
        f"The {n_pairs} pairs are judged together (Holm's method): with a chance of at most {ALPHA:.0%} a difference is "
        "called where there is none. The level of each interval is that of its pair's own test, so it excludes 0 exactly where the "
        "verdict does."
    )


def show_p(p: float) -> str:
    """Sign and two significant digits: ``= 0.031``, and ``< 0.0001`` rather than 0."""
    return f"= {p:.2g}" if p >= 1e-4 else "< 0.0001"


def show_adjusted(adjusted: Adjusted) -> str:
    """What follows a p where it is one of several: ``, adjusted for 3 pairs = 0.094``, else nothing."""
    return f", adjusted for {adjusted.n_tests} pairs {show_p(adjusted.p)}" if adjusted.n_tests > 1 else ""


def show_level(level: float) -> str:
    """``95%`` or ``98.3%``."""
    return f"{100 * level:.1f}".removesuffix(".0") + "%"


def show_points(share: float, *, sign: bool = True) -> str:
    """Percentage points with one decimal, or as many as show that the number is not 0."""
    points = 100 * share
    if points == 0:
        return "0.0"
    shown = f"{points:+.1f}" if abs(points) >= 0.05 else f"{points:+.1g}"
    return shown if sign else shown.lstrip("+")


def _compared(a: str, b: str, only_a: int, only_b: int, difference: Interval, odds: str) -> tuple[str, str]:
    low, high, level = difference.low, difference.high, show_level(difference.level)
    if difference.excludes(0.0):
        up = difference.value > 0
        better, worse = (b, a) if up else (a, b)
        bounds = (low, high) if up else (-high, -low)
        return (BETTER if up else WORSE), (
            f"{title(better)} is right more often than {title(worse)}, by {show_points(abs(difference.value), sign=False)} points "
            f"({level} interval {show_points(bounds[0], sign=False)} to {show_points(bounds[1], sign=False)}; {odds})."
        )
    span = f"{title(b)} minus {title(a)}: {show_points(low)} to {show_points(high)} points, {level} interval; {odds}"
    if max(-low, high) <= SAME_WITHIN:
        return ALIKE, (
            f"{title(a)} and {title(b)} are alike on such problems: right equally often to within {100 * SAME_WITHIN:.0f} points ({span})."
        )
    return TOO_SMALL, f"n is too small to tell {title(a)} and {title(b)} apart{_too_few(only_a + only_b)} ({span})."


def _too_few(discordant: int) -> str:
    if discordant >= FEWEST_DISCORDANT:
        return ""
    seen = {0: "no problem was", 1: "only 1 problem was"}.get(discordant, f"only {discordant} problems were")
    return f": {seen} answered right by just one of them, and fewer than {FEWEST_DISCORDANT} can never reach p < {ALPHA:g}"


def _odds(p: float, adjusted: Adjusted, n: int) -> str:
    return f"McNemar's exact p {show_p(p)}{show_adjusted(adjusted)}, n = {n:,}"


def _doubts(a: Side, b: Side, verdict: str) -> list[str]:
    """What takes from the verdict its usual meaning: a column that is a constant answer, or two that reach no more than one."""
    constant = next((side for side in (a, b) if side.constant), None)
    if constant is not None:
        other = b if constant is a else a
        return [f"{title(constant.name)} {constant.constant}, so this compares {title(other.name)} with a constant answer."]
    if verdict != TOO_SMALL and a.level and b.level:
        return [f"Neither is shown to be better than {a.level}."]
    return []
