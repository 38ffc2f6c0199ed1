"""Every problem of an evaluation with all that its marks and counts follow from, for JSON lines and for a table.

In: an `Evaluation`, what the model read of each question, the version. Out: plain values: problem, prompt, and for every column and sample
the text, how it ended, and what each rule read where, with what became of it. `exchange.again` reads them back.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from hypviz.records.evaluations import Evaluation, Mark, Outcome
from hypviz.records.problems import json_answer

Prompts = Mapping[str, str]  # what the model read, by question


def how(found: Evaluation, version: str) -> dict[str, object]:
    """With what it was made: the model, the weights of every column, decoding with the seed of each sample, versions, and the rule."""
    came, first = found.provenance, found.decoding.seed
    seeds = None if found.decoding.greedy else [first + i for i in range(found.samples)]
    weights = {column.name: {**column.weights.identity, "method": column.weights.method} for column in found.columns}
    return {
        "model": came.model,
        "revision": came.revision,
        "columns": weights,
        "decoding": {**found.decoding.identity, "seed": seeds},
        "rule": found.rule,
        "problems": found.problems,
        "versions": {"hypviz": version, **came.versions},
    }


def samples_of_row(found: Evaluation, i: int) -> tuple[Outcome, ...]:
    """Problem i in every sample."""
    return tuple(rows[i] for rows in found.rounds) or (found.outcomes[i],)


def json_lines(found: Evaluation, *, version: str, prompts: Prompts | None = None) -> str:
    """One JSON object a problem; of several samples `text` and `marks` are those of the majority, and `samples` has all."""
    made = how(found, version)
    lines = [json.dumps(_body(found, i, made, prompts or {}), ensure_ascii=False, allow_nan=False) for i in range(found.n)]
    return "\n".join(lines) + "\n"


def _body(found: Evaluation, i: int, made: dict[str, object], prompts: Prompts) -> dict[str, object]:
    row, asked = found.outcomes[i], found.outcomes[i].problem
    drawn = samples_of_row(found, i) if found.rounds else ()
    return {
        "number": i + 1,
        "question": row.question,
        "prompt": prompts.get(row.question),
        "answer": json_answer(row.answer),
        "kind": asked.kind,
        "options": [dataclasses.asdict(option) for option in asked.options],
        "rule": row.rule,
        "given": asked.given,
        "group": asked.group,
        "skill": row.skill,
        "columns": {column.name: _column(row, k, drawn) for k, column in enumerate(found.columns)},
        "made": made,
    }


def _column(row: Outcome, k: int, drawn: Sequence[Outcome]) -> dict[str, object]:
    samples = {"samples": [{"text": one.texts[k], "ended": one.ended[k], "marks": _marks(one, k)} for one in drawn]} if drawn else {}
    told = {"text": row.texts[k], "ended": row.ended[k], "right": row.right[k], "state": row.states[k]}
    return {**told, "marks": _marks(row, k, of_majority=bool(drawn)), **samples}


def _marks(row: Outcome, k: int, *, of_majority: bool = False) -> dict[str, dict[str, object]]:
    return {rule: _mark(marks[k]) | ({"sample": marks[k].sample + 1} if of_majority else {}) for rule, marks in row.marks.items()}


def _mark(mark: Mark) -> dict[str, object]:
    return {"found": json_answer(mark.value), "span": [mark.start, mark.end], "state": mark.state}
