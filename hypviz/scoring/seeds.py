"""Several seeds of one fine-tune on the same problems: which columns belong together, and what they say over seeds and problems.

In: where the columns come from, and outcomes. Out: `SeedsVerdict`s, in numbers. Their words are `words.over_seeds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from hypviz.records.answers import BASE
from hypviz.records.evaluations import Outcome
from hypviz.records.seeds import Origin, SeedRow, SeedsVerdict
from hypviz.scoring.clusters import by_cluster, clusters
from hypviz.scoring.verdicts import verdict
from hypviz.statistics.crossed import Crossed, crossed_mean, least_multiple
from hypviz.statistics.holm import Adjusted, holm

Places = Mapping[str, Mapping[int, int]]  # by method, the place of the column of each seed


def seed_places(origins: Sequence[Origin], names: Sequence[str]) -> dict[str, dict[int, int]]:
    """By method the place of each seed's column, for the fine-tune of which the most columns are there; empty without two seeds.

    Of two columns of one method and seed, which are the same weights or nearly, the first counts.
    """
    fits = [origin for origin in origins if origin.experiment is not None and origin.seed is not None]
    best: dict[str, dict[int, int]] = {}
    for experiment in dict.fromkeys(origin.experiment for origin in fits):
        found: dict[str, dict[int, int]] = {}
        for origin in fits:
            if origin.experiment == experiment and origin.seed is not None:
                found.setdefault(origin.method, {}).setdefault(origin.seed, names.index(origin.column))
        several = {method: seeds for method, seeds in found.items() if len(seeds) > 1}
        if sum(map(len, several.values())) > sum(map(len, best.values())):
            best = several
    return best


def within_seeds(places: Places, n_columns: int) -> list[tuple[int, int]] | None:
    """The pairs of columns that are worth a verdict of their own beside several seeds; None (every pair) without them.

    These are the base (place 0) with every column, and two columns that are not of different seeds.
    """
    if not places:
        return None
    seed_of = {place: seed for seeds in places.values() for seed, place in seeds.items()}
    return [(i, j) for i, j in combinations(range(n_columns), 2) if i == 0 or seed_of.get(i, -1) == seed_of.get(j, -1)]


def over_seeds(places: Places, names: Sequence[str], rows: Sequence[Outcome], constants: Sequence[bool]) -> tuple[SeedsVerdict, ...]:
    """Every two methods, the base among them, that share at least two seeds, judged together by the rows' rule.

    `constants` says of every column whether it answers a constant. Empty without such methods, or with fewer than two clusters of problems.
    """
    ids = clusters([row.problem for row in rows])
    if not places or len(rows) < 2 or (ids is not None and not ids.any()):
        return ()
    right = np.array([row.right for row in rows], dtype=np.float64).T
    seeds_of = {BASE: dict.fromkeys(sorted({seed for seeds in places.values() for seed in seeds}), 0), **places}
    pairs = [(a, b, shared) for a, b in combinations(seeds_of, 2) if len(shared := sorted(seeds_of[a].keys() & seeds_of[b].keys())) > 1]
    tables = [np.stack([right[seeds_of[b][s]] - right[seeds_of[a][s]] for s in shared]) for a, b, shared in pairs]
    means = [crossed_mean(table if ids is None else _over_clusters(table, ids)) for table in tables]
    found: list[SeedsVerdict] = []
    for (a, b, shared), mean, step in zip(pairs, means, holm([mean.p for mean in means]), strict=True):
        one_answer = [method for method in (a, b) if all(constants[seeds_of[method][s]] for s in shared)]
        found.append(
            _verdict(a, b, len(rows), [_row(s, seeds_of[a][s], seeds_of[b][s], names, right) for s in shared], mean, step, one_answer)
        )
    return tuple(found)


def _over_clusters(table: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Values (seeds, clusters) whose means over clusters are those of the `table` (seeds, problems) over problems, whatever the sizes,
    and whose spread over clusters is that of the sums about mean times size (as in `statistics.clusters`)."""
    sizes, mean = np.bincount(ids), float(table.mean())
    sums = np.stack([by_cluster(row, ids)[0] for row in table])
    return mean + (sums - mean * sizes) * len(sizes) / table.shape[1]


def _row(seed: int, i: int, j: int, names: Sequence[str], right: np.ndarray) -> SeedRow:
    return SeedRow(
        seed=seed,
        a=names[i],
        b=names[j],
        right_a=int(right[i].sum()),
        right_b=int(right[j].sum()),
        only_a=int((right[i] > right[j]).sum()),
        only_b=int((right[j] > right[i]).sum()),
    )


def _verdict(a: str, b: str, n: int, rows: Sequence[SeedRow], mean: Crossed, step: Adjusted, one_answer: Sequence[str]) -> SeedsVerdict:
    difference, (seeds_half, problems_half) = mean.interval(step.level), mean.half_widths(step.level)
    return SeedsVerdict(
        a=a,
        b=b,
        n=n,
        rows=tuple(rows),
        difference=difference,
        p=mean.p,
        adjusted_p=step.p,
        n_pairs=step.n_tests,
        seeds_spread=mean.seeds_spread,
        seeds_half=seeds_half,
        problems_half=problems_half,
        least_multiple=least_multiple(mean.n_seeds),
        verdict=verdict(difference, both_constant=len(one_answer) == 2),
        constants=tuple(one_answer),
    )
