"""Turning one plain PEFT LoRA layer into a HypLoRA layer.

The layer keeps PEFT's own A, B, dropout and scaling and gains the parameters of the geometry, each one number of shape (1,) in
float32 per adapter (FSDP refuses 0-d parameters): `lora_log_radius`, or for the official variants `lora_official_k` and
`lora_official_n`. PEFT calls `HypLoraVariant.forward` in place of its own product.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from peft.tuners.lora.layer import Linear, LoraVariant
from torch import Tensor, nn

from hypviz.errors import AdapterError
from hypviz.hyplora.closed_form import log_radius_from_curvature
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.delta import delta

LOG_RADIUS = "lora_log_radius"
RAW_CURVATURE = "lora_official_k"
INPUT_SCALE = "lora_official_n"
_KEYWORD = {LOG_RADIUS: "log_radius", RAW_CURVATURE: "k", INPUT_SCALE: "n"}
MERGE_REFUSAL = (
    "A HypLoRA adapter cannot be merged into the base weights, because its gain depends on each token; "
    "keep it as an adapter, or train LoRA if you need merged weights."
)


class HypLoraVariant(LoraVariant):
    """PEFT's hook for one adapter of one layer: z = W x + s delta(x)."""

    def __init__(self, variant: str, geometry: tuple[str, ...], lora_beyond: float | None) -> None:
        self.variant, self.geometry, self.lora_beyond = variant, geometry, lora_beyond

    def supports_lora_conversion(self) -> bool:
        """No: no linear map equals it."""
        return False

    def update(self, module: Linear, adapter: str, x: Tensor, *, scaling: float = 1.0, onto: Tensor | None = None) -> Tensor:
        """`delta` with the weights and the geometry that this adapter has in the layer `module`."""
        geometry = {_KEYWORD[name]: getattr(module, name)[adapter] for name in self.geometry}
        weights = module.lora_A[adapter].weight, module.lora_B[adapter].weight
        return delta(x, *weights, variant=self.variant, lora_beyond=self.lora_beyond, scaling=scaling, onto=onto, **geometry)

    def forward(self, module: Linear, active_adapter: str, x: Tensor, result: Tensor, **_: object) -> Tensor:
        """The base output plus the scaled HypLoRA update; the gain sees the same dropped-out x as A does."""
        dropped = module.lora_dropout[active_adapter](x)
        return self.update(module, active_adapter, dropped, scaling=module.scaling[active_adapter], onto=result)

    @staticmethod
    def merge_safe(module: Linear, active_adapter: str, orig_weight: Tensor) -> Tensor:
        """Refuses."""
        raise AdapterError(MERGE_REFUSAL)

    @staticmethod
    def merge_unsafe(module: Linear, active_adapter: str, orig_weight: Tensor) -> None:
        """Refuses."""
        raise AdapterError(MERGE_REFUSAL)

    @staticmethod
    def unmerge(module: Linear, active_adapter: str, orig_weight: Tensor) -> Tensor:
        """Refuses: nothing can have been merged."""
        raise AdapterError(MERGE_REFUSAL)


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
            setattr(layer, name, nn.ParameterDict())
            layer.adapter_layer_names = (*layer.adapter_layer_names, name)
        getattr(layer, name)[adapter] = nn.Parameter(value.to(weight.device, torch.promote_types(weight.dtype, torch.float32)))
    if not config.learn_c:
        layer.frozen_peft_weight_names = {**layer.frozen_peft_weight_names, adapter: tuple(geometry)}
    if not any(isinstance(variant, HypLoraVariant) for variant in layer.lora_variant.values()):
        layer.register_load_state_dict_pre_hook(_refuse_foreign_weights)
    layer.lora_variant[adapter] = HypLoraVariant(config.variant, tuple(geometry), config.lora_beyond)


def _refuse_foreign_weights(layer: nn.Module, state: Mapping[str, object], prefix: str, *_: object) -> None:
    """Weights of plain LoRA, or of another variant, loaded under the name of a HypLoRA adapter would run with a geometry not theirs."""
    for adapter, variant in layer.lora_variant.items():
        if f"{prefix}lora_A.{adapter}.weight" not in state or not isinstance(variant, HypLoraVariant):
            continue
        lacking = [name for name in variant.geometry if f"{prefix}{name}.{adapter}" not in state]
        if lacking:
            raise AdapterError(
                f"The weights for the HypLoRA adapter {adapter} lack {prefix}{lacking[0]}.{adapter}: they are incomplete, or of plain LoRA "
                "or another variant, which need a name of their own."
            )


def _geometry(config: HypLoraConfig, d: int) -> dict[str, Tensor]:
    """The starting values by parameter name, float64 of shape (1,)."""
    if config.variant == "official":
        return {RAW_CURVATURE: _one(config.official_k), INPUT_SCALE: _one(d**0.5)}
    if config.variant == "official-simplified":
        return {RAW_CURVATURE: _one(config.official_k)}
    return {LOG_RADIUS: log_radius_from_curvature(config.c, d=d, wide=config.variant == "exact")}


def _one(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)
