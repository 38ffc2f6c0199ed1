"""Several sampled answers to each problem: which value most of them give, and how many do (self-consistency, Wang et al. 2023).

In: `Answers` of one column, one for each seed, all to the same problems in the same order; row i of sample j is answer i of the j-th of
them. Out: one `Answers` whose row i is the first sample that gives the value of the majority, so that whatever counts answers counts
the majority's.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np

from hypviz.records.answers import Answers
from hypviz.records.kinds import is_sequence

V = TypeVar("V", bound=Hashable)


def majority_value(values: Sequence[V | None]) -> V | None:
    """The value given most often, of equally many the one given first; None, an answer without a value, is never one unless all are."""
    given = Counter(value for value in values if value is not None)
    return given.most_common(1)[0][0] if given else None


def n_agreeing(values: Sequence[Hashable | None]) -> int:
    """How many of the values are the majority's; 0 where none was given."""
    most = majority_value(values)
    return 0 if most is None else sum(value == most for value in values)


def majority_answers(samples: Sequence[Answers], read: Callable[[Answers, int], Hashable | None]) -> Answers:
    """The answers of the majority; `read(answers, i)` is the value of answer i, None for none. One sample is handed back as it is."""
    if len(samples) == 1:
        return samples[0]
    n = len(samples[0].texts)
    values = [[read(sample, i) for sample in samples] for i in range(n)]
    picks = [row.index(most) if (most := majority_value(row)) is not None else 0 for row in values]
    return dataclasses.replace(
        _taken(samples, [(j, i) for i, j in enumerate(picks)]),
        seconds=sum(sample.seconds for sample in samples),
        agreeing=tuple(n_agreeing(row) for row in values),
    )


def answers_at(answers: Answers, places: Sequence[int]) -> Answers:
    """The answers to the problems at these places alone."""
    return _taken([answers], [(0, i) for i in places])


def _taken(samples: Sequence[Answers], picks: Sequence[tuple[int, int]]) -> Answers:
    """Answers put together: for every (j, i) answer i of sample j."""
    names = [
        field.name for field in dataclasses.fields(Answers) if is_sequence(getattr(samples[0], field.name)) and field.name != "agreeing"
    ]
    by_problem = {name: tuple(getattr(samples[j], name)[i] for j, i in picks) for name in names}  # every field with one entry a problem
    return dataclasses.replace(samples[0], **by_problem, n_tokens=np.array([samples[j].n_tokens[i] for j, i in picks], dtype=np.int64))
