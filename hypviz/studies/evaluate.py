"""A problem set under several columns of weights: stored answers are reused column by column, missing ones are generated.

After a stop the problems that every missing column has answered are scored, and nothing is stored.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.generate import EncodedPrompt, Lend, column_notice, encode_questions, virtual_tokens
from hypviz.generate.answering import LIBRARIES, came_from
from hypviz.generate.problem_sets import Written, answer_problems
from hypviz.models.tokenizer.special_tokens import end_tokens
from hypviz.records.answers import Answers, Evaluation, Outcome
from hypviz.records.problems import Problem, json_answer
from hypviz.records.specs.answers import AnswersSpec, AskedColumn, EvaluationSpec
from hypviz.records.texts import ProblemSet
from hypviz.scoring import (
    finished_pairs,
    majority,
    other_pairs,
    outcomes,
    over_seeds,
    pair_counts,
    recount,
    require_rule,
    rules_of,
    score_columns,
    seed_places,
    within_seeds,
)
from hypviz.store import Store
from hypviz.studies.frame import Shelf
from hypviz.studies.origins import origins
from hypviz.words.evaluation import same_twice
from hypviz.words.origins import not_repeats
from hypviz.words.verdict import title
from hypviz.work import NOBODY, Work

__all__ = ["EVALUATIONS", "evaluate", "recount", "require_rule_for", "rows_as_json_lines", "rules_for_set", "stored_evaluation"]

ANSWERS: Shelf[AnswersSpec, Answers] = Shelf(kind="evaluations", record=Answers, algorithm=6, libraries=lambda spec: LIBRARIES)
EVALUATIONS: Shelf[EvaluationSpec, Evaluation] = Shelf(  # nothing is kept there beside the columns' answers; it names jobs
    kind="evaluation", record=Evaluation, algorithm=ANSWERS.algorithm, libraries=lambda spec: LIBRARIES
)


def stored_evaluation(spec: EvaluationSpec, store: Store | None = None) -> Evaluation | None:
    """The evaluation if every column's answers are in the store, else None."""
    fits = _fitting(spec)
    answers = [ANSWERS.stored(_answers_spec(spec, asked), store=store) for asked in spec.columns]
    if any(a is None for a in answers):
        return None
    return _evaluation(spec, fits, [a for a in answers if a is not None])


def evaluate(spec: EvaluationSpec, work: Work = NOBODY, *, lend: Lend, store: Store | None = None) -> Evaluation:
    """Answer every problem greedily with every column, the base first, and count. Raises `HypvizError`, `Stopped` before any batch."""
    fits = _fitting(spec)
    answers = {asked.name: ANSWERS.stored(_answers_spec(spec, asked), store=store) for asked in spec.columns}
    missing = [asked for asked in spec.columns if answers[asked.name] is None]
    notices: list[str | None] = []
    if missing:
        prompts = [prompt for prompt in fits if prompt is not None]
        written = answer_problems(spec.model, missing, prompts, spec.decoding, lend=lend, work=work, title=title)
        fresh = {asked.name: _answers(spec, asked, written[asked.name]) for asked in missing}
        answers |= fresh
        if all(len(column.texts) == len(prompts) for column in fresh.values()):
            notices = [ANSWERS.keep(_answers_spec(spec, asked), fresh[asked.name], store=store).notice for asked in missing]
    found = _evaluation(spec, fits, [a for asked in spec.columns if (a := answers[asked.name]) is not None])
    return dataclasses.replace(found, notice=next((notice for notice in notices if notice), found.notice))


def rules_for_set(problems: ProblemSet) -> tuple[str, ...]:
    """The names of the rules that mark all problems of a set."""
    return tuple(rules_of(problems.problems))


def require_rule_for(problems: ProblemSet, rule: str) -> None:
    """Raise `HypvizError` for a rule that does not mark these problems, before anything is asked."""
    require_rule(rule, rules_of(problems.problems))


def rows_as_json_lines(evaluation: Evaluation) -> str:
    """One JSON object per problem: question, answer, skill, and per column its text, how it ended, and what every rule makes of it."""
    names = [column.name for column in evaluation.columns]
    lines: list[str] = []
    for row in evaluation.outcomes:
        columns = {name: _column_of_row(row, k) for k, name in enumerate(names)}
        body = {"question": row.question, "answer": json_answer(row.answer), "kind": row.problem.kind, "rule": row.rule}
        body |= {"given": row.problem.given, "skill": row.skill, "columns": columns}
        lines.append(json.dumps(body, ensure_ascii=False, allow_nan=False))
    return "\n".join(lines) + "\n"


def _column_of_row(row: Outcome, k: int) -> dict[str, object]:
    return {
        "text": row.texts[k],
        "ended": row.ended[k],
        "right": row.right[k],
        "state": row.states[k],
        "marks": {
            rule: {"found": json_answer(marks[k].value), "span": [marks[k].start, marks[k].end], "state": marks[k].state}
            for rule, marks in row.marks.items()
        },
    }


def _fitting(spec: EvaluationSpec) -> tuple[EncodedPrompt | None, ...]:
    fits = _encoded(spec)
    if not any(fits):
        raise HypvizError(
            f"None of the {len(fits)} problems of {spec.problems.name} fits into {spec.model.label} together with "
            f"{spec.tokens} new tokens; ask for fewer new tokens or shorter problems."
        )
    for name, n in virtual_tokens(spec.model, [asked.column for asked in spec.columns]).items():
        # what is kept of the other columns is of all the problems that fit without them
        lost = sum(fit is not None for fit in fits) - sum(fit is not None for fit in _encoded(spec, n))
        if lost:
            raise HypvizError(
                f"{lost} of the problems of {spec.problems.name} fit into {spec.model.label} together with {spec.tokens} new tokens, but "
                f"not behind the {n} virtual tokens of {name}; ask for at most {max(1, spec.tokens - n)} new tokens, or leave {name} out."
            )
    return fits


def _encoded(spec: EvaluationSpec, n_virtual: int = 0) -> tuple[EncodedPrompt | None, ...]:
    questions = [problem.question for problem in spec.problems.problems]
    return encode_questions(spec.model, questions, max_new_tokens=n_virtual + spec.decoding.max_new_tokens)


def _answers_spec(spec: EvaluationSpec, asked: AskedColumn) -> AnswersSpec:
    ends = tuple(end_tokens(spec.model))
    return AnswersSpec(weights=asked.weights, problems=spec.problems.fingerprint, ends=ends, decoding=spec.decoding)


def _answers(spec: EvaluationSpec, asked: AskedColumn, column: Written) -> Answers:
    return Answers(
        weights=asked.weights,
        problems=spec.problems.fingerprint,
        texts=tuple(column.texts),
        ended=tuple(column.ended),
        n_tokens=np.array(column.n_tokens, dtype=np.int64),
        seconds=column.seconds,
        decoding=spec.decoding,
        provenance=came_from(spec.model, seconds=column.seconds),
        one_by_one=column.one_by_one,
    )


def _evaluation(spec: EvaluationSpec, fits: Sequence[EncodedPrompt | None], answers: Sequence[Answers]) -> Evaluation:
    """Counts over the problems that fit the model and that every column has answered."""
    fitting = [problem for problem, prompt in zip(spec.problems.problems, fits, strict=True) if prompt is not None]
    reached = min(len(a.texts) for a in answers)
    if reached == 0:
        raise Stopped("The evaluation was stopped before its first batch was answered; start it again when there is time.")
    return _counted(spec, fitting[:reached], len(spec.problems.problems) - len(fitting), answers)


def _counted(spec: EvaluationSpec, asked: Sequence[Problem], n_too_long: int, answers: Sequence[Answers]) -> Evaluation:
    columns, names = [column.column for column in spec.columns], [column.name for column in spec.columns]
    rows = outcomes(asked, answers)
    scores = score_columns(names, answers, rows)
    came = origins(spec.model, columns, asked, spec.problems.fingerprint)
    places = seed_places(came, names)
    which = within_seeds(places, len(names))
    notices = [column_notice(spec.model, column) for column in columns] + [not_repeats(came), same_twice(scores)]
    return Evaluation(
        problems=spec.problems.name,
        n=len(rows),
        n_asked=len(spec.problems.problems),
        n_too_long=n_too_long,
        n_skipped=spec.problems.n_skipped,
        skipped=spec.problems.skipped,
        columns=scores,
        pairs=pair_counts(names, rows, which),
        other_pairs=other_pairs(names, rows, which),
        finished_pairs=finished_pairs(names, rows, which),
        origins=came,
        over_seeds=over_seeds(places, names, rows, [score.answers_constant for score in scores]),
        outcomes=rows,
        rule=rows[0].rule,
        majority=majority(asked),
        decoding=spec.decoding,
        provenance=came_from(spec.model, seconds=sum(a.seconds for a in answers)),
        notice=" ".join(text for text in notices if text) or None,
    )
