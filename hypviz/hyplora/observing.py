"""Watching the inputs of adapted layers while a model runs, with hooks that exist only as long as someone watches.

Tokens that the attention mask hides (padding) are left out. Used by `probing` and `calibration`; changes nothing in the model.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from hypviz.errors import AdapterError
from hypviz.hyplora.adapters import adapted_layers
from hypviz.hyplora.norms import norms
from hypviz.records.hyplora import Quantiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Tokens that one adapter of one layer has just processed: x (n, d) and |W x| (n,) in float64, bias not counted.

    `positions` (n,) counts the visible tokens of the row before each, those in a key-value cache included; None where the layer does
    not see the batch token by token, or the mask is no matrix of rows by tokens.
    """

    name: str
    layer: LoraLayer
    adapter: str
    x: Tensor
    base_norm: Tensor
    positions: Tensor | None


def pieces(inputs: Mapping[str, Any], rows_at_once: int | None) -> Iterator[dict[str, Any]]:
    """The batch in slices of so many rows, in order; whole if None. What is not a tensor of all its rows goes along with every slice."""
    n = len(next(value for value in inputs.values() if isinstance(value, Tensor)))
    step = n if rows_at_once is None else rows_at_once
    whole = {name for name, value in inputs.items() if not isinstance(value, Tensor) or not value.ndim or len(value) != n}
    for first in range(0, n, max(1, step)):
        yield {name: value if name in whole else value[first : first + max(1, step)] for name, value in inputs.items()}


@contextmanager
def observed(peft_model: PeftModel, notify: Callable[[Seen], None]) -> Generator[None]:
    """While open, `notify` is called for every adapted layer and adapter that runs."""
    watch = _Watch(notify)
    handles = [peft_model.get_base_model().register_forward_pre_hook(watch.on_model, with_kwargs=True)]
    for name, layer in adapted_layers(peft_model).items():
        handles.append(layer.get_base_layer().register_forward_hook(watch.on_base))
        handles.append(layer.register_forward_hook(watch.on_layer(name), with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def model_inputs(batch: object, what: str) -> dict[str, Shaped[Tensor, "rows length ..."]]:
    """What the model is called with: token ids (rows, length), or a tokenizer's batch without its labels; `what` begins the messages."""
    if not isinstance(batch, Tensor | Mapping):
        raise AdapterError(f"{what} needs token ids or a tokenizer's batch, but got {type(batch).__name__}; use return_tensors='pt'.")
    inputs = {"input_ids": batch} if isinstance(batch, Tensor) else {name: batch[name] for name in batch if name != "labels"}
    first = inputs.get("input_ids", inputs.get("inputs_embeds"))
    if not isinstance(first, Tensor) or first.ndim < 2:
        raise AdapterError(f"{what} needs input_ids as a tensor of shape (rows, length); tokenize with return_tensors='pt'.")
    if first is inputs.get("input_ids") and (first.is_floating_point() or first.dtype == torch.bool):
        raise AdapterError(
            f"{what} needs token ids, whole numbers, but got {str(first.dtype).removeprefix('torch.')}; use those of the tokenizer."
        )
    if first.shape[0] == 0 or first.shape[1] == 0:
        raise AdapterError(f"{what} needs at least one text, but this batch holds no token.")
    return inputs


class _Watch:
    """The state between the hooks of one forward pass: the batch's shape and mask, and |W x| of the layer that is running."""

    def __init__(self, notify: Callable[[Seen], None]) -> None:
        self.notify = notify
        self.mask: Tensor | None = None
        self.positions: Tensor | None = None
        self.base_norm: Tensor | None = None

    def on_model(self, _: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        mask = kwargs.get("attention_mask")
        self.mask = mask.bool() if isinstance(mask, Tensor) and mask.ndim == 2 else None
        self.positions = None if mask is not None and self.mask is None else _positions(_tokens(args, kwargs), self.mask, kwargs)

    @torch.no_grad()
    def on_base(self, layer: nn.Module, _: Any, output: Tensor) -> None:
        bias = getattr(layer, "bias", None)
        plain = output if bias is None else output - bias
        self.base_norm = norms(plain.reshape(-1, plain.shape[-1])).reshape(plain.shape[:-1])

    def on_layer(self, name: str) -> Callable[..., None]:
        @torch.no_grad()
        def hook(layer: LoraLayer, args: tuple[Any, ...], kwargs: Mapping[str, Any], _: Any) -> None:
            x, base_norm = args[0], self.base_norm
            recomputed = torch._C._current_graph_task_id() != -1  # gradient checkpointing runs the layer again during backward
            if layer.disable_adapters or layer.merged or base_norm is None or recomputed:
                return
            keep, positions = self._visible(x), self.positions
            if positions is not None and positions.shape != x.shape[:-1]:
                positions = None
            for adapter, rows in _who_ran(layer, kwargs.get("adapter_names"), len(x)).items():
                chosen = keep if rows is None else keep & rows.to(keep.device).reshape(-1, *[1] * (keep.ndim - 1))
                places = None if positions is None else positions.to(chosen.device)[chosen]
                sizes = base_norm[chosen.to(base_norm.device)]
                self.notify(Seen(name=name, layer=layer, adapter=adapter, x=x[chosen], base_norm=sizes, positions=places))

        return hook

    def _visible(self, x: Tensor) -> Tensor:
        """True per token of x (batch, length, d); with a key-value cache the mask also covers earlier tokens."""
        mask = self.mask
        if mask is None or x.ndim != 3 or mask.shape[0] != x.shape[0] or mask.shape[1] < x.shape[1]:
            return torch.ones(x.shape[:-1], dtype=torch.bool, device=x.device)
        return mask[:, mask.shape[1] - x.shape[1] :].to(x.device)


def _tokens(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor | None:
    """The ids (rows, length) or the embeddings (rows, length, d) that the model was called with."""
    given = kwargs.get("input_ids", args[0] if args else None)
    given = kwargs.get("inputs_embeds") if given is None else given
    return given if isinstance(given, Tensor) and given.ndim >= 2 else None


def _positions(tokens: Tensor | None, mask: Tensor | None, kwargs: Mapping[str, Any]) -> Tensor | None:
    """(rows, length): how many visible tokens of the row come before each token, those in the cache included."""
    if tokens is None:
        return None
    rows, length = tokens.shape[:2]
    if mask is not None:
        fits = mask.shape[0] == rows and mask.shape[1] >= length
        return (mask.cumsum(1) - 1)[:, mask.shape[1] - length :] if fits else None
    cache = kwargs.get("past_key_values")
    before = 0 if cache is None else int(cache.get_seq_length())
    return torch.arange(before, before + length, device=tokens.device).expand(rows, length)


def _who_ran(layer: LoraLayer, names: list[str] | None, n_rows: int) -> dict[str, Tensor | None]:
    """The adapters of this layer that ran, each with its rows of the batch (None: all)."""
    if names is None:
        return {adapter: None for adapter in layer.active_adapters if adapter in layer.lora_A}
    wanted = [adapter for adapter in dict.fromkeys(names) if adapter in layer.lora_A]
    return {adapter: torch.tensor([names[i] == adapter for i in range(n_rows)]) for adapter in wanted}


def quantiles(values: Float[np.ndarray, "..."]) -> Quantiles | None:
    """Of the finite values; None if there are none."""
    values = values[np.isfinite(values)]
    if values.size == 0:
        return None
    minimum, low, median, high, maximum = (float(q) for q in np.quantile(values, [0.0, 0.01, 0.5, 0.99, 1.0]))
    return Quantiles(minimum=minimum, low=low, median=median, high=high, maximum=maximum, n=int(values.size))
