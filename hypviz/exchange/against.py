"""Two programs' answers to the same problems, row by row: the harness's samples against what hypviz answered.

In: `Samples`, and the lines of ``answers.jsonl`` or of ``evaluate --out``. Out: an `Agreement`. White space around a text is not
compared: some tokenizers take a leading space off a text that is decoded without its prompt.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hypviz.errors import HypvizError
from hypviz.exchange.marks import PAPER, judge
from hypviz.exchange.samples import Sample, Samples
from hypviz.records.answers import END_OF_TEXT, answer_part, is_cut

_WANTED = "give the answers.jsonl of a task, or what evaluate --out wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """A problem (counted from 1) whose texts part after `after` signs; `right` says whether each counts as right, ours first."""

    number: int
    after: int
    ours: str
    theirs: str
    right: tuple[bool, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of `n` problems that both answered: how many texts and marks are the same, how many are right, and where texts part.

    `n_only_one` problems are in one of the two files alone.
    """

    column: str
    rule: str
    n: int
    same_text: int
    same_mark: int
    right_ours: int
    right_theirs: int
    partings: tuple[Parting, ...]
    n_only_one: int


def compare(samples: Samples, answers: str, column: str, *, rule: str = PAPER) -> Agreement:
    """Marked by `rule` on both sides; `HypvizError` where the lines are no answers or have no such column."""
    ours = _ours(answers, column)
    rows = {(sample.doc_id + 1, sample.problem.question): sample for sample in samples.rows}
    both = [key for key in ours if key in rows]
    if not both:
        raise HypvizError("The two files have no problem in common (by number and question); compare answers to the same problems.")
    partings: list[Parting] = []
    right: list[tuple[bool, bool]] = []
    for key in both:
        text, ended = ours[key]
        mine, theirs = answer_part(text, ended), rows[key].text  # the harness has cut its own at the texts that end an answer
        pair = (_is_right(rows[key], mine, rule, is_cut(ended)), _is_right(rows[key], theirs, rule, is_cut(ended)))
        right.append(pair)
        mine, theirs = mine.strip(), theirs.strip()
        if mine != theirs:
            partings.append(Parting(number=key[0], after=_common(mine, theirs), ours=mine, theirs=theirs, right=pair))
    return Agreement(
        column=column,
        rule=rule,
        n=len(both),
        same_text=len(both) - len(partings),
        same_mark=sum(mine == theirs for mine, theirs in right),
        right_ours=sum(mine for mine, _ in right),
        right_theirs=sum(theirs for _, theirs in right),
        partings=tuple(partings),
        n_only_one=len(ours) + len(rows) - 2 * len(both),
    )


def _ours(answers: str, column: str) -> dict[tuple[int, str], tuple[str, str]]:
    """By number and question: the column's text, and how it ended."""
    found: dict[tuple[int, str], tuple[str, str]] = {}
    for number, line in enumerate((line for line in answers.split("\n") if line.strip()), start=1):
        said, question = _columns(line, number)
        if column not in said:
            raise HypvizError(f"These answers have no column {column!r}; choose one of {', '.join(said)}.")
        found[number, question] = (str(said[column].get("text", "")), str(said[column].get("ended", END_OF_TEXT)))
    return found


def _columns(line: str, number: int) -> tuple[Mapping[str, Mapping[str, Any]], str]:
    try:
        row: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise HypvizError(f"Line {number} of the answers is no JSON; {_WANTED}.") from error
    fields = cast("Mapping[str, object]", row if isinstance(row, dict) else {})
    columns, question = fields.get("columns"), fields.get("question")
    if not isinstance(columns, dict) or not isinstance(question, str):
        raise HypvizError(f"Line {number} of the answers has no question and columns; {_WANTED}.")
    return cast("Mapping[str, Mapping[str, Any]]", columns), question


def _is_right(sample: Sample, text: str, rule: str, cut: bool) -> bool:
    return judge(rule, text, sample.problem, cut=cut).right


def _common(a: str, b: str) -> int:
    """How many signs two texts begin with alike."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
