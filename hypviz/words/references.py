"""The reference answer of a problem as its file gave it, and with the value that it was read as where the two differ."""

from __future__ import annotations

from hypviz.records.numbers import LONGEST_SHOWN
from hypviz.records.problems import NUMBER, Problem, show_answer, write_answer


def as_given(problem: Problem) -> str:
    """``3/4``, ``$9.00``; what follows the last ``####`` of a worked answer. The value where nothing was given, or more than an answer.

    Of kinds without numbers it is the value too: what a file gives there may be the place of an option.
    """
    given = "" if problem.kind != NUMBER else (problem.given or "").rpartition("####")[2].strip()
    return given if given and len(given) <= LONGEST_SHOWN and len(given.splitlines()) == 1 else write_answer(problem.answer)


def expected_words(problem: Problem) -> str:
    """``3/4 (0.75)``; one of the two where they do not differ."""
    given, value = as_given(problem), write_answer(problem.answer)
    return show_answer(problem.answer) if given.casefold() == value.casefold() else f"{given} ({show_answer(problem.answer)})"
