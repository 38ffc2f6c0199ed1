"""How true a picture of a vocabulary is: what it keeps under each reading of what is near, and whether known families stay together."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Provenance, Record

READINGS = (0, 2)  # principal components that are taken off before cosines are compared: none, and those where hubs live


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth(Record):
    """One reading of what is near in the original space: the cosine of centred rows, `without` their first so many principal components.

    `depths`, `kept_at`, `chance_at` and `trustworthiness` as in `LayoutQuality`, `hub_share` as in `DiskLayout`. `together` is the share of
    the nearest among family tokens that are of the own family in this space, None where there are no families.
    """

    without: int
    depths: tuple[int, ...]
    kept_at: tuple[float, ...]
    chance_at: tuple[float, ...]
    trustworthiness: float | None
    hub_share: float
    together: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Families(Record):
    """Known families among the laid out tokens: `n_tokens` tokens of `n_words` words in `n_families` families.

    Of the `k` nearest to each among the family tokens of other words (10, or as many as every token has), `together` is the mean share of
    the own family in the disk, `by_chance` what k of them drawn at random would give.
    """

    n_families: int
    n_words: int
    n_tokens: int
    k: int
    together: float
    by_chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskTruths(Record):
    """How true a picture of `n_tokens` tokens is, by `truths` in the order of `READINGS`, and what it does to `families`.

    The second truth is absent where the rows have no direction without their first components. Trustworthiness is over `n_queries` tokens,
    all else over all of them.
    """

    truths: tuple[Truth, ...]
    families: Families | None
    n_tokens: int
    n_queries: int
    provenance: Provenance
