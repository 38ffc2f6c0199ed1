"""Depth in a taxonomy against the norm of the input embedding, with frequency and length held fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hypviz.records.base import Provenance, Record

FREQUENCY, LENGTH = "log frequency", "token length"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthTest(Record):
    """Rank correlation of depth and norm over `n` words with the variables named in `held` fixed; `p` is two-sided.

    95 % of the `n_permutations` permutations gave a value within plus or minus `chance`.
    """

    held: tuple[str, ...]
    value: float
    p: float
    chance: float
    n: int
    n_permutations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchyTest(Record):
    """One row per word of the taxonomy that is a single token of the vocabulary (n_words,).

    `word` is as the taxonomy writes it and `text` as the token does; `depth` counts edges from the nearest root, `norm` is the
    L2 norm of the row of `tensor_name` as stored, `count` the occurrences in the corpus, `length` the characters of the word
    without its space. Of the taxonomy's words `n_not_single` are no single token and are left out; `n_uncounted` of the
    n_words do not occur in the corpus; `n_several_parents` words of the taxonomy have more than one parent.

    Frequency is held fixed over the words that occur in the corpus and over no others: `counted_marginal` holds nothing,
    `frequency_fixed` log frequency and `partial` both variables, over those. `marginal` holds nothing and `length_fixed` the length,
    over all words; `uncounted` the length, over the words that do not occur. A test is None where what is held leaves no order of
    depth or of norm, and where fewer words or depths are there than a test needs. `source` says how the counts came about.
    """

    SCHEMA: ClassVar[int] = 2

    taxonomy: str
    corpus: str
    source: str
    n_skipped: int
    tensor_name: str
    n_edges: int
    n_several_parents: int
    n_words: int
    n_not_single: int
    n_uncounted: int
    word: tuple[str, ...]
    text: tuple[str, ...]
    token_id: np.ndarray
    depth: np.ndarray
    norm: np.ndarray
    count: np.ndarray
    length: np.ndarray
    depth_value: np.ndarray
    n_at_depth: np.ndarray
    marginal: DepthTest | None
    length_fixed: DepthTest | None
    counted_marginal: DepthTest | None
    frequency_fixed: DepthTest | None
    partial: DepthTest | None
    uncounted: DepthTest | None
    provenance: Provenance

    @property
    def n_counted(self) -> int:
        """The words that occur in the corpus."""
        return self.n_words - self.n_uncounted
