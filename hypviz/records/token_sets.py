"""Sets of tokens that a person chose, and what is measured of them beside as many random tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

from hypviz.records.base import Provenance, Record

FEWEST = 4  # tokens that have a delta


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTokens(Record):
    """Tokens that a person chose: `ids` (n,), ascending, each once."""

    ids: Int64[np.ndarray, " n"]

    @property
    def identity(self) -> str:
        """sha256 (hex) of the ids as int64."""
        return hashlib.sha256(np.ascontiguousarray(self.ids, dtype=np.int64).tobytes()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSet(Record):
    """The measures of one set of rows; lengths in the unit of the rows.

    delta over all quadruples lies between `delta_low`, which the rows `four` (4,) of the set attain, and `delta_high`; the largest
    distance is `diameter`. `near_dimension` looks at two neighbours of each, `effective_dimension` at the variances along principal axes;
    None where they do not exist. `norm_low`, `norm_median` and `norm_high` are quartiles.
    """

    delta_low: float
    delta_high: float
    diameter: float
    four: Int64[np.ndarray, " 4"]
    near_dimension: float | None
    effective_dimension: float | None
    norm_low: float
    norm_median: float
    norm_high: float

    @property
    def delta_rel(self) -> float | None:
        """2 delta_low / diameter, None where all points are one."""
        return 2.0 * self.delta_low / self.diameter if self.diameter > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenMeasures(Record):
    """Chosen tokens measured beside `random` sets of as many tokens, drawn from the `n_pool` that are laid out.

    `ids` (n,) are those measured, all `n_chosen` or a seeded draw of them; `four` (4,) the ids that attain delta.
    """

    n_chosen: int
    n_pool: int
    ids: Int64[np.ndarray, " n"]
    four: Int64[np.ndarray, " 4"]
    chosen: TokenSet
    random: tuple[TokenSet, ...]
    provenance: Provenance
