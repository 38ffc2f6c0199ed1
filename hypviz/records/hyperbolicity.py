"""delta_rel of prompts, beside what chance and a tree give for the same number of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hypviz.records.base import Provenance, Record
from hypviz.records.statistics import Interval

LOWER, SAME, HIGHER = "lower than chance", "not distinguishable from chance", "higher than chance"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDeltas(Record):
    """One row per measured prompt; lengths in the unit of the embeddings.

    `prompt` is the index in the corpus, `n_tokens` counts duplicates and `n_points` does not, `tree_delta_rel` is the control
    of the same `n_points`. `null_delta_rel` (n_repeats, n_compared) holds the prompts of rows `compared` with Gaussian vectors
    for tokens: all of them, or a seeded draw where there are many. It has no repeats while that null has not been measured.
    """

    prompt: np.ndarray
    n_tokens: np.ndarray
    n_points: np.ndarray
    delta: np.ndarray
    diameter: np.ndarray
    delta_rel: np.ndarray
    tree_delta_rel: np.ndarray
    compared: np.ndarray
    null_delta_rel: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceComparison(Record):
    """How the mean over prompts compares with the same mean under the Gaussian null.

    `difference` is measured minus chance with the range chance allows; `p` is two-sided; `effect_size` is the difference in
    standard deviations of one prompt's chance value (None where chance does not vary); `share_below` is the probability that
    a prompt lies below its own null, 0.5 meaning no difference.
    """

    verdict: str
    difference: Interval
    p: float
    effect_size: float | None
    share_below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NullDeltas(Record):
    """One null beside the Gaussian: delta_rel (n_repeats, n_compared) of the same prompts, and how the measured ones compare."""

    name: str
    delta_rel: np.ndarray
    comparison: ChanceComparison

    @property
    def mean(self) -> float:
        """Over prompts and repeats."""
        return float(self.delta_rel.mean())

    @property
    def std(self) -> float:
        """Over prompts, as the mean over repeats."""
        return float(self.delta_rel.std(axis=1).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlDeltas(Record):
    """delta_rel (n_prompts,) of as many points of a space of known shape."""

    name: str
    delta_rel: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperbolicity(Record):
    """delta_rel per prompt, on non-contextual token embeddings; means and deviations are over prompts.

    `definition` is ``base`` (Gromov products at one base point) or ``exact`` (all base points), `metric` one of Euclidean, angle, graph
    and hyperbolic, `table` ``input`` or ``output``. `comparison` and the Gaussian null are of the prompts in `deltas.compared`, `others`
    are further nulls of the same prompts, `controls` spaces of known shape. `asked` names all nulls, the Gaussian first: a measurement
    that was stopped has only the first of them, or none, and then no `comparison` and no mean of chance; `begun` (k, n_compared) are
    the repeats of the next one, too few to judge by.

    `base` says in words which point is the base. Not measured, and counted: `n_too_short` (fewer than 4 distinct points, where
    delta is 0 whatever they are) and `n_too_long` prompts, and `n_skipped` unreadable records of the corpus.
    """

    SCHEMA: ClassVar[int] = 2

    corpus: str
    definition: str
    metric: str
    table: str
    dimension: int
    base: str
    n_prompts: int
    n_too_short: int
    n_too_long: int
    n_skipped: int
    delta_rel_mean: float
    delta_rel_std: float
    null_mean: float | None
    null_std: float | None
    tree_max: float
    deltas: PromptDeltas
    comparison: ChanceComparison | None
    asked: tuple[str, ...]
    others: tuple[NullDeltas, ...]
    begun: np.ndarray
    controls: tuple[ControlDeltas, ...]
    provenance: Provenance

    @property
    def n_nulls(self) -> int:
        """How many nulls are in."""
        return len(self.others) + (self.comparison is not None)

    @property
    def is_whole(self) -> bool:
        """Whether every null is in."""
        return self.n_nulls == len(self.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyDelta(Record):
    """The four-point delta of a seeded sample of the vocabulary, certified: `lower` <= delta <= `upper`, in the unit of the rows.

    `witnesses` are the token ids and `witness_text` the tokens (a, b, c, d) that attain `lower`; `how` names what settled it.
    `base_deltas` (n,) has each sampled token as the base; `average` is the mean delta over random quadruples. `nulls` hold delta_rel of
    as many points, one row for every repeat. `course_lower` and `course_upper` are the two ends as the search moved them, at
    `course_seconds` from its start. A search that was stopped is not `exact` and has neither base deltas, average nor nulls; one stopped
    later has the first of these, in this order, or of the nulls `asked`; `begun` (k, 1) are the repeats of the next one, too few to
    judge by. The sample is of `n_vocabulary` rows; `n_without_token` spare rows, which no token has, are left out, and `n_untrained` others
    that were never trained.
    """

    SCHEMA: ClassVar[int] = 2

    table: str
    n_points: int
    n_vocabulary: int
    n_without_token: int
    n_untrained: int = 0
    dimension: int
    lower: float
    upper: float
    exact: bool
    how: str
    diameter: float
    witnesses: np.ndarray
    witness_text: tuple[str, ...]
    base_deltas: np.ndarray
    average: Interval | None
    course_seconds: np.ndarray
    course_lower: np.ndarray
    course_upper: np.ndarray
    asked: tuple[str, ...]
    nulls: tuple[NullDeltas, ...]
    begun: np.ndarray
    provenance: Provenance

    @property
    def is_whole(self) -> bool:
        """Whether the search has closed its interval, every token has been the base, and every null is in."""
        return self.exact and self.average is not None and len(self.nulls) == len(self.asked)

    @property
    def delta_rel(self) -> float:
        """2 lower / diameter."""
        return 2.0 * self.lower / self.diameter
