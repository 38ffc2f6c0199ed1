"""Answers to a whole problem set, and what the counts allow one to say.

`answering` runs batches through `generate` (EFFECTS); `scoring` and `verdict` turn answers into counts, intervals and a sentence
(pure). The paper's own evaluation reads the last number of each answer (arXiv 2410.04010v2, section 5); so does this one.
"""

from hypviz.evaluate.answering import BATCH, answer_problems
from hypviz.evaluate.scoring import majority, pair_counts, score_columns

__all__ = ["BATCH", "answer_problems", "majority", "pair_counts", "score_columns"]
