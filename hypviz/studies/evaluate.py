"""A problem set under several columns of weights: stored answers are reused column by column, missing ones are generated.

After a stop the problems that every missing column has answered are scored, and nothing is stored.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.evaluate import answer_problems, careful_pairs, finished_pairs, majority, pair_counts, score_columns
from hypviz.evaluate.answering import Written
from hypviz.evaluate.scoring import outcomes
from hypviz.evaluate.seeds import over_seeds, seed_places, within_seeds
from hypviz.generate import EncodedPrompt, answer_part, check_columns, column_notice, column_weights, encode_questions, is_cut
from hypviz.generate.answering import library_versions
from hypviz.models.tokenizer.special_tokens import end_tokens
from hypviz.problems import extract_answer, json_number, read_carefully
from hypviz.records import Provenance
from hypviz.records.answers import RIGHT, Answers, Column, Decoding, Evaluation, Weights
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.store import Store
from hypviz.studies.compare import Lend
from hypviz.studies.origins import not_repeats, origins

KIND = "evaluations"
ALGORITHM = 4


def stored_evaluation(
    ref: ModelRef, problems: ProblemSet, columns: Sequence[Column], decoding: Decoding, store: Store
) -> Evaluation | None:
    """The evaluation if every column's answers are in the store, else None."""
    checked = check_columns(columns)
    fits = _fitting(ref, problems, decoding)
    answers = [_stored(ref, column_weights(ref, column), problems, decoding, store) for column in checked]
    if any(a is None for a in answers):
        return None
    return _evaluation(ref, problems, checked, fits, [a for a in answers if a is not None], decoding)


def evaluate(
    ref: ModelRef,
    problems: ProblemSet,
    columns: Sequence[Column],
    decoding: Decoding,
    *,
    lend: Lend,
    store: Store,
    progress: Callable[[float, int, str], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Evaluation:
    """Answer every problem greedily with the base and every adapter, and count. Raises `HypvizError`, `Stopped` before any batch."""
    checked = check_columns(columns)
    if not decoding.greedy:
        raise HypvizError(f"An evaluation decodes greedily, but the temperature is {decoding.temperature:g}; set it to 0.")
    fits = _fitting(ref, problems, decoding)
    weights = {column.name: column_weights(ref, column) for column in checked}
    answers = {column.name: _stored(ref, weights[column.name], problems, decoding, store) for column in checked}
    missing = [column for column in checked if answers[column.name] is None]
    prompts = [prompt for prompt in fits if prompt is not None]
    notices: list[str | None] = []
    if missing:
        written = answer_problems(ref, missing, prompts, decoding, lend=lend, weights=weights, progress=progress, should_stop=should_stop)
        for name, column in written.items():
            answers[name] = _answers(ref, weights[name], problems, decoding, column)
        if len(next(iter(written.values())).texts) == len(prompts):
            notices = [_keep(ref, answers[name], weights[name], problems, decoding, store) for name in written]
    ready = [a for a in (answers[column.name] for column in checked) if a is not None]
    found = _evaluation(ref, problems, checked, fits, ready, decoding)
    return dataclasses.replace(found, notice=next((notice for notice in notices if notice), found.notice))


def answered_one_by_one(evaluation: Evaluation, titles: Mapping[str, str]) -> str | None:
    """The sentence on columns whose prompts were not put into batches, or None."""
    names = [titles.get(score.name, score.name) for score in evaluation.columns if score.one_by_one]
    if not names:
        return None
    return (
        f"{', '.join(names)}: padding a prompt to the length of a longer one changes the answer to it (the architecture does not hide "
        "padding), so every prompt was answered alone."
    )


def rows_as_json_lines(evaluation: Evaluation) -> str:
    """One JSON object per problem: question, answer, skill, and per column its text, how it ended, and number and state by each rule."""
    names = [column.name for column in evaluation.columns]
    lines = []
    for row in evaluation.outcomes:
        columns = {
            name: {
                "text": row.texts[k],
                "ended": row.ended[k],
                "found": json_number(row.found[k]),
                "right": row.right[k],
                "state": row.states[k],
                "careful_found": json_number(row.careful[k]),
                "careful_right": row.careful_states[k] == RIGHT,
                "careful_state": row.careful_states[k],
            }
            for k, name in enumerate(names)
        }
        body = {"question": row.question, "answer": json_number(row.answer), "skill": row.skill, "columns": columns}
        lines.append(json.dumps(body, ensure_ascii=False, allow_nan=False))
    return "\n".join(lines) + "\n"


def _fitting(ref: ModelRef, problems: ProblemSet, decoding: Decoding) -> tuple[EncodedPrompt | None, ...]:
    questions = [problem.question for problem in problems.problems]
    fits = encode_questions(ref, questions, max_new_tokens=decoding.max_new_tokens)
    if not any(fits):
        raise HypvizError(
            f"None of the {len(fits)} problems of {problems.name} fits into {ref.label} together with "
            f"{decoding.max_new_tokens} new tokens; ask for fewer new tokens or shorter problems."
        )
    return fits


def _spec(ref: ModelRef, weights: Weights, problems: ProblemSet, decoding: Decoding) -> dict[str, Any]:
    return {
        "algorithm": ALGORITHM,
        "base": weights.base,
        "ends": list(end_tokens(ref)),
        "adapter": weights.adapter,
        "problems": problems.fingerprint,
        "max_new_tokens": decoding.max_new_tokens,
        "stop_at_question": decoding.stop_at_question,
        "versions": library_versions(),
    }


def _stored(ref: ModelRef, weights: Weights, problems: ProblemSet, decoding: Decoding, store: Store) -> Answers | None:
    return store.get(KIND, _spec(ref, weights, problems, decoding), Answers)


def _keep(ref: ModelRef, answers: Answers | None, weights: Weights, problems: ProblemSet, decoding: Decoding, store: Store) -> str | None:
    """Store one column's answers; the sentence says if that was not possible."""
    assert answers is not None
    return store.load_or_compute(KIND, _spec(ref, weights, problems, decoding), Answers, lambda: answers).notice


def _answers(ref: ModelRef, weights: Weights, problems: ProblemSet, decoding: Decoding, column: Written) -> Answers:
    return Answers(
        weights=weights,
        problems=problems.fingerprint,
        texts=tuple(column.texts),
        found=tuple(extract_answer(answer_part(text)) for text in column.texts),
        careful=tuple(
            read_carefully(answer_part(text), cut=is_cut(text, ended)) for text, ended in zip(column.texts, column.ended, strict=True)
        ),
        ended=tuple(column.ended),
        n_tokens=np.array(column.n_tokens, dtype=np.int64),
        seconds=column.seconds,
        decoding=decoding,
        provenance=Provenance(model=ref.label, revision=ref.revision, versions=library_versions(), seconds=column.seconds),
        one_by_one=column.one_by_one,
    )


def _the_same_twice(names: Sequence[str], answers: Sequence[Answers]) -> str | None:
    """Columns with the very same adapter, which answer alike and count as a pair of the tests all the same; None without any."""
    groups: dict[str, list[str]] = {}
    for name, answer in zip(names, answers, strict=True):
        groups.setdefault(answer.weights.fingerprint, []).append(name)
    several = [" and ".join(group) for group in groups.values() if len(group) > 1]
    if not several:
        return None
    return f"The same adapter stands in several columns ({'; '.join(several)}), so between these nothing can differ; leave all but one out."


def _evaluation(
    ref: ModelRef,
    problems: ProblemSet,
    columns: Sequence[Column],
    fits: Sequence[EncodedPrompt | None],
    answers: Sequence[Answers],
    decoding: Decoding,
) -> Evaluation:
    """Counts over the problems that fit the model and that every column has answered."""
    fitting = [problem for problem, prompt in zip(problems.problems, fits, strict=True) if prompt is not None]
    reached = min(len(a.texts) for a in answers)
    if reached == 0:
        raise Stopped("The evaluation was stopped before its first batch was answered; start it again when there is time.")
    asked, names = fitting[:reached], [column.name for column in columns]
    rows = outcomes(asked, answers)
    scores = score_columns(names, answers, rows)
    came_from = origins(ref, columns, asked, problems.fingerprint)
    places = seed_places(came_from, names)
    which = within_seeds(places, len(names))
    notices = [column_notice(ref, column) for column in columns] + [not_repeats(came_from), _the_same_twice(names, answers)]
    seconds = sum(a.seconds for a in answers)
    return Evaluation(
        problems=problems.name,
        n=reached,
        n_asked=len(problems.problems),
        n_too_long=len(problems.problems) - len(fitting),
        n_skipped=problems.n_skipped,
        skipped=problems.skipped,
        columns=scores,
        pairs=pair_counts(names, rows, which),
        careful_pairs=careful_pairs(names, rows, which),
        finished_pairs=finished_pairs(names, rows, which),
        origins=came_from,
        over_seeds=over_seeds(places, names, rows, [score.answers_constant for score in scores]),
        outcomes=rows,
        majority=majority(asked),
        decoding=dataclasses.replace(decoding, temperature=0.0),
        provenance=Provenance(model=ref.label, revision=ref.revision, versions=library_versions(), seconds=seconds),
        notice=" ".join(text for text in notices if text) or None,
    )
