"""Graded word problems with worked answers, made from a grammar and a taxonomy; pure and seeded.

In: a set name and a count. Out: `Problem` records whose answers were verified by evaluating their operation tree. Reading
problem files is `corpora`; what a model answers is `generate`, what that is worth `scoring`.
"""

from hypviz.problems.answers import (
    answer_state,
    extract_answer,
    find_last_number,
    format_prompt,
    format_solution,
    is_right,
    is_right_carefully,
)
from hypviz.problems.careful import Reading, read_cell
from hypviz.problems.case_studies import CASE_STUDIES, CHOICE_STUDIES
from hypviz.problems.generated import find_carefully, read_carefully
from hypviz.problems.offers import asks_for_truth, lettered_options
from hypviz.problems.places import Place
from hypviz.problems.sets import PROBLEM_SET_NAMES, SPLITS, is_problem_set, problem_set
from hypviz.records.numbers import exact, json_number, show_number, write_number
from hypviz.records.problems import CaseStudy, Problem

__all__ = [
    "CASE_STUDIES",
    "CHOICE_STUDIES",
    "PROBLEM_SET_NAMES",
    "SPLITS",
    "CaseStudy",
    "Place",
    "Problem",
    "Reading",
    "answer_state",
    "asks_for_truth",
    "exact",
    "extract_answer",
    "find_carefully",
    "find_last_number",
    "format_prompt",
    "format_solution",
    "is_problem_set",
    "is_right",
    "is_right_carefully",
    "json_number",
    "lettered_options",
    "problem_set",
    "read_carefully",
    "read_cell",
    "show_number",
    "write_number",
]
