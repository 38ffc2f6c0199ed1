"""What an interval of a difference allows one to say: better, worse, alike, or too small to tell.

In: the interval that belongs to the test (`statistics.mcnemar`, `statistics.crossed`, at the level of Holm's step). Out: a verdict. An
interval that excludes 0: one side is right more often. One that includes 0 and lies within `SAME_WITHIN` either way: right equally often.
Otherwise n is too small. Two sides that each give one number to nearly every problem solve none and are not compared.
"""

from __future__ import annotations

from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, SAME_WITHIN, TOO_SMALL, WORSE
from hypviz.records.statistics import Interval


def verdict(difference: Interval, *, both_constant: bool) -> str:
    """The verdict on b against a, whose `difference` is accuracy of b minus that of a."""
    if both_constant:
        return CONSTANT
    if difference.excludes(0.0):
        return BETTER if difference.low > 0.0 else WORSE
    return ALIKE if max(-difference.low, difference.high) <= SAME_WITHIN else TOO_SMALL
