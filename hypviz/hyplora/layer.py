"""Turning one plain PEFT LoRA layer into a HypLoRA layer.

The layer keeps PEFT's own A, B, dropout and scaling and gains the parameters of the geometry, each one number of shape (1,) in
float32 per adapter (FSDP refuses 0-d parameters): `lora_log_radius`, or for the official variants `lora_official_k` and
`lora_official_n`, held by a module of its own (`OneNumber`) as PEFT holds A and B. PEFT calls `HypLoraVariant.forward` in place of its
own product. The layer's class becomes a subclass of itself that refuses what only a linear update has (`get_delta_weight`).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from peft import LoraConfig, LoraGAConfig
from peft.tuners.lora.layer import Linear, LoraVariant
from torch import Tensor, nn

from hypviz.errors import AdapterError
from hypviz.gains import Gain, RadialGain, ReleasedUpdate
from hypviz.gains.entry import LOG_RADIUS
from hypviz.hyplora.closed_form import log_radius_from_curvature
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.delta import gain_of, update
from hypviz.hyplora.pieces import whole_weight

MERGE_REFUSAL = (
    "A HypLoRA adapter cannot be merged into the base weights, because its gain depends on each token; "
    "keep it as an adapter, or merge the nearest plain LoRA, which as_lora (python -m hypviz export-lora) writes with its error."
)
DELTA_REFUSAL = (
    "The HypLoRA adapter {adapter} has no delta weight, because its gain depends on each token; "
    "its update of given inputs is what hypviz.hyplora.delta computes."
)
START_REFUSAL = (
    "{name} takes the start of the HypLoRA adapter {adapter} out of the base weights as if its update were B A; "
    "keep its start, or call reset_lora_parameters for a new one."
)
TRACE_REFUSAL = (
    "torch.jit.trace and what exports by it would fix the gain of a HypLoRA adapter at the traced tokens; use torch.compile, "
    "or switch the adapter off for the trace."
)


class OneNumber(nn.Module):
    """One number of the geometry: `weight` of shape (1,), never narrower than float32, whatever the model around it is cast to."""

    def __init__(self, value: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(value)

    def forward(self) -> Float[Tensor, "1"]:
        """A copy of the number, for which FSDP1 and ZeRO-3 gather it."""
        return self.weight.clone()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> OneNumber:
        def wide(tensor: Tensor) -> Tensor:
            moved = fn(tensor)
            return tensor.to(moved.device) if moved.is_floating_point() and moved.element_size() < 4 <= tensor.element_size() else moved

        return super()._apply(wide, recurse)


def _whole_number(module: nn.Module) -> Tensor:
    """The number itself, or what its module gives when it is called where processes hold it in pieces (`pieces`)."""
    return module.weight if isinstance(module, OneNumber) and module.weight.shape == (1,) else module()


class HypLoraVariant(LoraVariant):
    """PEFT's hook for one adapter of one layer: z = W x + s delta(x)."""

    def __init__(self, gain: Gain, lora_beyond: float | None) -> None:
        self.gain, self.geometry, self.lora_beyond = gain, gain.parameters, lora_beyond

    def supports_lora_conversion(self) -> bool:
        """No: no linear map equals it."""
        return False

    def update(
        self,
        module: Linear,
        adapter: str,
        x: Float[Tensor, "*batch d"],
        *,
        scaling: float = 1.0,
        onto: Float[Tensor, "*batch k"] | None = None,
    ) -> Float[Tensor, "*batch k"]:
        """`delta` with the weights and the geometry that this adapter has in the layer `module`."""
        geometry = {name: _whole_number(getattr(module, name)[adapter]) for name in self.geometry}
        weights = whole_weight(module.lora_A[adapter]), whole_weight(module.lora_B[adapter])
        return update(self.gain, x, *weights, geometry, lora_beyond=self.lora_beyond, scaling=scaling, onto=onto)

    def forward(
        self, module: Linear, active_adapter: str, x: Float[Tensor, "*batch d"], result: Float[Tensor, "*batch k"], **_: object
    ) -> Float[Tensor, "*batch k"]:
        """The base output plus the scaled HypLoRA update; the gain sees the same dropped-out x as A does."""
        if torch.jit.is_tracing():
            raise AdapterError(TRACE_REFUSAL)
        dropped = module.lora_dropout[active_adapter](x)
        return self.update(module, active_adapter, dropped, scaling=module.scaling[active_adapter], onto=result)

    @staticmethod
    def merge_safe(module: Linear, active_adapter: str, orig_weight: Float[Tensor, "k d"]) -> Float[Tensor, "k d"]:
        """Refuses."""
        raise AdapterError(MERGE_REFUSAL)

    @staticmethod
    def merge_unsafe(module: Linear, active_adapter: str, orig_weight: Float[Tensor, "k d"]) -> None:
        """Refuses."""
        raise AdapterError(MERGE_REFUSAL)

    @staticmethod
    def unmerge(module: Linear, active_adapter: str, orig_weight: Float[Tensor, "k d"]) -> Float[Tensor, "k d"]:
        """Refuses: nothing can have been merged."""
        raise AdapterError(MERGE_REFUSAL)


class _Bent:
    """Put before PEFT's class of a layer: what the layer refuses for its HypLoRA adapters, plain ones being treated as ever."""

    lora_variant: dict[str, LoraVariant]

    def get_delta_weight(self, adapter: str) -> Tensor:
        """s B A of a plain adapter; `AdapterError` for a HypLoRA adapter, whose update is no matrix."""
        if isinstance(self.lora_variant.get(adapter), HypLoraVariant):
            raise AdapterError(DELTA_REFUSAL.format(adapter=adapter))
        return super().get_delta_weight(adapter)  # type: ignore[misc]

    def pissa_init(self, adapter_name: str, init_lora_weights: str) -> None:
        """PEFT's for a plain adapter; `AdapterError` for HypLoRA, as for the other starts that rewrite the base weights."""
        self._refuse_start("pissa_init", adapter_name)
        super().pissa_init(adapter_name, init_lora_weights)  # type: ignore[misc]

    def olora_init(self, adapter_name: str) -> None:
        """As `pissa_init`."""
        self._refuse_start("olora_init", adapter_name)
        super().olora_init(adapter_name)  # type: ignore[misc]

    def corda_init(self, adapter_name: str, init_lora_weights: str) -> None:
        """As `pissa_init`."""
        self._refuse_start("corda_init", adapter_name)
        super().corda_init(adapter_name, init_lora_weights)  # type: ignore[misc]

    def loftq_init(self, adapter_name: str, config: LoraConfig) -> None:
        """As `pissa_init`."""
        self._refuse_start("loftq_init", adapter_name)
        super().loftq_init(adapter_name, config)  # type: ignore[misc]

    def lora_ga_init(self, adapter_name: str, lora_ga_config: LoraGAConfig) -> None:
        """As `pissa_init`."""
        self._refuse_start("lora_ga_init", adapter_name)
        super().lora_ga_init(adapter_name, lora_ga_config)  # type: ignore[misc]

    def _refuse_start(self, name: str, adapter: str) -> None:
        if isinstance(self.lora_variant.get(adapter), HypLoraVariant):
            raise AdapterError(START_REFUSAL.format(name=name, adapter=adapter))


class HypLoraLinear(_Bent, Linear):
    """PEFT's layer around Linear and Conv1D, with at least one HypLoRA adapter."""


@cache
def _bent_class(kind: type[Linear]) -> type[Linear]:
    """The subclass of a class of layers that also has HypLoRA adapters; of the same module, by which others tell PEFT's layers apart."""
    return HypLoraLinear if kind is Linear else type(f"HypLora{kind.__name__}", (_Bent, kind), {"__module__": kind.__module__})


def bend(layer: nn.Module, adapter: str, config: HypLoraConfig, where: str) -> None:
    """Make `adapter` of the plain LoRA layer `layer` (named `where` in messages) a HypLoRA adapter."""
    # PEFT has layers of their own for bitsandbytes, which call a variant as `Linear` does; the update needs x and not their weights
    if not isinstance(layer, Linear) and type(layer).__module__ != "peft.tuners.lora.bnb":
        kind = type(layer).__name__
        raise AdapterError(f"HypLoRA adapts Linear and Conv1D layers, but {where} became a {kind}; take it out of target_modules.")
    geometry = _geometry(config, layer.in_features)
    weight = layer.lora_A[adapter].weight  # the geometry never gets narrower than float32, even beside bfloat16 adapters
    for name, value in geometry.items():
        if not hasattr(layer, name):
            setattr(layer, name, nn.ModuleDict())
            layer.adapter_layer_names = (*layer.adapter_layer_names, name)
        getattr(layer, name)[adapter] = OneNumber(value.to(torch.promote_types(weight.dtype, torch.float32)).to(weight.device))
    if not config.learn_c:
        layer.frozen_peft_weight_names = {**layer.frozen_peft_weight_names, adapter: tuple(geometry)}
    if not isinstance(layer, _Bent):
        layer.__class__ = _bent_class(type(layer))
        layer.register_load_state_dict_pre_hook(_judge_weights)
    layer.lora_variant[adapter] = HypLoraVariant(gain_of(str(config.variant)), config.lora_beyond)


def _judge_weights(layer: nn.Module, state: MutableMapping[str, Any], prefix: str, *_: object) -> None:
    """Reads the names of earlier versions; refuses weights of plain LoRA, or of another variant, under a HypLoRA adapter's name.

    Those would run with a geometry that is not theirs.
    """
    for adapter, variant in layer.lora_variant.items():
        if not isinstance(variant, HypLoraVariant):
            continue
        for name in variant.geometry:
            if (former := f"{prefix}{name}.{adapter}") in state:
                state[f"{former}.weight"] = state.pop(former)
        lacking = [name for name in variant.geometry if f"{prefix}{name}.{adapter}.weight" not in state]
        if lacking and f"{prefix}lora_A.{adapter}.weight" in state:
            raise AdapterError(
                f"The weights for the HypLoRA adapter {adapter} lack {prefix}{lacking[0]}.{adapter}: they are incomplete, or of plain LoRA "
                "or another variant, which need a name of their own."
            )


def _geometry(config: HypLoraConfig, d: int) -> dict[str, Tensor]:
    """The starting values by parameter name, float64 of shape (1,)."""
    gain = gain_of(str(config.variant))
    if isinstance(gain, ReleasedUpdate):
        return {name: _one(value) for name, value in gain.start(config.official_k, d).items()}
    return {LOG_RADIUS: log_radius_from_curvature(config.c, d=d, wide=isinstance(gain, RadialGain) and gain.wide)}


def _one(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)
