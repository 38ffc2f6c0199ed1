"""A number with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Record):
    """`value` with the interval from `low` to `high` at confidence `level` (0.95 = 95 %), from `n` observations by `method`."""

    value: float
    low: float
    high: float
    n: int
    level: float
    method: str

    def excludes(self, number: float) -> bool:
        """Whether `number` lies outside the interval."""
        return not self.low <= number <= self.high
