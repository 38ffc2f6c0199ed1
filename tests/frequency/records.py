"""Frequency records made from counts and norms that a test chooses, measured as the study measures them."""

from __future__ import annotations

import numpy as np

from hypviz.errors import HypvizError
from hypviz.frequency import frequency_curve, group_summaries, norm_bins, norm_ranges, norm_turn, token_forms
from hypviz.frequency.paper import TOKEN_GROUPS
from hypviz.records import Provenance
from hypviz.records.frequency import STAGES, FrequencyNorm
from hypviz.statistics import spearman_interval

RESAMPLES = 200


def record_of(
    count: np.ndarray, norm: np.ndarray, *, means: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0), countable: int | None = None
) -> FrequencyNorm:
    """The record of these tokens; every word of the paper's group g is a single token of norm `means[g - 1]`, in both forms."""
    words = [space + w for group in TOKEN_GROUPS for w in group for space in ("", " ")]
    lengths = np.array([mean for group, mean in zip(TOKEN_GROUPS, means, strict=True) for _ in group for _ in ("", " ")])
    forms = token_forms(words, np.ones(len(words), dtype=bool), np.ones(len(words), dtype=np.int64), lengths, lambda typed: [0, 1])
    correlation, missing = None, "All alike."
    try:
        correlation = spearman_interval(count, norm, seed=0, n_resamples=RESAMPLES)
    except HypvizError as error:
        missing = str(error)
    return FrequencyNorm(
        corpus="text.txt", source="", n_texts=5, n_skipped=0, n_unplaced=0, n_without_row=0,
        n_tokens=int(count.sum()), n_distinct=count.size, n_special=0,
        n_countable=count.size if countable is None else countable, vocab_size=99_999, tensor_name="embed.weight",
        embedding_scale=1.0, token_id=np.arange(count.size), text=tuple(f"t{i}" for i in range(count.size)),
        kind=np.zeros(count.size, dtype=np.uint8), count=count, norm=norm, correlation=correlation,
        correlation_missing=missing if correlation is None else None, ranges=norm_ranges(count, norm, seed=0, n_resamples=RESAMPLES),
        turn=norm_turn(count, norm, seed=0, n_resamples=RESAMPLES), fit=None, fit_missing="Too few.", curve=frequency_curve(count, None),
        bins=norm_bins(count, norm), forms=forms, groups=group_summaries(forms), provenance=Provenance(model="m"), measured=STAGES,
    )  # fmt: skip
