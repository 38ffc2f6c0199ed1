"""The question whether depth in a taxonomy predicts the norm of an embedding."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Identified, Spec
from hypviz.records.texts import Corpus, WordCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class HierarchySpec(Spec):
    """Depth in `taxonomy` against the norm of the model's input embeddings, with frequencies from `counts`; permutations by `seed`."""

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    counts: Corpus | WordCounts = field(metadata=NOT_IN_ADDRESS)
    taxonomy: Identified = field(metadata=NOT_IN_ADDRESS)
    seed: int = 0
