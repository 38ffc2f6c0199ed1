"""How often tokens occur, how long their embedding rows are, and whether the two go together (PURE)."""

from hypviz.frequency.groups import group_summaries, token_forms
from hypviz.frequency.lognormal import lognormal_survival
from hypviz.frequency.norms import norm_bins
from hypviz.frequency.power_law import fit_power_law, frequency_curve, power_law_survival
from hypviz.frequency.rank_probe import RankProbe, fit_rank_probe
from hypviz.frequency.shape import norm_ranges, norm_turn

__all__ = [
    "RankProbe",
    "fit_power_law",
    "fit_rank_probe",
    "frequency_curve",
    "group_summaries",
    "lognormal_survival",
    "norm_bins",
    "norm_ranges",
    "norm_turn",
    "power_law_survival",
    "token_forms",
]
