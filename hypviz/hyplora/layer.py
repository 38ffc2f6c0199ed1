"""Turning one plain PEFT LoRA layer into a HypLoRA layer.

The layer keeps PEFT's own A, B, dropout and scaling and gains `lora_log_radius`, one (1,)-shaped float32 parameter per adapter
(FSDP refuses 0-d parameters). PEFT calls `HypLoraVariant.forward` in place of its own product.
"""

from __future__ import annotations

import torch
from peft.tuners.lora.layer import Linear, LoraVariant
from torch import Tensor, nn

from hypviz.errors import AdapterError
from hypviz.hyplora.closed_form import delta_at_radius, log_radius_from_curvature
from hypviz.hyplora.config import HypLoraConfig

LOG_RADIUS = "lora_log_radius"
MERGE_REFUSAL = (
    "A HypLoRA adapter cannot be merged into the base weights, because its gain depends on each token; "
    "keep it as an adapter, or train LoRA if you need merged weights."
)


class HypLoraVariant(LoraVariant):
    """PEFT's hook for one adapter of one layer: z = W x + s g B A x."""

    def supports_lora_conversion(self) -> bool:
        """No: no linear map equals it."""
        return False

    @staticmethod
    def forward(module: Linear, active_adapter: str, x: Tensor, result: Tensor, **_: object) -> Tensor:
        """The base output plus the scaled HypLoRA update; the gain sees the same dropped-out x as A does."""
        update = delta_at_radius(
            module.lora_dropout[active_adapter](x),
            module.lora_A[active_adapter].weight,
            module.lora_B[active_adapter].weight,
            log_radius=getattr(module, LOG_RADIUS)[active_adapter],
        )
        return result + update * module.scaling[active_adapter]

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
    if not isinstance(layer, Linear):
        kind = type(layer).__name__
        raise AdapterError(f"HypLoRA adapts Linear and Conv1D layers, but {where} became a {kind}; take it out of target_modules.")
    if not hasattr(layer, LOG_RADIUS):
        setattr(layer, LOG_RADIUS, nn.ParameterDict())
        layer.adapter_layer_names = (*layer.adapter_layer_names, LOG_RADIUS)
    start = log_radius_from_curvature(config.c, d=layer.in_features, variant=config.variant)
    weight = layer.lora_A[adapter].weight  # the radius never gets narrower than float32, even beside bfloat16 adapters
    getattr(layer, LOG_RADIUS)[adapter] = nn.Parameter(start.to(weight.device, torch.promote_types(weight.dtype, torch.float32)))
    if not config.learn_c:
        layer.frozen_peft_weight_names = {**layer.frozen_peft_weight_names, adapter: (LOG_RADIUS,)}
    layer.lora_variant[adapter] = HypLoraVariant()
