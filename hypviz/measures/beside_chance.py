"""The measures of a set of tokens, each beside the same measure of random sets of as many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from hypviz.records.token_sets import ChosenMeasures, TokenSet
from hypviz.statistics.chance import ChanceRange, chance_range


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`label` for an axis, with its unit; `short` in a sentence; `of(set)` is None where the measure does not exist."""

    name: str
    label: str
    short: str
    of: Callable[[TokenSet], float | None]


MEASURES = (
    Measure(name="delta_rel", label="δ_rel (no unit; 0 a tree)", short="δ_rel", of=lambda one: one.delta_rel),
    Measure(name="near_dimension", label="dimension near a token", short="the dimension near a token", of=lambda one: one.near_dimension),
    Measure(
        name="effective_dimension",
        label="dimensions they spread over",
        short="the number of dimensions they spread over",
        of=lambda one: one.effective_dimension,
    ),
    Measure(name="norm", label="median norm (unit of the rows)", short="the median norm", of=lambda one: one.norm_median),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideChance:
    """One measure of the chosen tokens, `value`, and of every random set that has it, `draws` (n_random,), with where chance puts it."""

    measure: Measure
    value: float
    draws: Float64[np.ndarray, " n_random"]
    chance: ChanceRange


def beside_chance(record: ChosenMeasures) -> tuple[BesideChance, ...]:
    """Every measure that the chosen tokens and all random sets have, in the order of `MEASURES`."""
    found: list[BesideChance] = []
    for measure in MEASURES:
        value, drawn = measure.of(record.chosen), [measure.of(one) for one in record.random]
        draws = np.array([one for one in drawn if one is not None])
        if value is not None and len(draws) == len(drawn):
            found.append(BesideChance(measure=measure, value=value, draws=draws, chance=chance_range(value, draws)))
    return tuple(found)
