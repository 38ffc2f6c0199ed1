"""Intervals and tests (PURE): proportions, paired outcomes, rank correlation, comparison with chance. Seeds are given, never global."""

from hypviz.statistics.chance import ChanceRange, chance_range
from hypviz.statistics.correlation import spearman, spearman_interval
from hypviz.statistics.intervals import mean_of_few, percentile_interval, wilson_interval
from hypviz.statistics.mcnemar import mcnemar_exact, paired_difference

__all__ = [
    "ChanceRange",
    "chance_range",
    "mcnemar_exact",
    "mean_of_few",
    "paired_difference",
    "percentile_interval",
    "spearman",
    "spearman_interval",
    "wilson_interval",
]
