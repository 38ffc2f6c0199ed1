"""Several sampled answers to each problem: which value most of them give, and how many do (self-consistency, Wang et al. 2023).

In: the outcomes of every sample, all of the same problems in the same order. Out: one row a problem that has the majority's answer, so that
whatever counts rows counts the majority's. Every rule takes its own majority, of the values that it reads: counting by another rule
is never a majority of what this one read.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np

from hypviz.records.answers import Answers
from hypviz.records.evaluations import Mark, Outcome
from hypviz.records.kinds import is_sequence

V = TypeVar("V", bound=Hashable)
Rounds = Sequence[Sequence[Outcome]]  # by sample, by problem


def majority_value(values: Sequence[V | None]) -> V | None:
    """The value given most often, of equally many the one given first; None, an answer without a value, is never one unless all are."""
    given = Counter(value for value in values if value is not None)
    return given.most_common(1)[0][0] if given else None


def n_agreeing(values: Sequence[Hashable | None]) -> int:
    """How many of the values are the majority's; 0 where none was given."""
    most = majority_value(values)
    return 0 if most is None else sum(value == most for value in values)


def majority_rows(rounds: Rounds, rule: str) -> tuple[Outcome, ...]:
    """The rows of the majorities, counted by that rule: each mark is that of the first sample that gives the value."""
    return tuple(_row(samples, rule) for samples in zip(*rounds, strict=True))


def agreement(rounds: Rounds, rule: str) -> tuple[tuple[int, ...], ...]:
    """By column and problem, how many samples give the majority's value by that rule."""
    columns = range(len(rounds[0][0].texts))
    return tuple(tuple(n_agreeing(values_of(samples, rule, k)) for samples in zip(*rounds, strict=True)) for k in columns)


def values_of(samples: Sequence[Outcome], rule: str, k: int) -> list[object]:
    """What the rule reads in each sample of column k."""
    return [row.marks[rule][k].value for row in samples]


def answers_at(answers: Answers, places: Sequence[int]) -> Answers:
    """The answers to the problems at these places alone."""
    names = [field.name for field in dataclasses.fields(Answers) if field.name != "agreeing" and is_sequence(getattr(answers, field.name))]
    by_problem = {name: tuple(getattr(answers, name)[i] for i in places) for name in names}  # every field with one entry a problem
    return dataclasses.replace(answers, **by_problem, n_tokens=np.array([answers.n_tokens[i] for i in places], dtype=np.int64))


def _row(samples: Sequence[Outcome], rule: str) -> Outcome:
    first, columns = samples[0], range(len(samples[0].texts))
    marks = {name: tuple(_mark(samples, name, k) for k in columns) for name in first.marks}
    picked = [samples[mark.sample] for mark in marks[rule]]
    texts, ended = tuple(row.texts[k] for k, row in enumerate(picked)), tuple(row.ended[k] for k, row in enumerate(picked))
    return dataclasses.replace(first, texts=texts, ended=ended, rule=rule, marks=marks)


def _mark(samples: Sequence[Outcome], rule: str, k: int) -> Mark:
    values = values_of(samples, rule, k)
    most = majority_value(values)
    pick = 0 if most is None else values.index(most)
    return dataclasses.replace(samples[pick].marks[rule][k], sample=pick)
