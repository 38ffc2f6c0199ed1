"""What a vocabulary's layout keeps at every pull of frequency: the frontier between neighbours and the order of radius and frequency."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint(Record):
    """One layout: its `pull`, the shares of neighbours kept at each of `depths`, and `radius_spearman` as in `LayoutQuality`."""

    pull: float
    depths: tuple[int, ...]
    kept_at: tuple[float, ...]
    radius_spearman: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier(Record):
    """The points by rising pull; `n_tokens` were laid out, and of the `k` nearest chance keeps `kept_by_chance`."""

    points: tuple[FrontierPoint, ...]
    n_tokens: int
    k: int
    kept_by_chance: float
