"""The question about delta, norms and dimension of hidden states, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypviz.records.answers import Column, Weights
from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec
from hypviz.records.texts import Corpus

USUAL_PROMPTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LayersSpec(Spec):
    """The layers of one `column`, whose `weights` are known by their content, on the first `limit` texts of `corpus`.

    `definition` is ``base`` or ``exact``; `drop_first` leaves the first position out; `nulls` are measured in this order at every layer.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    corpus: Corpus = field(metadata=NOT_IN_ADDRESS)
    column: Column = field(metadata=NOT_IN_ADDRESS)
    weights: Weights = field(metadata=NOT_IN_ADDRESS)
    limit: int = USUAL_PROMPTS
    definition: str = "base"
    drop_first: bool = False
    nulls: tuple[str, ...] = field(default=(), metadata=NOT_IN_ADDRESS)
    seed: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """Those that are measured."""
        return self.corpus.texts[: self.limit]

    @property
    def identity(self) -> dict[str, object]:
        """What decides the answer: of the column its name and its weights, and no folder; of the limit how many texts it leaves."""
        return {
            "model": self.model.answering,
            "corpus": self.corpus.identity,
            "column": self.column.name,
            "adapter": self.weights.adapter,
            "limit": len(self.texts),
            "definition": self.definition,
            "drop_first": self.drop_first,
            "nulls": list(self.nulls),
            "seed": self.seed,
        }
