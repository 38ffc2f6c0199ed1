"""Every single sample counted, where each problem was answered several times; the majority's answer is `votes`.

In: the outcomes of every sample. Out: the share of right samples of each column, and every two columns compared. The samples of one problem
are not independent, and problems may belong together (`clusters`): clusters are what is counted by, not answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from hypviz.records.answers import RIGHT
from hypviz.records.samples import SinglesPair
from hypviz.records.statistics import Interval
from hypviz.scoring.clusters import by_cluster, clusters, members
from hypviz.scoring.verdicts import verdict
from hypviz.scoring.votes import Rounds
from hypviz.statistics.clusters import clustered_difference, clustered_share
from hypviz.statistics.holm import holm


def single_shares(rounds: Rounds, rule: str) -> tuple[Interval, ...]:
    """Each column's share of right samples."""
    ids = _members(rounds)
    return tuple(_share(column, ids, len(rounds)) for column in _right(rounds, rule).T)


def single_pairs(
    names: Sequence[str], rounds: Rounds, rule: str, which: Sequence[tuple[int, int]] | None, constants: Sequence[bool]
) -> tuple[SinglesPair, ...]:
    """Every two columns, or those of `which`, judged together; `constants` says which answer a constant. None without samples."""
    if len(rounds) < 2:
        return ()
    right, ids = _right(rounds, rule), _members(rounds)
    places = list(combinations(range(len(names)), 2)) if which is None else list(which)
    sizes = len(rounds) * np.bincount(ids)
    found = [clustered_difference(by_cluster(right[:, j] - right[:, i], ids)[0], sizes) for i, j in places]
    return tuple(
        SinglesPair(
            a=names[i],
            b=names[j],
            n_answers=each.n,
            n_clusters=each.n_clusters,
            difference=(difference := each.interval(step.level)),
            p=each.p,
            adjusted_p=step.p,
            n_pairs=step.n_tests,
            verdict=verdict(difference, both_constant=constants[i] and constants[j]),
        )
        for (i, j), each, step in zip(places, found, holm([each.p for each in found]), strict=True)
    )


def _share(right: np.ndarray, ids: np.ndarray, n_samples: int) -> Interval:
    sums, sizes = by_cluster(right, ids)
    return clustered_share(sums, n_samples * sizes)


def _right(rounds: Rounds, rule: str) -> np.ndarray:
    """How many samples are right (problems, columns)."""
    marks = [[[mark.state == RIGHT for mark in row.marks[rule]] for row in rows] for rows in rounds]
    return np.array(marks, dtype=np.float64).sum(axis=0)


def _members(rounds: Rounds) -> np.ndarray:
    rows = rounds[0]
    return members(clusters([row.problem for row in rows]), len(rows))
