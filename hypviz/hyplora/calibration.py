"""Setting the radius of every layer from activations that the model really has.

With the variant "exact" and c = 1 a token's u is the RMS of its x, and its gain at most sinh(u)/u: 1.2 at an RMS of 1, but 1.03 at .4,
which the median token of SmolLM2-135M stays below where inputs are normalised; layers that are not have far larger u.
Calibrated, the chosen quantile of u = |x|/R is the same in every layer. Meant for before training: it
changes what a trained adapter computes.

A token whose |x| is more than `MASSIVE` times the layer's median is reported as massive. By default every token counts, massive ones
too: the longest of each layer is brought to the target, and where it is massive the others are so short against the radius that
HypLoRA is LoRA for them. A smaller quantile leaves tokens that are rarer than it allows for far above the target; the first update
of training is then about as long as such a token, however small B is, unless the adapter's `lora_beyond` makes it LoRA's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real

import numpy as np
import torch
from jaxtyping import Integer, Shaped
from peft import PeftConfig, PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.gains import RadialGain, radial_gains
from hypviz.gains.entry import LOG_RADIUS
from hypviz.hyplora.adapters import adapted_layers, require_adapter, shown_name, use_adapter
from hypviz.hyplora.closed_form import curvature_from_log_radius
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.delta import gain_of
from hypviz.hyplora.norms import norms
from hypviz.hyplora.observing import Seen, model_inputs, observed, pieces, quantiles
from hypviz.records.hyplora import MASSIVE, LayerRadius, MassiveToken, RadiusCalibration
from hypviz.work import NOBODY, Work

_MOST_LISTED = 20


def calibrate_radius(
    peft_model: PeftModel,
    batch: Mapping[str, Shaped[Tensor, "rows length ..."]] | Integer[Tensor, "rows length"],
    quantile: float = 1.0,
    target: float = 3.0,
    *,
    adapter: str | None = None,
    rows_at_once: int | None = None,
    work: Work = NOBODY,
) -> RadiusCalibration:
    """Set R in each layer of a HypLoRA adapter so that the `quantile` of u over the batch's visible tokens is `target`.

    `adapter` may be left out if the model has exactly one HypLoRA adapter. `rows_at_once` runs a large batch piece by piece,
    and `Stopped` is raised between two of them, with every radius as it was.
    """
    if not isinstance(peft_model, PeftModel):
        raise AdapterError(f"A radius belongs to an adapter, but {type(peft_model).__name__} has none; call get_peft_model first.")
    adapter = _only_hyplora(peft_model) if adapter is None else adapter
    key = require_adapter(peft_model, adapter)
    gain = _radial(peft_model.peft_config[key], adapter)
    if not all(isinstance(number, Real) for number in (quantile, target)) or not (0.0 < quantile <= 1.0 and target > 0.0):
        raise AdapterError(f"A radius needs a quantile above 0 and at most 1 and a target above 0, but got {quantile!r} and {target!r}.")
    inputs = model_inputs(batch, "Calibration")
    sizes, modules = _input_sizes(peft_model, adapter, inputs, rows_at_once, work), adapted_layers(peft_model)
    layers: list[LayerRadius] = []
    unchanged: list[str] = []
    for name, seen in sizes.items():
        radius = float(np.quantile(seen, quantile)) / target
        if not (radius > 0.0 and np.isfinite(radius)):
            unchanged.append(name)
            continue
        layers.append(_set_radius(modules[name], key, name, seen, radius, inputs, wide=gain.wide))
    n_tokens = max((len(values) for values in sizes.values()), default=0)
    return RadiusCalibration(
        adapter=adapter, quantile=quantile, target=target, n_tokens=n_tokens, layers=tuple(layers), unchanged=tuple(unchanged)
    )


def _radial(config: PeftConfig, adapter: str) -> RadialGain:
    """The gain of an adapter that has a radius."""
    if not isinstance(config, HypLoraConfig):
        raise AdapterError(f"The adapter {adapter} is plain LoRA and has no radius; calibrate a HypLoRA adapter.")
    gain = gain_of(str(config.variant))
    if not isinstance(gain, RadialGain):
        raise AdapterError(f"The variant {config.variant} has no radius to calibrate; use {' or '.join(radial_gains())}.")
    return gain


def _set_radius(
    layer: LoraLayer, key: str, name: str, seen: np.ndarray, radius: float, inputs: Mapping[str, Tensor], *, wide: bool
) -> LayerRadius:
    """Give one layer this radius; `seen` are the |x| of the tokens that it met."""
    parameter = getattr(layer, LOG_RADIUS)[key].weight
    before = float(parameter.detach().double().exp())
    with torch.no_grad():
        parameter.fill_(float(np.log(radius)))
    u_before, u = quantiles(seen / before), quantiles(seen / radius)
    assert u_before is not None and u is not None
    c = curvature_from_log_radius(float(np.log(radius)), d=layer.in_features, wide=wide)
    n_massive, massive = _massive(seen, radius, inputs)
    return LayerRadius(layer=name, radius=radius, c=c, u_before=u_before, u=u, n_massive=n_massive, massive=massive)


def _only_hyplora(peft_model: PeftModel) -> str:
    """The name of the model's one HypLoRA adapter."""
    names = [shown_name(key) for key, config in peft_model.peft_config.items() if isinstance(config, HypLoraConfig)]
    if len(names) != 1:
        found = f"has {len(names)} HypLoRA adapters ({', '.join(names)})" if names else "has no HypLoRA adapter"
        raise AdapterError(f"The model {found}, so which radius to set is open; attach one, or name it with adapter=.")
    return names[0]


def _massive(sizes: np.ndarray, radius: float, inputs: Mapping[str, Tensor]) -> tuple[int, tuple[MassiveToken, ...]]:
    """How many tokens are massive, and the largest of them, largest first."""
    median = float(np.median(sizes))
    if median == 0.0:
        return 0, ()
    found = np.flatnonzero(sizes > MASSIVE * median)
    largest = found[np.argsort(-sizes[found], kind="stable")][:_MOST_LISTED]
    places = _places(inputs, len(sizes))
    return len(found), tuple(
        MassiveToken(**places(int(i)), u=float(sizes[i] / radius), times_median=float(sizes[i] / median)) for i in largest
    )


def _places(inputs: Mapping[str, Tensor], n_seen: int) -> Callable[[int], dict[str, int | None]]:
    """Where the i-th visible token of the batch stands, if a layer that saw `n_seen` tokens saw exactly the visible ones."""
    ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
    shown = mask if isinstance(mask, Tensor) and mask.ndim == 2 else ids if ids is not None else inputs["inputs_embeds"][..., 0]
    visible = (mask.bool() if shown is mask else torch.ones_like(shown, dtype=torch.bool)).nonzero().tolist()

    def place(i: int) -> dict[str, int | None]:
        if len(visible) != n_seen:
            return {"row": None, "position": None, "token_id": None}
        row, position = visible[i]
        return {"row": row, "position": position, "token_id": None if ids is None else int(ids[row, position])}

    return place


def _input_sizes(
    peft_model: PeftModel, adapter: str, inputs: Mapping[str, Tensor], rows_at_once: int | None, work: Work
) -> dict[str, np.ndarray]:
    """|x| of every visible token, by layer, from a forward pass without dropout."""
    chunks: dict[str, list[np.ndarray]] = {}

    def note(seen: Seen) -> None:
        chunks.setdefault(seen.name, []).append(norms(seen.x).cpu().numpy())

    was_training = peft_model.training
    peft_model.eval()
    try:
        with torch.no_grad(), use_adapter(peft_model, adapter), observed(peft_model, note):
            for piece in pieces(inputs, rows_at_once):
                work.check()
                peft_model(**piece)
    finally:
        peft_model.train(was_training)
    sizes = {name: np.concatenate(values) for name, values in chunks.items()}
    if not sizes or all(len(values) == 0 for values in sizes.values()):
        raise AdapterError(f"The batch holds no visible token for the adapter {adapter}; calibrate on at least one text.")
    if not all(np.isfinite(values).all() for values in sizes.values()):
        raise AdapterError(
            f"The activations are not finite on this batch, so no radius fits them; check the weights of the model and of {adapter}."
        )
    return sizes
