"""Setting the radius of every layer from activations that the model really has.

With the variant "exact" and c = 1 a token of typical RMS has u = 1 and a gain of at most 1.2; layers that are not normalised
have far larger u. Calibrated, the chosen quantile of u = |x|/R is the same in every layer. Meant for before training: it
changes what a trained adapter computes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.hyplora.adapters import adapted_layers, require_adapter, use_adapter
from hypviz.hyplora.closed_form import curvature_from_log_radius
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.delta import CLOSED
from hypviz.hyplora.layer import LOG_RADIUS
from hypviz.hyplora.norms import norms
from hypviz.hyplora.observing import Seen, observed, quantiles
from hypviz.records.hyplora import LayerRadius, RadiusCalibration


def calibrate_radius(
    peft_model: PeftModel, adapter: str, batch: Mapping[str, Tensor] | Tensor, quantile: float = 0.99, target: float = 3.0
) -> RadiusCalibration:
    """Set R in each layer of a HypLoRA adapter so that the `quantile` of u over the batch's visible tokens is `target`."""
    key = require_adapter(peft_model, adapter)
    config = peft_model.peft_config[key]
    if not isinstance(config, HypLoraConfig):
        raise AdapterError(f"The adapter {adapter} is plain LoRA and has no radius; calibrate a HypLoRA adapter.")
    if config.variant not in CLOSED:
        raise AdapterError(f"The variant {config.variant} has no radius to calibrate; use exact or paper.")
    if not (0.0 < quantile <= 1.0 and target > 0.0):
        raise AdapterError(f"A radius needs a quantile above 0 and at most 1 and a target above 0, but got {quantile} and {target}.")
    sizes = _input_sizes(peft_model, adapter, batch)
    layers, unchanged = [], []
    for name, norms_seen in sizes.items():
        radius = float(np.quantile(norms_seen, quantile)) / target
        layer = adapted_layers(peft_model)[name]
        if not (radius > 0.0 and np.isfinite(radius)):
            unchanged.append(name)
            continue
        parameter = getattr(layer, LOG_RADIUS)[key]
        before = float(parameter.detach().double().exp())
        with torch.no_grad():
            parameter.fill_(float(np.log(radius)))
        u_before, u = quantiles(norms_seen / before), quantiles(norms_seen / radius)
        assert u_before is not None and u is not None
        c = curvature_from_log_radius(float(np.log(radius)), d=layer.in_features, wide=config.variant == "exact")
        layers.append(LayerRadius(layer=name, radius=radius, c=c, u_before=u_before, u=u))
    n_tokens = max((len(values) for values in sizes.values()), default=0)
    return RadiusCalibration(
        adapter=adapter, quantile=quantile, target=target, n_tokens=n_tokens, layers=tuple(layers), unchanged=tuple(unchanged)
    )


def _input_sizes(peft_model: PeftModel, adapter: str, batch: Mapping[str, Tensor] | Tensor) -> dict[str, np.ndarray]:
    """|x| of every visible token, by layer, from one forward pass without dropout."""
    chunks: dict[str, list[np.ndarray]] = {}

    def note(seen: Seen) -> None:
        chunks.setdefault(seen.name, []).append(norms(seen.x).cpu().numpy())

    inputs = {"input_ids": batch} if isinstance(batch, Tensor) else {name: batch[name] for name in batch if name != "labels"}
    was_training = peft_model.training
    peft_model.eval()
    try:
        with torch.no_grad(), use_adapter(peft_model, adapter), observed(peft_model, note):
            peft_model(**inputs)
    finally:
        peft_model.train(was_training)
    sizes = {name: np.concatenate(values) for name, values in chunks.items()}
    if not sizes or all(len(values) == 0 for values in sizes.values()):
        raise AdapterError(f"The batch holds no visible token for the adapter {adapter}; calibrate on at least one text.")
    if not all(np.isfinite(values).all() for values in sizes.values()):
        raise AdapterError("The model's activations are not finite on this batch, so no radius fits them; check the model's weights.")
    return sizes
