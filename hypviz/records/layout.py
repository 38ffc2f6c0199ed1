"""Layouts of a vocabulary in the disk: what does not depend on the radius, the placed layout, and what it keeps.

All coordinates are dimensionless: rho = sqrt(c) * hyperbolic distance to the centre, theta in radians, disk point
tanh(rho/2) e^(i theta). Rows are tokens in the order of `token_ids`, the most frequent first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer, UInt8

from hypviz.records.base import Provenance, Record
from hypviz.records.ranks import ProbeFindings

MODEL_TABLES = ("input", "output")  # a model's embeddings and its output layer
TABLES = (*MODEL_TABLES, "matrix")
TOKEN_ID_ORDER, ROW_ORDER = "token-id order", "row order"  # what stands in for the rank where nothing was counted


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutShape(Record):
    """A layout up to its radius: token i lies at angle theta[i] and, with share[i] between 0 and 1, at rho = R share[i].

    Where the layout was made `in_drawing`, that is in the drawn disk itself, it lies at |z| = tanh(R/2) share[i] instead.

    `n_groups` is the number of groups that were clustered apart before the whole, None where the clustering is exact or the
    method has none. `n_shortened` points of UMAP lay too far out to be trusted and grow with their logarithm only. Of the
    `n_rounds` rounds of a method that improves its layout step by step (0: it does not) `n_rounds_done` were made before it was stopped.
    """

    share: Float[np.ndarray, " n"]
    theta: Float[np.ndarray, " n"]
    n_groups: int | None
    n_shortened: int
    n_rounds: int = 0
    n_rounds_done: int = 0
    in_drawing: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether it was not stopped on the way."""
        return self.n_rounds_done == self.n_rounds


DEPTHS = (1, 10, 30)  # at which neighbours are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours(Record):
    """The true neighbours of every row: `nearest` (n, k) int32 by cosine after centring, nearest first.

    They are counted to each of the `depths`, ascending: `least` (n, depths) float64 is the cosine of the neighbour at that depth.
    `n_as_near` (n, depths) int32 other rows have at least that cosine: as many as the depth, or more where cosines tie, and each of
    them is as good a neighbour.
    """

    nearest: Integer[np.ndarray, "n k"]
    depths: tuple[int, ...]
    least: Float[np.ndarray, "n depths"]
    n_as_near: Integer[np.ndarray, "n depths"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutBasis(Record):
    """What a vocabulary's layout rests on before R is chosen: the rows, their counts and the shape.

    `counts` is 0 for a token that the corpus does not hold; `radius_source` names the corpus, or says that the token id stands in
    (or the row's place in its file) for the frequency. `probe` says how well a probe predicts what was not counted, and whether it ranks
    the tokens of count 0 or their number does; None where all were counted, or too few. `table` names the matrix, one of `TABLES`.
    `n_zero_rows` rows equal the mean and have no direction. Not laid out are `n_without_token` rows of the table, which belong to no token,
    and `n_untrained` of tokens, which were never trained.
    `cpu_seconds` is the CPU time of the whole process while the shape was computed, without reading, counting and measuring. `pull`, 0 to
    1, is how strongly tokens were drawn to the radius of their rank.
    """

    token_ids: Integer[np.ndarray, " n"]
    counts: Integer[np.ndarray, " n"]
    radius_source: str
    probe: ProbeFindings | None
    table: str
    method: str
    pull: float
    seed: int
    shape: LayoutShape
    n_zero_rows: int
    n_without_token: int
    n_untrained: int = 0
    cpu_seconds: float
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutQuality(Record):
    """What a layout keeps of the original space, over all `n_tokens` tokens.

    `neighbours_kept_at_10`: share of the `k` nearest in hyperbolic distance whose centred cosine is at least the k-th best, so that of
    equal ones each counts; `kept_by_chance` what k tokens drawn at random would give; k is 10, or all others where there are fewer.
    `kept_at` and `chance_at` are these two at each of the `depths`, k among them: 1, 10 and 30, as far as there are so many others.
    `angle_neighbours_kept_at_10`: of the k nearest in angle alone, what a bare ring would keep. `trustworthiness` and `continuity`
    (Venna and Kaski, 2001) at k = 10 over `n_queries` tokens, None for fewer than 20 tokens. `distance_spearman`: rank correlation of
    the two distances over `n_pairs` seeded random pairs, or all. `radius_spearman`: of radius and place in the order of ranks, the first
    counting as the most, over all tokens; `radius_count_spearman`: of radius and count over the counted ones alone.
    `radius_norm_spearman`: of radius and L2 norm of the raw row over all; None where it does not exist. `rim_share`: share of
    tokens with |z| > 0.95. `fill`: share of 800 cells of equal area in the drawn unit disk that hold a token.
    """

    k: int
    depths: tuple[int, ...]
    kept_at: tuple[float, ...]
    chance_at: tuple[float, ...]
    angle_neighbours_kept_at_10: float
    trustworthiness: float | None
    continuity: float | None
    distance_spearman: float | None
    radius_spearman: float | None
    radius_count_spearman: float | None
    radius_norm_spearman: float | None
    rim_share: float
    fill: float
    n_queries: int
    n_tokens: int
    n_pairs: int

    @property
    def neighbours_kept_at_10(self) -> float:
        """`kept_at` the depth k."""
        return self.kept_at[self.depths.index(self.k)] if self.depths else 1.0

    @property
    def kept_by_chance(self) -> float:
        """`chance_at` the depth k."""
        return self.chance_at[self.depths.index(self.k)] if self.depths else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLayout(Record):
    """A vocabulary in the disk. `kept` (n,) uint8 counts how many of its `quality.k` nearest here are true neighbours of each token.

    `region` (n,) uint8 numbers the pieces of the disk whose tokens are alike, the largest first, and `typical` (n,) float32 is the cosine
    of each row with the mean row of its region. `wide` (regions,) uint8 is the wide region in which each lies, the largest first, and
    `typical_of_wide` (n,) float32 as `typical`. `in_degree` (n,) counts the tokens that have it among their `quality.k` true nearest.

    `n_clipped` counts the tokens whose disk coordinates round to the boundary circle in float64 (rho beyond 37); their rho and
    theta stay exact. `n_uncounted` tokens have no count and rank behind the counted ones, as `ranked_by_probe` says. `radius_source`,
    `probe`, `cpu_seconds`, `table`, `pull`, `n_without_token` and `n_untrained` as in `LayoutBasis`, `n_groups`, `n_shortened` and the
    rounds as in `LayoutShape`.
    """

    token_ids: Integer[np.ndarray, " n"]
    rho: Float[np.ndarray, " n"]
    theta: Float[np.ndarray, " n"]
    counts: Integer[np.ndarray, " n"]
    method: str
    pull: float
    radius: float
    radius_source: str
    probe: ProbeFindings | None
    table: str
    seed: int
    n_clipped: int
    n_uncounted: int
    n_zero_rows: int
    n_without_token: int
    n_untrained: int = 0
    n_groups: int | None
    n_shortened: int
    n_rounds: int
    n_rounds_done: int
    kept: UInt8[np.ndarray, " n"]
    region: UInt8[np.ndarray, " n"]
    typical: Float[np.ndarray, " n"]
    wide: UInt8[np.ndarray, " regions"]
    typical_of_wide: Float[np.ndarray, " n"]
    in_degree: Integer[np.ndarray, " n"]
    quality: LayoutQuality
    cpu_seconds: float
    provenance: Provenance

    @property
    def ranked_by_probe(self) -> bool:
        """Whether tokens that were never counted are in the order that the probe predicts, and not in that of their numbers."""
        return self.n_uncounted > 0 and self.probe is not None and self.probe.is_better

    @property
    def hub_share(self) -> float:
        """How much of all places among the true nearest the one token in a hundred holds that is there most often."""
        return share_of_hubs(self.in_degree)


def share_of_hubs(in_degree: Integer[np.ndarray, " n"]) -> float:
    """Of all places among the nearest, the share of the one token in a hundred that is there most often: `in_degree` (n,) times each."""
    n = len(in_degree)
    return float(np.sort(in_degree)[n - -(-n // 100) :].sum()) / max(int(in_degree.sum()), 1)
