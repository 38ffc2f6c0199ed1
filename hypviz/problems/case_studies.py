"""A bank of prompts for side-by-side comparison: hand-written problems of the kinds the paper's case studies show.

The paper's own three (an average of five scores, hours to break in shoes, gravel in three trucks; arXiv 2410.04010v2, case
studies) were picked because HypLoRA wins there. These are ours, chosen before looking at any answer.
"""

from __future__ import annotations

from fractions import Fraction

from hypviz.problems.arithmetic import Expression, evaluate
from hypviz.records.problems import CaseStudy


def _case(skill: str, title: str, question: str, tree: Expression) -> CaseStudy:
    return CaseStudy(skill=skill, title=title, question=question, answer=Fraction(evaluate(tree)))


CASE_STUDIES: tuple[CaseStudy, ...] = (
    _case(
        "two-step",
        "Two steps: found and given away",
        "Tom has 34 marbles. He finds 18 more marbles. Then he gives 21 marbles to Lily. How many marbles does Tom have left?",
        ((34, "+", 18), "-", 21),
    ),
    _case(
        "one-step",
        "One step: more of the same",
        "Emma has 27 apples. She finds 15 more apples. How many apples does she have now?",
        (27, "+", 15),
    ),
    _case(
        "average",
        "Average of scores",
        "Nora's scores in 3 games are 12, 18 and 15. What is the average of her scores?",
        (((12, "+", 18), "+", 15), "/", 3),
    ),
    _case(
        "average",
        "Average of five scores",
        "Leo's scores in 5 games are 11, 14, 9, 16 and 10. What is the average of his scores?",
        (((((11, "+", 14), "+", 9), "+", 16), "+", 10), "/", 5),
    ),
    _case(
        "rate",
        "Hours to break in shoes",
        "Clara wears her new shoes for 3 hours a day until they are comfortable. The shoes need 24 hours of wear, "
        "and she has worn them for 6 hours already. How many more days does she need?",
        ((24, "-", 6), "/", 3),
    ),
    _case(
        "two-step",
        "Loads of trucks",
        "A road needs 48 loads of sand. Each of 4 trucks has carried 7 loads. How many loads are left?",
        (48, "-", (4, "*", 7)),
    ),
    _case(
        "nested",
        "Nested categories",
        "There are 14 dogs, 9 apples and 22 cows in the garden. How many animals are there in the garden?",
        (14, "+", 22),
    ),
    _case(
        "nested",
        "Nested categories, distractor last",
        "Jack sees 16 cars, 25 buses and 13 bananas. How many vehicles does Jack see?",
        (16, "+", 25),
    ),
)
