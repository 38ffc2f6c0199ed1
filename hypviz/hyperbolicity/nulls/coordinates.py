"""The null of shuffled coordinates: each is shuffled among the tokens, which keeps its distribution and breaks the others' company."""

from __future__ import annotations

from hypviz.hyperbolicity.nulls.entry import Draw, Null, Sample


def prepare(sample: Sample) -> Draw:
    """Every column in an order of its own."""
    return lambda rng: rng.permuted(sample.table, axis=0)


ENTRY = Null(
    name="coordinates",
    label="shuffled coordinates",
    help="Each coordinate is shuffled among the tokens: what the coordinates give without each other.",
    order=40,
    prepare=prepare,
)
