"""Several adapters in one batch: each row of the input goes through the adapter that is named for it, or through none.

PEFT's own way (`adapter_names`) gathers and scatters rows one by one in every layer; here the rows of an adapter that stand beside each
other are one slice, and nothing is copied. For answering only: updates are added in place, so no gradient comes through.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any, cast

from peft import PeftModel
from peft.tuners.lora.layer import Linear, LoraLayer
from torch import Tensor

from hypviz.hyplora.adapters import peft_name, require_adapter, use_adapter
from hypviz.records.answers import BASE

Keep = Callable[[Sequence[int]], None]


@contextmanager
def use_rows(peft_model: PeftModel, names: Sequence[str]) -> Generator[Keep]:
    """Row i of every batch is answered with the adapter `names[i]` ("base": with none); then what was active is active again.

    What it opens with is called with the places of the rows that go on, when others are left out of the batch. Of a batch k times as long,
    as beam search makes one, each name has k rows beside each other. `AdapterError` for a name that is no adapter of the model, and while
    one is merged. Each adapter must be one that `tells_rows_apart`.
    """
    rows = [name if name == BASE else require_adapter(peft_model, name) for name in names]

    def add_updates(layer: Linear, args: tuple[Any, ...], result: Tensor) -> Tensor:
        each, first = len(result) // len(rows), 0
        for key, group in groupby(rows):
            last = first + each * len(list(group))
            if key in layer.lora_A:
                _add_update(layer, key, args[0][first:last], result[first:last])
            first = last
        return result

    def keep(places: Sequence[int]) -> None:
        rows[:] = [rows[place] for place in places]

    with use_adapter(peft_model, BASE):
        layers = [module for module in peft_model.modules() if isinstance(module, Linear)]
        handles = [layer.register_forward_hook(add_updates) for layer in layers]
        try:
            yield keep
        finally:
            for handle in handles:
                handle.remove()


def tells_rows_apart(peft_model: PeftModel, name: str) -> bool:
    """Whether single rows can have this adapter: it has updates of linear layers, no DoRA, nothing saved whole, no trained tokens."""
    key = peft_name(name)
    config = peft_model.peft_config[key]
    if any(getattr(config, setting, None) for setting in ("modules_to_save", "trainable_token_indices")):
        return False
    layers = [module for module in peft_model.modules() if isinstance(module, LoraLayer)]
    adapted = [layer for layer in layers if key in layer.lora_A or key in layer.lora_embedding_A]
    return all(isinstance(layer, Linear) and not layer.use_dora.get(key, False) for layer in adapted)


def _add_update(layer: Linear, key: str, x: Tensor, result: Tensor) -> None:
    """Add the adapter's update of `x` to the rows of the result that are its."""
    down, up = layer.lora_A[key], layer.lora_B[key]
    own = x.to(cast("Tensor", down.weight).dtype)
    variant = layer.lora_variant.get(key)
    if variant is None:
        update = cast("Tensor", up(down(layer.lora_dropout[key](own))) * layer.scaling[key])
        result.add_(update.to(result.dtype))
    else:
        result.copy_(variant.forward(layer, active_adapter=key, x=own, result=result))
