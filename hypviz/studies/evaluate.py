"""A problem set under several columns of weights: stored answers are reused column by column, missing ones are generated.

Answers are kept batch by batch (`unfinished`); after a stop the problems that every column has answered are scored, and the next start
goes on from there. An evaluation whose columns are all kept is counted from these alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError, Stopped
from hypviz.generate import EncodedPrompt, Lend, column_notice, encode_questions, virtual_tokens
from hypviz.generate.answering import LIBRARIES, came_from
from hypviz.generate.problem_sets import ManyPrompts, Written, answer_problems
from hypviz.marking import DEFAULT
from hypviz.models.tokenizer.special_tokens import end_tokens
from hypviz.records.answers import Answers, Decoding
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.records.evaluations import Evaluation
from hypviz.records.problems import Problem
from hypviz.records.specs.answers import AnswersSpec, AskedColumn, EvaluationSpec
from hypviz.records.texts import ProblemSet
from hypviz.scoring import answers_at, outcomes, recount, require_rule, rules_of, tally
from hypviz.sharing import ALONE, Share
from hypviz.store import Store, canonical_key
from hypviz.studies.frame import Shelf
from hypviz.studies.origins import origins
from hypviz.studies.unfinished import forget, keep, left
from hypviz.templates.shots import require_unasked
from hypviz.words.evaluation import same_twice
from hypviz.words.origins import not_repeats
from hypviz.words.verdict import title
from hypviz.work import NOBODY, Work

__all__ = ["EVALUATIONS", "evaluate", "recount", "require_rule_for", "rules_for_set", "stored_evaluation"]

ANSWERS: Shelf[AnswersSpec, Answers] = Shelf(kind="evaluations", record=Answers, algorithm=6, libraries=lambda spec: LIBRARIES)
EVALUATIONS: Shelf[EvaluationSpec, Evaluation] = Shelf(  # nothing is kept there beside the columns' answers; it names jobs
    kind="evaluation", record=Evaluation, algorithm=ANSWERS.algorithm, libraries=lambda spec: LIBRARIES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """One sample of every problem: each column's answers to the problems at these `places` of those that fit, which all have answered.

    `notice` says what could not be kept.
    """

    answers: tuple[Answers, ...]
    places: tuple[int, ...]
    notice: str | None = None


def stored_evaluation(spec: EvaluationSpec, store: Store | None = None) -> Evaluation | None:
    """The evaluation if every column's answers are in the store, else None."""
    fits = _fitting(spec)
    every, rounds = tuple(range(sum(fit is not None for fit in fits))), list[_Round]()
    for decoding in spec.decodings:
        answers = [ANSWERS.stored(_answers_spec(spec, asked, decoding, fits), store=store) for asked in spec.columns]
        if any(a is None for a in answers):
            return None
        rounds.append(_Round(answers=tuple(a for a in answers if a is not None), places=every))
    return _evaluation(spec, fits, rounds)


def n_kept(spec: EvaluationSpec, store: Store | None = None) -> int:
    """How many of the answers that an evaluation needs were kept by one that did not end, those of whole columns included."""
    kept, n, fits = store or Store(), len(spec.problems.problems), _fitting(spec)
    found = 0
    for decoding in spec.decodings:
        for asked in spec.columns:
            question = _answers_spec(spec, asked, decoding, fits)
            whole = ANSWERS.stored(question, store=kept)
            found += len(left(question, n, kept).answers) if whole is None else len(whole.texts)
    return found


def evaluate(spec: EvaluationSpec, work: Work = NOBODY, *, lend: Lend, store: Store | None = None, share: Share = ALONE) -> Evaluation:
    """Answer every problem with every column, the base first, and count; what an earlier start left is gone on from.

    `share` is this process's among several that evaluate the same: all of them return the same, and the first one keeps it. After a stop
    the problems that all columns have answered are counted, of several samples those that are whole. Raises `HypvizError`, and `Stopped`
    before any batch.
    """
    fits = _fitting(spec)
    n_prompts = sum(prompt is not None for prompt in fits)
    rounds: list[_Round] = []
    for decoding in spec.decodings:
        part = work if spec.samples == 1 else work.part(1 / spec.samples, f"sample {len(rounds) + 1} of {spec.samples}")
        found = _answered(spec, decoding, fits, part, lend, store or Store(), share)
        if rounds and len(found.places) < n_prompts:
            break
        rounds.append(found)
        if len(found.places) < n_prompts:
            break
    counted = _evaluation(spec, fits, rounds)
    notices = [found.notice for found in rounds if found.notice]
    return dataclasses.replace(counted, notice=notices[0] if notices else counted.notice)


def _answered(
    spec: EvaluationSpec, decoding: Decoding, fits: Sequence[EncodedPrompt | None], work: Work, lend: Lend, store: Store, share: Share
) -> _Round:
    """Each column's answers, read from the store or written, and kept after every batch."""
    prompts = [prompt for prompt in fits if prompt is not None]
    questions = {asked.name: _answers_spec(spec, asked, decoding, fits) for asked in spec.columns}
    stored = {name: found for name, question in questions.items() if (found := ANSWERS.stored(question, store=store)) is not None}
    stored = share.gathered(stored)[0]  # the first one's store is that of all
    missing = [asked for asked in spec.columns if asked.name not in stored]
    if not missing:
        return _Round(answers=tuple(stored[asked.name] for asked in spec.columns), places=tuple(range(len(prompts))))
    unkept: list[str | None] = []

    def on_batch(written: Mapping[str, Written]) -> None:
        if not share.is_first:
            return
        unkept.extend(keep(questions[name], column, store) for name, column in written.items() if len(column.answers) < len(prompts))

    before = share.gathered({asked.name: left(questions[asked.name], len(prompts), store) for asked in missing})[0]
    many = ManyPrompts(spec.model, missing, prompts, decoding, lend, work=work, title=title, before=before, on_batch=on_batch, share=share)
    written = answer_problems(many)
    fresh = {asked.name: _answers(spec, asked, decoding, written[asked.name]) for asked in missing}
    for name in (name for name in fresh if share.is_first and len(written[name].answers) == len(prompts)):
        unkept.append(ANSWERS.keep(questions[name], fresh[name], store=store).notice)
        forget(questions[name], store)
    return _common(spec, stored, fresh, written, len(prompts), next((notice for notice in unkept if notice), None))


def _common(
    spec: EvaluationSpec,
    stored: Mapping[str, Answers],
    fresh: Mapping[str, Answers],
    written: Mapping[str, Written],
    n_prompts: int,
    notice: str | None,
) -> _Round:
    """What all columns have answered."""
    every = tuple(range(n_prompts))
    have = dict.fromkeys(stored, every) | {name: tuple(sorted(column.answers)) for name, column in written.items()}
    places = tuple(place for place in every if all(place in column for column in have.values()))
    answers = dict(stored) | dict(fresh)
    cut = [answers_at(answers[asked.name], [have[asked.name].index(place) for place in places]) for asked in spec.columns]
    return _Round(answers=tuple(cut), places=places, notice=notice)


def rules_for_set(problems: ProblemSet) -> tuple[str, ...]:
    """The names of the rules that mark all problems of a set."""
    return tuple(rules_of(problems.problems))


def require_rule_for(problems: ProblemSet, rule: str) -> None:
    """Raise `HypvizError` for a rule that does not mark these problems, before anything is asked."""
    require_rule(rule, rules_of(problems.problems))


def _fitting(spec: EvaluationSpec) -> tuple[EncodedPrompt | None, ...]:
    require_unasked(spec.asking, [problem.question for problem in spec.problems.problems])
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
    return encode_questions(spec.model, questions, max_new_tokens=n_virtual + spec.decoding.max_new_tokens, asking=spec.asking)


def _answers_spec(spec: EvaluationSpec, asked: AskedColumn, decoding: Decoding, fits: Sequence[EncodedPrompt | None]) -> AnswersSpec:
    return AnswersSpec(
        weights=asked.weights,
        problems=spec.problems.fingerprint,
        ends=tuple(end_tokens(spec.model)),
        decoding=decoding,
        prompts=None if spec.asking == PLAIN_QUESTION else _print(fits),
    )


def _print(fits: Sequence[EncodedPrompt | None]) -> str:
    """Of the token ids that are read, which no other part of the identity has: a chat template is no part of the model's fingerprint."""
    return canonical_key("prompts", {"ids": [None if prompt is None else list(prompt.ids) for prompt in fits]})


def _answers(spec: EvaluationSpec, asked: AskedColumn, decoding: Decoding, column: Written) -> Answers:
    rows = [row for _, row in sorted(column.answers.items())]
    return Answers(
        weights=asked.weights,
        problems=spec.problems.fingerprint,
        texts=tuple(row.text for row in rows),
        ended=tuple(row.ended for row in rows),
        n_tokens=np.array([row.n_tokens for row in rows], dtype=np.int64),
        seconds=column.seconds,
        decoding=decoding,
        provenance=came_from(spec.model, seconds=column.seconds, seed=None if decoding.greedy else decoding.seed),
        one_by_one=column.one_by_one,
    )


def _evaluation(spec: EvaluationSpec, fits: Sequence[EncodedPrompt | None], rounds: Sequence[_Round]) -> Evaluation:
    """Counts over the problems that fit the model and that every column has answered, by the majority of several samples."""
    fitting = [problem for problem, prompt in zip(spec.problems.problems, fits, strict=True) if prompt is not None]
    places = rounds[0].places
    if not places:
        raise Stopped("The evaluation was stopped before its first batch was answered; start it again when there is time.")
    asked = [fitting[place] for place in places]

    return _counted(spec, asked, len(spec.problems.problems) - len(fitting), [found.answers for found in rounds])


def _counted(spec: EvaluationSpec, asked: Sequence[Problem], n_too_long: int, samples: Sequence[Sequence[Answers]]) -> Evaluation:
    columns, names = [column.column for column in spec.columns], [column.name for column in spec.columns]
    rounds = tuple(outcomes(asked, answers) for answers in samples)
    answers = [dataclasses.replace(drawn[0], seconds=sum(one.seconds for one in drawn)) for drawn in zip(*samples, strict=True)]
    came = origins(spec.model, columns, asked, spec.problems.fingerprint)
    found = tally(names, answers, rounds, DEFAULT, came)
    notices = [column_notice(spec.model, column) for column in columns] + [not_repeats(came), same_twice(found.columns)]
    return Evaluation(
        problems=spec.problems.name,
        n=len(asked),
        n_asked=len(spec.problems.problems),
        n_too_long=n_too_long,
        n_skipped=spec.problems.n_skipped,
        skipped=spec.problems.skipped,
        columns=found.columns,
        pairs=found.pairs,
        other_pairs=found.other_pairs,
        finished_pairs=found.finished_pairs,
        origins=came,
        over_seeds=found.over_seeds,
        outcomes=found.outcomes,
        rule=found.rule,
        majority=found.majority,
        decoding=spec.decoding,
        provenance=came_from(spec.model, seconds=sum(a.seconds for a in answers)),
        notice=" ".join(text for text in notices if text) or None,
        samples=found.samples,
        samples_asked=spec.samples,
        agreeing=found.agreeing,
        rounds=rounds if len(rounds) > 1 else (),
        single_pairs=found.single_pairs,
        n_clusters=found.n_clusters,
    )
