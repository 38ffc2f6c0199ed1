"""The paper's rule, to the letter: the last number, a cascade of patterns for letters, the first option word for commonsense sets.

Source: the evaluation that was released with arXiv 2410.04010v2 (section 5). Numbers: commas taken out, right within 1e-3. Letters A to E,
by the first of these patterns that occurs at all, its last match: in a box, in parentheses or before one, after "answer is", after "is" at
the end, after "option". Option words (``answer1`` to ``answer5``, ``solution1``, ``ending4``, ``option2``, ``true``) by their first
occurrence, whatever their case. The release asks no questions with a text of one's own; such a text is right if it is the same.
"""

from __future__ import annotations

import re
from fractions import Fraction

from hypviz.marking.entry import Found, MarkingRule, spot
from hypviz.problems import find_last_number, is_right
from hypviz.records.problems import LETTER, NUMBER, TEXT, TRUTH, Problem

_LETTERS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"\\boxed\{\\text\{\(?([A-E])\)?\}\}", 0),
        (r"\\boxed\{\(?([A-E])\)?\}", 0),
        (r"\(?([A-E])\)", 0),
        (r"answer is[:\s]+\(?([A-E])\)?", re.IGNORECASE),
        (r"is[:\s]+([A-E])\.?\s*$", 0),
        (r"[Oo]ption\s+\(?([A-E])\)?", 0),
    )
)
_WORDS = {"answer": 5, "solution": 2, "ending": 4, "option": 2}  # and how many of them the release looks for


def _read(text: str, problem: Problem, *, cut: bool = False) -> Found | None:
    if problem.kind == NUMBER:
        number = find_last_number(text)
        return None if number is None else spot(number.start, number.end, number.value)
    if problem.kind == LETTER:
        return _letter(text)
    if problem.kind == TEXT:
        said = text.strip()
        start = text.find(said)
        return spot(start, start + len(said), said) if said else None
    match = re.search("|".join(re.escape(word) for word in _option_words(problem)), text, re.IGNORECASE)
    return None if match is None else spot(match.start(), match.end(), match.group().lower())


def _letter(text: str) -> Found | None:
    for pattern in _LETTERS:
        found = list(pattern.finditer(text.rstrip()))
        if found:
            return spot(*found[-1].span(1), found[-1].group(1))
    return None


def _option_words(problem: Problem) -> list[str]:
    """The words that are looked for: as many of a known stem as the release knows, else the labels of the problem."""
    if problem.kind == TRUTH:
        return ["true", "false"]
    labels = [option.label for option in problem.options]
    stems = {label.rstrip("0123456789").lower() for label in labels}
    if len(stems) == 1 and (stem := stems.pop()) in _WORDS:
        return [f"{stem}{i + 1}" for i in range(_WORDS[stem])]
    return labels


def _is_right(value: Fraction | str, problem: Problem) -> bool:
    if isinstance(problem.answer, Fraction):
        return isinstance(value, Fraction) and is_right(value, problem.answer)
    return isinstance(value, str) and (value == problem.answer or (problem.kind not in (LETTER, TEXT) and value == problem.answer.lower()))


ENTRY = MarkingRule(
    name="paper",
    label="The paper's",
    help="the last number without its commas, within 0.001; for letters a cascade of patterns; the first option word",
    order=20,
    read=_read,
    is_right=_is_right,
    sentence="right by the paper's rule when its last number, commas taken out, is within 0.001 of the reference; of letters and option "
    "words the one that the released evaluation takes must be the reference.",
)
