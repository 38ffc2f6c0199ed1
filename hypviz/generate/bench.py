"""Adapters on a shared base model, for a while: on entering they are loaded beside each other, on leaving the base is itself again.

The model object may be shared by all sessions of a server, so whoever opens a bench holds the model's lock until it is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypviz.records.answers import Column
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A base model with adapters on it; `model` is the base itself, whose layers consult whichever adapter is in use."""

    ref: ModelRef
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    peft_model: PeftModel | None

    @contextmanager
    def using(self, column: Column) -> Iterator[PreTrainedModel]:
        """The model with exactly this column's weights: adapters disabled for the base, one active otherwise."""
        if self.peft_model is None:
            yield self.model
            return
        from hypviz.hyplora import use_adapter

        with use_adapter(self.peft_model, column.name):
            yield self.model


@contextmanager
def bench(ref: ModelRef, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, columns: Sequence[Column]) -> Iterator[Bench]:
    """Load every column's adapter onto `model`; raises `AdapterError` with the model as it was if one does not belong to it."""
    peft_model: PeftModel | None = None
    try:
        for column in columns:
            if column.adapter is not None:
                from hypviz.hyplora import load_adapter

                peft_model = load_adapter(peft_model or model, column.name, column.adapter, base_fingerprint=ref.fingerprint)
        yield Bench(ref=ref, model=model, tokenizer=tokenizer, peft_model=peft_model)
    finally:
        if peft_model is not None:
            peft_model.unload()
