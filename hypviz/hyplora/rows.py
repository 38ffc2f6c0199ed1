"""Several adapters in one batch: each row of the input goes through the adapter that is named for it, or through none.

PEFT's layers do this when they are handed `adapter_names`; here they are, whoever calls the model, for as long as `use_rows` is open.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import nn

from hypviz.hyplora.adapters import peft_name, use_adapter
from hypviz.records.answers import BASE

Keep = Callable[[Sequence[int]], None]


@contextmanager
def use_rows(peft_model: PeftModel, names: Sequence[str]) -> Generator[Keep]:
    """Row i of every batch is answered with the adapter `names[i]` ("base": with none); then what was active is active again.

    What it opens with is called with the places of the rows that go on, when others are left out of the batch. Of a batch k times as long,
    as beam search makes one, each name has k rows beside each other. `AdapterError` for a name that is no
    adapter of the model, and while one is merged. Modules saved whole and trained tokens are not told apart by rows.
    """
    first = next((name for name in names if name != BASE), BASE)
    rows = [peft_name(name) for name in names]

    def with_names(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        each = len(args[0]) // len(rows)
        return args, kwargs | {"adapter_names": [name for name in rows for _ in range(each)]}

    def keep(places: Sequence[int]) -> None:
        rows[:] = [rows[place] for place in places]

    with use_adapter(peft_model, first):
        layers = [module for module in peft_model.modules() if isinstance(module, LoraLayer)]
        handles = [layer.register_forward_pre_hook(with_names, with_kwargs=True) for layer in layers]
        try:
            yield keep
        finally:
            for handle in handles:
                handle.remove()


def tells_rows_apart(peft_model: PeftModel, name: str) -> bool:
    """Whether PEFT 0.21.2 can answer single rows with this adapter: no DoRA, nothing saved whole, no trained tokens."""
    config = peft_model.peft_config[peft_name(name)]
    whole = any(getattr(config, setting, None) for setting in ("modules_to_save", "trainable_token_indices"))
    dora = any(layer.use_dora.get(peft_name(name), False) for layer in peft_model.modules() if isinstance(layer, LoraLayer))
    return not whole and not dora
