"""What answers to problems are worth, in counts, intervals and verdicts; pure.

In: `Answers` of every column and the problems. Out: outcomes by every marking rule, scores, pairs judged together, verdicts over seeds.
What is said of them is `words`; who answers is `generate`.
"""

from hypviz.scoring.compared import judged, worked_steps
from hypviz.scoring.constants import majority
from hypviz.scoring.counts import score_columns
from hypviz.scoring.pairs import finished_pairs, other_pairs, pair_counts
from hypviz.scoring.recount import counted_again, mark_again, recount
from hypviz.scoring.rules import first_difference, mark, outcomes, require_rule, rules_of
from hypviz.scoring.seeds import over_seeds, seed_places, within_seeds
from hypviz.scoring.tally import Tally, tally
from hypviz.scoring.votes import answers_at, majority_rows, majority_value

__all__ = [
    "Tally",
    "answers_at",
    "counted_again",
    "finished_pairs",
    "first_difference",
    "judged",
    "majority",
    "majority_rows",
    "majority_value",
    "mark",
    "mark_again",
    "other_pairs",
    "outcomes",
    "over_seeds",
    "pair_counts",
    "recount",
    "require_rule",
    "rules_of",
    "score_columns",
    "seed_places",
    "tally",
    "within_seeds",
    "worked_steps",
]
