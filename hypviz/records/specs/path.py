"""The question about a prompt's path through the layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypviz.records.models import ModelRef
from hypviz.records.path import LOGIT
from hypviz.records.spec import Spec
from hypviz.records.specs.disk import RowNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSpec(Spec):
    """The state of the text's token number `position` (from 0, None for the last) after every layer, seen through `lens`.

    `table` is the one whose rows are looked among by cosine, "output" for the logit lens; `among` are the tokens that are laid out.
    """

    model: ModelRef
    prompt: str
    position: int | None
    lens: str = LOGIT
    table: str = "output"
    among: RowNumbers

    @property
    def identity(self) -> dict[str, Any]:
        """All fields; of the model also where it computes its states."""
        return dict(Spec.identity.__get__(self)) | {"model": self.model.answering}
