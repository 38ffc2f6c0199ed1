"""What paired counts allow one to say, in one sentence. Pure.

Significant at 5 % by McNemar's exact test: one column is better. Otherwise the interval of the difference decides: if it lies
within `SAME_WITHIN` either way, the columns are alike on such problems; if it does not, n is too small to tell. With fewer than
`FEWEST_DISCORDANT` problems that only one column got right no outcome could have been significant: 2 * (1/2)^5 > 0.05.
"""

from __future__ import annotations

from hypviz.records.answers import ALIKE, BETTER, TOO_SMALL, WORSE
from hypviz.records.runs import METHOD_TITLES
from hypviz.records.statistics import Interval

ALPHA = 0.05
SAME_WITHIN = 0.05
FEWEST_DISCORDANT = 6


def title(name: str) -> str:
    """A column's name as people read it."""
    return METHOD_TITLES.get(name, name)


def judge(a: str, b: str, *, only_a: int, only_b: int, p: float, difference: Interval) -> tuple[str, str]:
    """The verdict on b against a, and the sentence that says it with its numbers."""
    n, low, high = difference.n, difference.low, difference.high
    span = f"{100 * low:+.1f} to {100 * high:+.1f} points"
    odds = f"McNemar's exact p {show_p(p)}, n = {n:,}"
    if p < ALPHA:
        better, worse = (b, a) if only_b > only_a else (a, b)
        points = 100 * abs(difference.value)
        bounds = (low, high) if only_b > only_a else (-high, -low)
        sentence = (
            f"{title(better)} is right more often than {title(worse)}, by {points:.1f} points "
            f"(95% interval {100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}; {odds})."
        )
        return (BETTER if only_b > only_a else WORSE), sentence
    if max(-low, high) <= SAME_WITHIN:
        return ALIKE, (
            f"{title(a)} and {title(b)} are alike on such problems, less than {100 * SAME_WITHIN:.0f} points apart "
            f"({title(b)} minus {title(a)}: {span}, 95% interval; {odds})."
        )
    return TOO_SMALL, f"n is too small to tell {title(a)} and {title(b)} apart: {_why(a, b, only_a + only_b, span, odds)}."


def show_p(p: float) -> str:
    """Sign and two significant digits: ``= 0.031``, and ``< 0.0001`` rather than 0."""
    return f"= {p:.2g}" if p >= 1e-4 else "< 0.0001"


def _why(a: str, b: str, discordant: int, span: str, odds: str) -> str:
    if discordant < FEWEST_DISCORDANT:
        seen = {0: "no problem was", 1: "only 1 problem was"}.get(discordant, f"only {discordant} problems were")
        return (
            f"{seen} answered right by just one of them, and fewer than {FEWEST_DISCORDANT} can never reach "
            f"p < 0.05 ({title(b)} minus {title(a)}: {span}; {odds})"
        )
    return f"{title(b)} minus {title(a)} may be anything from {span} (95% interval; {odds})"
