"""The question what a fine-tuned model has changed of its base."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSpec(Spec):
    """The weights of `other` against those of `base`, tensor by tensor."""

    base: ModelRef = field(metadata=NOT_IN_ADDRESS)
    other: ModelRef = field(metadata=NOT_IN_ADDRESS)
