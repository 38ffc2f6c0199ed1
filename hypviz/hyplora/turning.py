"""The curvature of a loaded HypLoRA adapter turned up or down in memory, from 0, where it is plain LoRA; its folder stays as it is."""

from __future__ import annotations

import math

from peft import PeftModel

from hypviz.errors import AdapterError
from hypviz.gains import RadialGain
from hypviz.gains.entry import LOG_RADIUS
from hypviz.hyplora.adapters import adapted_layers, require_adapter
from hypviz.hyplora.layer import HypLoraVariant


def turn_curvature(peft_model: PeftModel, name: str, factor: float) -> None:
    """Multiply the curvature c of every layer of the adapter by `factor`, R thus by 1/sqrt(factor).

    With 0 (R = infinity) the layers are PEFT's own LoRA layers with the same A and B, bit for bit. `AdapterError`, with nothing changed,
    for a factor that is no finite number of at least 0, and for an adapter without a radius.
    """
    if not 0.0 <= factor < math.inf:
        raise AdapterError(f"The curvature can be multiplied by a finite number of at least 0, but got {factor}; 0 is LoRA, 1 as trained.")
    key = require_adapter(peft_model, name)
    layers = [layer for layer in adapted_layers(peft_model).values() if key in layer.lora_A]
    variants = [layer.lora_variant.get(key) for layer in layers]
    if not all(isinstance(variant, HypLoraVariant) and isinstance(variant.gain, RadialGain) for variant in variants) or not layers:
        raise AdapterError(
            f"The adapter {name} has no radius, so there is no curvature to turn; choose a HypLoRA adapter of its own variants."
        )
    for layer in layers:
        if factor == 0.0:
            del layer.lora_variant[key]
            continue
        radius = getattr(layer, LOG_RADIUS)[key].weight
        radius.data = radius.data - 0.5 * math.log(factor)  # a new tensor: what was read of the folder may be shared
