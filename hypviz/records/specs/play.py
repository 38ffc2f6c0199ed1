"""The questions about one vocabulary in several tables: steady layouts one after another, and the states of single tokens."""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.models import ModelRef
from hypviz.records.spec import Spec
from hypviz.records.specs.disk import BasisSpec, MatrixRows, ModelRows, RowNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySpec(Spec):
    """The layout on the basis `first` at radius R, then the same tokens by each of `rows` in turn, begun with the layout before.

    `labels` name the frames, the first one too. Rows of a matrix stand in the order of the first layout.
    """

    first: BasisSpec
    rows: tuple[ModelRows | MatrixRows, ...]
    labels: tuple[str, ...]
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStatesSpec(Spec):
    """The hidden states of each of `tokens` by itself after the `layers` of a model, behind the ids `before`."""

    model: ModelRef
    tokens: RowNumbers
    layers: tuple[int, ...]
    before: tuple[int, ...]
