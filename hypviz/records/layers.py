"""delta_rel, norms and dimension of a model's hidden states in context, layer by layer, beside chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hypviz.records.base import Provenance, Record
from hypviz.records.hyperbolicity import NullDeltas


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerState(Record):
    """One layer over all prompts: layer 0 is what enters the first block, layer l what leaves block l.

    `delta_rel` (n_prompts,) per prompt. `nulls` are of the same points, the Gaussian one first, as far as they have come. Over all
    points: `norm_median` and `norm_largest` of |x|, `radius_median` of |x| / sqrt d, the hyperbolic radius of exp_o at curvature -1 in
    HypLoRA's exact variant. `effective_dimension` is the participation ratio (sum of eigenvalues)^2 / (sum of their squares) of the
    covariance, `top_share` the largest eigenvalue's share.
    """

    layer: int
    delta_rel: np.ndarray
    nulls: tuple[NullDeltas, ...]
    norm_median: float
    norm_largest: float
    radius_median: float
    effective_dimension: float
    top_share: float

    @property
    def verdict(self) -> str | None:
        """Against the Gaussian null; None while that has not been measured."""
        return self.nulls[0].comparison.verdict if self.nulls else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerStudy(Record):
    """The layers of one column (``base``, or an adapter by its name) on a set of prompts, from the first on.

    A measurement that was stopped has fewer than `n_layers` `layers`, or layers with fewer nulls than `asked`: nulls come one after
    the other, each at every layer before the next.

    `n_points` (n_prompts,) are distinct states per prompt; `first_dropped` says whether the first position was left out. Not measured
    and counted: `n_too_short`, `n_too_long` (beyond the model's positions).
    """

    SCHEMA: ClassVar[int] = 2

    column: str
    corpus: str
    definition: str
    first_dropped: bool
    dimension: int
    prompt: np.ndarray
    n_points: np.ndarray
    n_too_short: int
    n_too_long: int
    n_layers: int
    asked: tuple[str, ...]
    layers: tuple[LayerState, ...]
    provenance: Provenance

    @property
    def n_nulls(self) -> int:
        """How many nulls are in, over all layers."""
        return sum(len(state.nulls) for state in self.layers)

    @property
    def n_nulls_asked(self) -> int:
        """How many there are in the end."""
        return self.n_layers * len(self.asked)

    @property
    def is_whole(self) -> bool:
        """Whether every layer has been measured beside every null."""
        return len(self.layers) == self.n_layers and self.n_nulls == self.n_nulls_asked
