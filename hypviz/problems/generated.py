"""The careful rule on generated texts: the one number that a person takes for the answer, or none, and where it stands.

It is the last boxed expression, else what follows ``####``, else what "the answer is", in digits or in words, else the last number. The
paper's rule (`answers.find_last_number`) takes the last digits whatever they belong to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hypviz.problems.careful import ANSWER, ONLY_NUMBERS, STRANGE, boxes, clause_of, in_box, is_another_number, whole
from hypviz.problems.notation import quantities, trace
from hypviz.problems.number_words import worded_number
from hypviz.problems.places import Place

_BEFORE_WORDS = re.compile(r"(?:[\s\"'(:]|\b(?:about|approximately|exactly|only|just|the number)\b)*", re.IGNORECASE)


def read_carefully(text: str, *, cut: bool = False) -> Fraction | None:
    """The number that a generated text gives as its answer; None without one, or with more than one.

    In a text that was `cut` by a limit only a marked answer counts, and only if something follows its last digit.
    """
    found = find_carefully(text, cut=cut)
    return None if found is None else found.value


def find_carefully(text: str, *, cut: bool = False) -> Place | None:
    """As `read_carefully`, with where it stands: the inside of the box, the line after ``####``, or the number."""
    traced = trace(text)
    found = _in(traced.text.rstrip(), cut)
    if found is None:
        return None
    start, end = traced.spot(found.start, found.end)
    return Place(value=found.value, start=start, end=end)


def _in(plain: str, cut: bool) -> Place | None:
    """The answer of a normalised text."""
    boxed = boxes(plain)
    if boxed:
        box = boxed[-1]
        return _place(plain, in_box(plain, box).value, box.start + box.inside_at, box.end - 1)
    for mark in reversed([match.end() for match in re.finditer("####", plain)]):
        line = plain[mark:].partition("\n")[0]
        reading = whole(line)
        if reading.value is not None:
            return None if cut and mark + len(line) >= len(plain) else _place(plain, reading.value, mark, mark + len(line))
    for answered in _answered(plain):
        ends = cut and answered.end >= len(plain)
        return None if ends else answered.place
    return None if cut else _last(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """What follows "the answer is": the number in it, None where there is more than one or it is unclear, and where it ends."""

    place: Place | None
    end: int


def _answered(plain: str) -> Iterator[_Answered]:
    """The answers that are called that, the last first."""
    for match in reversed(list(ANSWER.finditer(plain))):
        rest = plain[match.end() :]
        begins = match.end() + len(rest) - len(rest.lstrip())
        clause = clause_of(rest)
        if quantities(clause):
            yield _Answered(place=_in_clause(clause, begins), end=begins + len(clause))
            continue
        before = _BEFORE_WORDS.match(plain, begins)
        worded = worded_number(plain, begins if before is None else before.end())
        if worded is not None:
            yield _Answered(place=Place(value=Fraction(worded.value), start=worded.start, end=worded.end), end=worded.end)


def _in_clause(clause: str, at: int) -> Place | None:
    """One number, or the right side of an equation, in a clause that begins `at` its place in the text."""
    if "=" in clause:
        at += clause.rindex("=") + 1
        clause = clause.rpartition("=")[2]
    found = quantities(clause)
    if len(found) != 1 or found[0].joined:
        return None
    number = found[0]
    before, after = clause[: number.start].rstrip(), clause[number.end :]
    alone = before == "(" and after.startswith(")") and number.value is not None and number.value > 0
    unclear = (
        STRANGE.search(clause)
        or re.match(r"[xyzikMKn](?![A-Za-z])|\s?[+*×÷^-]\s?[\w(\\]|:\d", after)
        or re.search(r"\bnot\s*[$£€]?$", before, re.IGNORECASE)
        or is_another_number(clause, number)
    )
    if unclear or alone or number.value is None:
        return None
    found = _place(clause, number.value, number.start, number.end)
    return None if found is None else Place(value=found.value, start=at + found.start, end=at + found.end)


def _last(plain: str) -> Place | None:
    """The last number, unless it belongs to a range, a time, a list or an expression that is not worked out."""
    found = quantities(plain)
    if not found:
        return None
    number = found[-1]
    if len(found) > 1:
        between = plain[found[-2].end : number.start]
        joined = re.fullmatch(r"\s*(?:or|to|[-–—:;+*×÷]|and)\s*", between) or between == ","
        if joined and not re.match(r"\s*=", plain[number.end :]):  # "100 / 5 or 20 = A" says 20
            return None
        line = plain.rpartition("\n")[2].strip().rstrip(".")
        if len(quantities(line)) > 1 and ONLY_NUMBERS.fullmatch(line) and "=" not in line:
            return None
    before, after = plain[: number.start], plain[number.end :]
    if number.value is None or number.joined or is_another_number(plain, number):
        return None
    if re.match(r"[xyzikMKn](?![A-Za-z])|:\d|!(?=\s*$)", after) or re.search(r"(?:√|\\sqrt\s*\{?)\s*$", before):
        return None
    if re.fullmatch(r"\s*\(\s*", before) and re.fullmatch(r"\s*\)\.?", after) and number.value > 0:
        return None
    return _place(plain, number.value, number.start, number.end)


def _place(plain: str, value: Fraction | None, start: int, end: int) -> Place | None:
    """A value with the signs from `start` to `end`, white space at both ends left out."""
    inside = plain[start:end]
    if value is None:
        return None
    return Place(value=value, start=start + len(inside) - len(inside.lstrip()), end=start + len(inside.rstrip()))
