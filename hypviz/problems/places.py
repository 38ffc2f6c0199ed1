"""A number that was read in a text, and where it stands there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A number as it was read, and from where to where it stands in the text."""

    value: Fraction
    start: int
    end: int
