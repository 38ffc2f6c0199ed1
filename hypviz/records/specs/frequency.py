"""The question of the Frequency & norm page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec
from hypviz.records.texts import Corpus, WordCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequencySpec(Spec):
    """How do the norms of a model's input rows go with how often their tokens occur in `source`?

    `seed` is that of the bootstrap, which draws `resamples` times. `untrained` takes in tokens whose row was never trained.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    source: Corpus | WordCounts = field(metadata=NOT_IN_ADDRESS)
    seed: int = 0
    resamples: int = 1000
    untrained: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """All fields; with every row taken in it is the question that was asked before any was left out."""
        plain = dict(Spec.identity.__get__(self))
        if self.untrained:
            del plain["untrained"]
        return plain
