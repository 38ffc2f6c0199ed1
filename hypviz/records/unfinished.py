"""Answers to some of the problems of a set, which an evaluation that was broken off has left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedAnswers(Record):
    """One column's answers at these `places` of the prompts asked (from 0, ascending), and the seconds they took."""

    places: np.ndarray
    texts: tuple[str, ...]
    ended: tuple[str, ...]
    n_tokens: np.ndarray
    seconds: float
