"""What ranks the tokens of a vocabulary: their counts, and for those that were never counted what a probe of their rows predicts."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from jaxtyping import Float, Integer

from hypviz.records.base import Record

CHANCE = 2.0  # standard errors that a correlation by chance rarely reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFindings(Record):
    """How well a ridge probe of row, norm and number predicts how often a token occurs, by predictions that did not see its own count.

    Of `n_countable` tokens, those that a text can hold, `n_counted` were counted. `spearman` is the rank correlation of prediction and
    count over all countable tokens. `n_held_out` of them do not occur in one half of the counts (drawn by `seed`): over these,
    `held_out_spearman` is that of the prediction from this half and the count in the other one. The same with the token's number alone,
    small numbers first: `id_spearman`, `held_out_id_spearman`. None where one of the two is constant, and where too few occur in the other
    half to tell. `penalty` is that of a token, in units of the mean variance of a row's numbers, the best of several across `n_folds`
    folds.
    """

    n_counted: int
    n_countable: int
    n_folds: int
    penalty: float
    spearman: float | None
    id_spearman: float | None
    n_held_out: int
    held_out_spearman: float | None
    held_out_id_spearman: float | None
    seed: int

    @property
    def is_better(self) -> bool:
        """Whether the probe predicts counts that were held out, by more than chance and better than the token's number; only then it ranks.

        By chance alone a rank correlation over n tokens has the standard error 1/sqrt(n - 1).
        """
        probe, number, n = self.held_out_spearman, self.held_out_id_spearman, self.n_held_out
        if probe is None or number is None:
            probe, number, n = self.spearman, self.id_spearman, self.n_countable
        return probe is not None and probe > max(number or 0.0, CHANCE / sqrt(n - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRanks(Record):
    """What ranks the rows of a table: `counts` (n,) int64, 0 where nothing was counted, and `score` (n,) float64 for these, larger first.

    The score is 0 for every row where the token's number decides: no probe could be fitted (`findings` None), or it is no better.
    """

    counts: Integer[np.ndarray, " n"]
    score: Float[np.ndarray, " n"]
    findings: ProbeFindings | None
