"""What answers to problems are worth, in counts, intervals and verdicts; pure.

In: `Answers` of every column and the problems. Out: outcomes by both rules, scores, pairs judged together, verdicts over seeds. What is
said of them is `words`; who answers is `generate`.
"""

from hypviz.scoring.constants import majority
from hypviz.scoring.counts import score_columns
from hypviz.scoring.pairs import careful_pairs, finished_pairs, pair_counts
from hypviz.scoring.rules import answer_states, first_difference, outcomes
from hypviz.scoring.seeds import over_seeds, seed_places, within_seeds

__all__ = [
    "answer_states",
    "careful_pairs",
    "finished_pairs",
    "first_difference",
    "majority",
    "outcomes",
    "over_seeds",
    "pair_counts",
    "score_columns",
    "seed_places",
    "within_seeds",
]
