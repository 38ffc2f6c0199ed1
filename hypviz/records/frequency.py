"""Token frequency against embedding norm, the frequency distribution's fits, and the paper's token groups."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Integer, UInt8

from hypviz.records.base import Provenance, Record
from hypviz.records.statistics import Interval

STAGES = ("fit", "correlation", "ranges", "turn")  # what is measured of the counts, in this order


@dataclass(frozen=True, slots=True, kw_only=True)
class LognormalComparison(Record):
    """The lognormal on the power law's tail: parameters of ln f, and which of the two the tail favours.

    `ratio` is the log-likelihood ratio power law : lognormal (positive favours the power law), `p` its two-sided p (Vuong),
    `preferred` what they say: ``power law``, ``lognormal``, or ``neither`` while p is 0.1 or more (Clauset et al. 2009).
    """

    mu: float
    sigma: float
    ratio: float
    p: float
    preferred: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerLawFit(Record):
    """Discrete power law p(f) ~ f^-gamma for f >= xmin.

    `sigma` is the standard error of gamma, `ks` the Kolmogorov-Smirnov distance, `n_tail` of `n` tokens lie at or above xmin;
    `notes` are the fit's warnings. `lognormal` is None when that fit failed, which a note then says.
    """

    gamma: float
    xmin: int
    sigma: float
    ks: float
    n_tail: int
    n: int
    lognormal: LognormalComparison | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyCurve(Record):
    """P(frequency >= value) over the distinct counts, and the two fits over the last `len(power_law)` of them."""

    value: Integer[np.ndarray, " n"]
    survival: Float[np.ndarray, " n"]
    power_law: Float[np.ndarray, " n"]
    lognormal: Float[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NormBins(Record):
    """Quartiles of the norm in bins of frequency [low, high); bins double in width and empty ones are absent."""

    low: Integer[np.ndarray, " n"]
    high: Integer[np.ndarray, " n"]
    n: Integer[np.ndarray, " n"]
    lower_quartile: Float[np.ndarray, " n"]
    median: Float[np.ndarray, " n"]
    upper_quartile: Float[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyRange(Record):
    """Rank correlation of count and norm among the `n` tokens seen `low` to `high` times (None: or more).

    `share` is the part of the counted text that they make. Without a correlation `missing` says why.
    """

    low: int
    high: int | None
    n: int
    share: float
    correlation: Interval | None
    missing: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NormTurn(Record):
    """Where the dependence of the norm on frequency changes its sign: `below` among tokens seen at most `at` times, `above` beyond.

    Both intervals exclude 0 at their level. `share_above` is the part of the text that the tokens beyond make, `n_tried` the number of
    places that were tried.
    """

    at: int
    below: Interval
    above: Interval
    share_above: float
    n_tried: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenForm(Record):
    """A word of a group, typed bare or after a space: one token (`token_id`, `count`, `norm`) or the `pieces` it splits into."""

    group: int
    word: str
    leading_space: bool
    token_id: int | None
    count: int | None
    norm: float | None
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary(Record):
    """Mean, smallest and largest frequency and norm of a group's single-token words in one form; None if all words split."""

    group: int
    leading_space: bool
    n_single: int
    split_words: tuple[str, ...]
    frequency: tuple[float, float, float] | None
    norm: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencyNorm(Record):
    """Every counted token: `count` in the corpus and L2 `norm` of its input-embedding row as stored (n_distinct,).

    `source` says how the counts came about; `n_countable` tokens of the vocabulary could have been counted: those with a text that are
    not special. Special tokens are left out everywhere and counted in `n_special`, and so are `n_untrained` others whose row was never
    trained, of which `n_untrained_counted` occur in the corpus; `n_skipped` records of the corpus were unreadable,
    `n_unplaced` words of a table were cut alone and not as in a text, `n_without_row` left out for a token without a row. A missing
    correlation or fit is None and says why. `ranges` split the counted tokens by count, `turn` is None where the dependence keeps its
    sign. `embedding_scale` multiplies the rows inside the model, not here. `measured` has the stages that are done: a stop leaves fewer
    than `STAGES`, and the fields of the others empty.
    """

    SCHEMA: ClassVar[int] = 3

    corpus: str
    source: str
    n_texts: int
    n_skipped: int
    n_unplaced: int
    n_without_row: int
    n_tokens: int
    n_distinct: int
    n_special: int
    n_untrained: int = 0
    n_untrained_counted: int = 0
    n_countable: int
    vocab_size: int
    tensor_name: str
    embedding_scale: float
    token_id: Integer[np.ndarray, " n"]
    text: tuple[str, ...]
    kind: UInt8[np.ndarray, " n"]
    count: Integer[np.ndarray, " n"]
    norm: Float[np.ndarray, " n"]
    curve: FrequencyCurve
    bins: NormBins
    forms: tuple[TokenForm, ...]
    groups: tuple[GroupSummary, ...]
    provenance: Provenance
    fit: PowerLawFit | None = None
    fit_missing: str | None = None
    correlation: Interval | None = None
    correlation_missing: str | None = None
    ranges: tuple[FrequencyRange, ...] = ()
    turn: NormTurn | None = None
    measured: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every stage was measured."""
        return self.measured == STAGES

    @property
    def coverage(self) -> float:
        """The share of the countable tokens that were counted."""
        return self.n_distinct / self.n_countable if self.n_countable else 0.0

    def as_read(self) -> FrequencyNorm:
        """The same with every norm of the row that the model reads: the stored one times `embedding_scale`, which is 1 from then on."""
        scale = self.embedding_scale
        bins, forms = self.bins, self.forms
        return dataclasses.replace(
            self,
            embedding_scale=1.0,
            tensor_name=f"{self.tensor_name}, times {scale:.4g}",
            norm=self.norm * scale,
            bins=dataclasses.replace(
                bins,
                lower_quartile=bins.lower_quartile * scale,
                median=bins.median * scale,
                upper_quartile=bins.upper_quartile * scale,
            ),
            forms=tuple(form if form.norm is None else dataclasses.replace(form, norm=form.norm * scale) for form in forms),
            groups=tuple(
                group if group.norm is None else dataclasses.replace(group, norm=tuple(value * scale for value in group.norm))
                for group in self.groups
            ),
        )
