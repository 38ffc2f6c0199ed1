"""What could have stood at every token of an answer: the likeliest next tokens of its column and of the base, and how far they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Record

N_LIKELIEST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeliest(Record):
    """The `N_LIKELIEST` likeliest next tokens at each of n positions, the likeliest first (all, where a model has fewer).

    `ids` int64 and `log_probs` float32 (natural logs at temperature 1) have shape (n, 5); `texts` are the tokens as typed.
    """

    ids: np.ndarray
    log_probs: np.ndarray
    texts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTokens(Record):
    """Column and base before each of the n tokens of the column's own answer, both having read the same tokens.

    `kl` (n,) float32 is KL(column || base) of the next token in nats. `base` and `kl` are None for the base itself, and where the answer
    has tokens that the base lacks. `gain` (n,) float32 is HypLoRA's gain where the token is read, the mean over the layers; None for
    all other columns.
    """

    own: Likeliest
    base: Likeliest | None
    kl: np.ndarray | None
    gain: np.ndarray | None
