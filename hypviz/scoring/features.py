"""Does a feature of the problems explain where two columns differ? A permutation test over the problems that only one got right.

In: outcomes and two columns. Out: for each feature how much higher it is where only b is right than where only a is, and the p of that.
Problems that both or neither got right say nothing here and play no part. If the feature has nothing to do with who is right, the labels
"only a" and "only b" are exchangeable among the discordant problems: all ways to give them out are tried where there are at most
`MOST_WAYS`, else `DRAWS` at random. The statistic is the difference of the mean mid-ranks. All features are judged together (Holm).
It does not say why a feature matters, and features of the same problems go together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

import numpy as np

from hypviz.records.evaluations import Outcome
from hypviz.scoring.clusters import by_cluster, clusters, members
from hypviz.statistics.chance import TIE
from hypviz.statistics.holm import ALPHA, Adjusted, holm

MOST_WAYS = 20_000
DRAWS = 10_000
_CELLS = 1 << 20  # labels held at once
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
_CALCULATOR = re.compile(r"<<[^<>]*>>")
_STEP = re.compile(r"=\s*[-−$€£]?\s*[\d.]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature over the discordant problems: its medians where only a and only b are right, and the p, adjusted over `n_features`.

    `effect` is the share of pairs of an only-b and an only-a problem in which the feature is higher with b (ties half): 0.5 for no effect.
    """

    name: str
    median_a: float
    median_b: float
    effect: float
    p: float
    adjusted_p: float
    n_features: int

    @property
    def explains(self) -> bool:
        """Whether it is told apart from chance, among all features tried."""
        return self.adjusted_p < ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """The features of `only_a` and `only_b` problems. `least_p` is the smallest adjusted p that so many problems could give.

    `unknown` names features that are not known of every problem or the same for all, and so were not tried. `exact` says that all ways
    were tried. Where problems come in `n_groups` that belong together, these are what is counted in place of problems: a group is of the
    column that is right on more of it, and has the means of its problems' features.
    """

    only_a: int
    only_b: int
    found: tuple[Feature, ...]
    unknown: tuple[str, ...]
    least_p: float
    exact: bool
    n_groups: int | None = None

    @property
    def too_few(self) -> bool:
        """Whether no outcome could have been significant."""
        return not self.found or self.least_p >= ALPHA


def features(rows: Sequence[Outcome], a: int, b: int, *, seed: int = 0) -> Features:
    """Columns a and b by their places."""
    ids = members(clusters([row.problem for row in rows]), len(rows))
    net = by_cluster(np.array([float(row.right[b]) - row.right[a] for row in rows]), ids)[0]
    kept = np.flatnonzero(net)
    is_b = net[kept] > 0
    measured = {name: _means(rows, measure, ids)[kept] for name, measure in MEASURES.items()}
    known = {name: column for name, column in measured.items() if len(set(column.tolist())) > 1 and not np.isnan(column).any()}
    only_b, n_groups = int(is_b.sum()), None if len(net) == len(rows) else len(net)
    can_tell = bool(known) and 0 < only_b < len(kept)
    tests = _tests(known, is_b, seed) if can_tell else {}
    adjusted = dict(zip(tests, holm([p for p, _ in tests.values()]), strict=True))
    return Features(
        only_a=len(kept) - only_b,
        only_b=only_b,
        found=tuple(_feature(name, known[name], is_b, p, adjusted[name]) for name, (p, _) in tests.items()),
        unknown=tuple(name for name in MEASURES if name not in known),
        least_p=min([1.0, *(least * len(tests) for _, least in tests.values())]),
        exact=math.comb(len(kept), only_b) <= MOST_WAYS,
        n_groups=n_groups,
    )


def _means(rows: Sequence[Outcome], measure: Callable[[str, str], float], ids: np.ndarray) -> np.ndarray:
    """By cluster the mean of a feature."""
    sums, sizes = by_cluster(np.array([measure(row.question, row.problem.solution) for row in rows]), ids)
    return sums / sizes


def n_numbers(question: str, solution: str) -> float:
    """How many numbers in digits the question holds."""
    return float(len(_NUMBER.findall(question)))


def largest_number(question: str, solution: str) -> float:
    """The decimal logarithm of 1 + the largest number in the question; 0 without one."""
    found = [Decimal(number.replace(",", "")) for number in _NUMBER.findall(question)]
    return float((1 + max(found, default=Decimal(0))).log10())


def length(question: str, solution: str) -> float:
    """Words of the question."""
    return float(len(question.split()))


def steps(question: str, solution: str) -> float:
    """Equations that end in a number in the worked answer, GSM8K's calculator marks left out; NaN without a worked answer."""
    return float(len(_STEP.findall(_CALCULATOR.sub("", solution)))) if solution else math.nan


MEASURES: dict[str, Callable[[str, str], float]] = {
    "numbers in the question": n_numbers,
    "size of its largest number": largest_number,
    "words of the question": length,
    "worked steps": steps,
}


def _tests(known: Mapping[str, np.ndarray], is_b: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """By feature its two-sided p, and the least p that any outcome of as many problems could have."""
    ranks = np.stack([_midranks(values) for values in known.values()], axis=1)
    mean = is_b.sum() * ranks.mean(axis=0)
    tie = TIE * ranks.sum(axis=0)
    observed = np.abs(ranks[is_b].sum(axis=0) - mean)
    far = np.abs(_rank_sums(ranks, int(is_b.sum()), seed) - mean)
    drawn = 0 if math.comb(len(is_b), int(is_b.sum())) <= MOST_WAYS else 1  # the observed one is among all ways, not among draws
    p = (drawn + (far >= observed - tie).sum(axis=0)) / (drawn + len(far))
    least = (drawn + (far >= far.max(axis=0) - tie).sum(axis=0)) / (drawn + len(far))
    return {name: (float(p[i]), float(least[i])) for i, name in enumerate(known)}


def _rank_sums(ranks: np.ndarray, only_b: int, seed: int) -> np.ndarray:
    """Sums (ways, features) of the ranks (n, features) over `only_b` of the n problems, in every way or in `DRAWS` random ones."""
    n = len(ranks)
    if math.comb(n, only_b) <= MOST_WAYS:
        return ranks[np.array(list(combinations(range(n), only_b)))].sum(axis=1)
    rng, labels = np.random.default_rng(seed), np.arange(n) < only_b
    at_once = max(1, _CELLS // n)
    parts = [rng.permuted(np.broadcast_to(labels, (min(at_once, DRAWS - start), n)), axis=1) @ ranks for start in range(0, DRAWS, at_once)]
    return np.concatenate(parts)


def _feature(name: str, values: np.ndarray, is_b: np.ndarray, p: float, step: Adjusted) -> Feature:
    with_a, with_b = values[~is_b], values[is_b]
    above = (with_b[:, None] > with_a).mean() + 0.5 * (with_b[:, None] == with_a).mean()
    return Feature(
        name=name,
        median_a=float(np.median(with_a)),
        median_b=float(np.median(with_b)),
        effect=float(above),
        p=p,
        adjusted_p=step.p,
        n_features=step.n_tests,
    )


def _midranks(values: np.ndarray) -> np.ndarray:
    _, group, size = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(size) - (size - 1) / 2)[group.ravel()]
