"""Questions about delta: prompt by prompt, and over a sample of the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec
from hypviz.records.texts import Corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaSpec(Spec):
    """delta of the first `limit` texts of `corpus` (None: of all), each at its first token (``base``) or over all bases (``exact``).

    `metric` is between rows of the `table` ``input`` or ``output``. `nulls` are measured in this order, `controls` beside them.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    corpus: Corpus = field(metadata=NOT_IN_ADDRESS)
    limit: int | None = None
    definition: str = "base"
    metric: str = "euclidean"
    table: str = "input"
    nulls: tuple[str, ...] = field(default=("gaussian",), metadata=NOT_IN_ADDRESS)
    controls: tuple[str, ...] = field(default=(), metadata=NOT_IN_ADDRESS)
    seed: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """Those that are measured."""
        return self.corpus.texts[: self.limit]

    @property
    def identity(self) -> dict[str, Any]:
        """The fields, with the number of texts for the limit: all of five texts are the first five."""
        return {**_identity(self), "limit": len(self.texts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularySpec(Spec):
    """The four-point delta of `n_points` tokens of a `table`, drawn by `seed`, beside `nulls` in this order.

    `untrained` draws among the tokens whose row was never trained too.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    n_points: int = 400
    table: str = "input"
    nulls: tuple[str, ...] = field(default=(), metadata=NOT_IN_ADDRESS)
    seed: int = 0
    untrained: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """All fields; with every row taken in it is the question that was asked before any was left out."""
        plain = _identity(self)
        if self.untrained:
            del plain["untrained"]
        return plain


def _identity(spec: Spec) -> dict[str, Any]:
    """That of any spec; a dataclass with slots is a new class, in whose methods a bare super() finds the old one."""
    identity = Spec.identity.fget
    assert identity is not None
    return identity(spec)
