"""Answers to a whole problem set, and what the counts allow one to say.

`answering` runs batches through `generate` (EFFECTS); `scoring` and `verdict` turn answers into counts, intervals and a sentence
(pure). The paper's own evaluation reads the last number of each answer (arXiv 2410.04010v2, section 5); so does this one, with the
careful reading counted beside it (`rules`).
"""

from hypviz.evaluate.answering import BATCH, answer_problems
from hypviz.evaluate.rules import on_the_constant, on_the_limit, on_the_rule
from hypviz.evaluate.scoring import careful_pairs, finished_pairs, majority, pair_counts, read_differently, score_columns
from hypviz.evaluate.seeds import few_seeds
from hypviz.evaluate.training import not_known, on_the_training
from hypviz.words.verdict import adjustment

__all__ = [
    "BATCH",
    "adjustment",
    "answer_problems",
    "careful_pairs",
    "few_seeds",
    "finished_pairs",
    "majority",
    "not_known",
    "on_the_constant",
    "on_the_limit",
    "on_the_rule",
    "on_the_training",
    "pair_counts",
    "read_differently",
    "score_columns",
]
