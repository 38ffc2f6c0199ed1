"""A bank of prompts for side-by-side comparison: hand-written problems of the kinds the paper's case studies show, and of other kinds.

`CASE_STUDIES` are answered by a number, `CHOICE_STUDIES` by a letter, an option, true or false, or a word, asked in the wording of the
paper's release. The paper's own three (an average of five scores, hours to break in shoes, gravel in three trucks; arXiv 2410.04010v2, case
studies) were picked because HypLoRA wins there. These are ours, chosen before looking at any answer.
"""

from __future__ import annotations

from fractions import Fraction

from hypviz.problems.arithmetic import Expression, evaluate
from hypviz.records.problems import LETTER, NUMBER, OPTION, TEXT, TRUTH, CaseStudy, Choice, Problem

_SOURCE = "case studies"


def _case(skill: str, title: str, question: str, tree: Expression) -> CaseStudy:
    return _of_kind(skill, title, question, Fraction(evaluate(tree)))


def _of_kind(
    skill: str, title: str, question: str, answer: Fraction | str, kind: str = NUMBER, options: tuple[Choice, ...] = ()
) -> CaseStudy:
    solution = "" if kind == NUMBER else f"the correct answer is {answer}"
    problem = Problem(question=question, solution=solution, answer=answer, skill=skill, source=_SOURCE, kind=kind, options=options)
    return CaseStudy(skill=skill, title=title, problem=problem)


def _choices(title: str, question: str, stem: str, right: int, *texts: str) -> CaseStudy:
    options = tuple(Choice(label=f"{stem}{number}", text=text) for number, text in enumerate(texts, start=1))
    offered = " ".join(f"{option.label.capitalize()}: {option.text}" for option in options)
    form = "/".join(option.label for option in options)
    whole = f"Please choose the correct {stem} to the question: {question}\n\n{offered}\n\nAnswer format: {form}"
    return _of_kind("choice", title, whole, options[right - 1].label, OPTION, options)


def _letters(title: str, question: str, right: str, *texts: str) -> CaseStudy:
    options = tuple(Choice(label=letter, text=text) for letter, text in zip("ABCDE", texts, strict=False))
    offered = " ".join(f"({option.label}) {option.text}" for option in options)
    return _of_kind("choice", title, f"{question} Answer Choices: {offered}", right, LETTER, options)


def _truth(title: str, question: str, answer: str) -> CaseStudy:
    whole = f"Please answer the following question with true or false, question: {question}\n\nAnswer format: true/false"
    return _of_kind("truth", title, whole, answer, TRUTH)


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

CHOICE_STUDIES: tuple[CaseStudy, ...] = (
    _letters(
        "Price of twenty pens",
        "A shop sells 12 pens for 18 dollars. What do 20 pens cost at that price?",
        "C",
        *("24 dollars", "28 dollars", "30 dollars", "32 dollars", "36 dollars"),
    ),
    _choices("A dark room", "What helps you to see in a dark room?", "answer", 2, "a spoon", "a lamp", "a pillow"),
    _choices(
        "Soup that is too hot",
        "How do you cool hot soup quickly?",
        "solution",
        2,
        "Put a lid on the pot and wrap it in a towel.",
        "Pour it into a wide bowl and stir it.",
    ),
    _truth("Is a whale a fish", "is a whale a fish?", "false"),
    _truth("Dogs and animals", "is every dog an animal?", "true"),
    _of_kind("word", "The odd one out", "Which word does not belong to the others: apple, pear, chair, plum?", "chair", TEXT),
)
