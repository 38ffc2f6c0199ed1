"""The same tokens laid out in one table after another, each layout begun with the one before, and who moves more than the noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from hypviz.records.base import Provenance, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(Record):
    """Places `rho` and `theta` (n_frames, n) of the tokens of a layout in its order, by `labels`; each frame lies over the one before
    as well as an isometry can.

    Of every step from frame to frame: how far each token moves, `drift` (n_steps, n); and where the old rows are laid out once more from a
    shaken start, how far tokens move in the median, `noise_median` (n_steps,), and for each token how far all but `NOISE_SHARE` of those go
    that are about as far out, `noise` (n_steps, n). All distances are hyperbolic, at the radius of the layout.
    """

    labels: tuple[str, ...]
    rho: Float64[np.ndarray, "n_frames n"]
    theta: Float64[np.ndarray, "n_frames n"]
    drift: Float64[np.ndarray, "n_steps n"]
    noise: Float64[np.ndarray, "n_steps n"]
    noise_median: Float64[np.ndarray, " n_steps"]
    provenance: Provenance

    @property
    def moved(self) -> Bool[np.ndarray, "n_steps n"]:
        """Which tokens move farther in a step than the noise."""
        return self.drift > self.noise


NOISE_SHARE = 0.05  # of the tokens move farther by noise alone


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStates(Record):
    """Hidden states (n_layers asked, n, d) float32 of single tokens, each behind the ids `before` only, at the `layers`."""

    values: np.ndarray
    layers: tuple[int, ...]
    before: tuple[int, ...]
    provenance: Provenance
