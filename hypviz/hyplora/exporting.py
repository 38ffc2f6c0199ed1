"""The best plain LoRA for a HypLoRA adapter: its A and B, with one constant gain a layer in place of one gain a token.

HypLoRA adds s g B A x with a gain g of every token (arXiv 2410.04010v2, eqs. 5 to 8); no linear map equals it. Over given tokens the
constant that leaves the least squared error of the update is

    m* = sum g |B A x|^2 / sum |B A x|^2,      error = sqrt( sum (g - m*)^2 |B A x|^2 / sum g^2 |B A x|^2 ),

and an export states that error. Where a few tokens with massive activations hold nearly all of |B A x|^2, m* is theirs and the others
are missed: the median and the largest error of a token, |g - m*|/g, are stated beside it.

m* and the layer's scaling go into B, not into `alpha_pattern`: vLLM and the GGUF converter of llama.cpp read `lora_alpha` and the
ranks alone, and drop `alpha_pattern`, `rank_pattern` and (GGUF) `use_rslora` without a word. For the same reason all layers get the
largest rank, the others filled up with zeros. Nothing is trained, and the model is left as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, PeftModel
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.hyplora.adapters import adapted_layers, require_adapter, shown_name, use_adapter
from hypviz.hyplora.config import HypLoraConfig
from hypviz.hyplora.names import GEOMETRY
from hypviz.hyplora.observing import model_inputs
from hypviz.hyplora.probing import Probe, probe
from hypviz.hyplora.saving import adapter_state, base_name, config_to_save, fingerprint_of, require_free, write_folder
from hypviz.methods import of_adapter
from hypviz.records.asking import Asking
from hypviz.records.hyplora import AdapterCard, LayerLora, LoraOfHypLora
from hypviz.work import NOBODY, Work

Batch = Mapping[str, Tensor] | Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainLora:
    """A plain LoRA: its configuration, its tensors on the CPU by their names in a file, and how well it fits."""

    config: LoraConfig
    state: dict[str, Tensor]
    base_name: str
    fit: LoraOfHypLora

    def save(self, folder: str | Path, *, base_fingerprint: str, asking: Asking | None = None) -> AdapterCard:
        """Write a PEFT folder with its card; `AdapterError` if `folder` exists and is not empty.

        PEFT loads and merges it without this package. `base_fingerprint` is that of the base model, which the card names, and
        `asking` how HypLoRA was asked in training. What the
        adapter saved whole (`modules_to_save`) stays in it; vLLM and GGUF converters refuse such folders.
        """
        require_free(Path(folder), self.fit.adapter)
        return write_folder(
            Path(folder).absolute(),
            self.config,
            self.state,
            name=self.fit.adapter,
            base_fingerprint=base_fingerprint,
            base_name=self.base_name,
            method=of_adapter(bent=False),
            run_id=None,
            made_from=self.fit,
            asking=asking,
        )


def as_lora(
    peft_model: PeftModel,
    adapter: str | None = None,
    *,
    at: Batch | Sequence[Batch],
    work: Work = NOBODY,
) -> PlainLora:
    """The plain LoRA nearest to a HypLoRA adapter over the visible tokens of `at`, with its error.

    `at` is what the model is called with: token ids (rows, length) or a tokenizer's batch, or several of them, of which `work` hears
    those that are done; asked to stop, it raises `Stopped`. `adapter` may be left out if the model has exactly one HypLoRA adapter.
    The releases' variants have no closed form, but are B A x times a number too.
    Weights narrower than float32 become float32, so that m* is not rounded again. Raises `AdapterError` for plain LoRA, for an
    untrained adapter (B = 0 has no gain to hold constant) and where no token reached a layer that is not 0.
    """
    key = _hyplora_key(peft_model, adapter)
    name, saved = shown_name(key), config_to_save(peft_model, key)
    layers = {layer: module for layer, module in adapted_layers(peft_model).items() if key in module.lora_A}
    trained = {layer: bool(module.lora_B[key].weight.any()) for layer, module in layers.items()}
    if not any(trained.values()):
        raise AdapterError(f"Every B of the adapter {name} is 0, so it has no gain that could be held constant; train it first.")
    one = isinstance(at, Tensor | Mapping) or not isinstance(at, Iterable)  # what is no batch at all is refused as one
    batches = [model_inputs(batch, "An export") for batch in ([at] if one else at)]
    _require_rows(peft_model, batches)
    if not batches:
        raise AdapterError("No batch was given to export at; pass at least one text.")
    seen = _watched(peft_model, name, batches, work)
    fits = {layer: _fit(seen, name, layer, scale=layers[layer].scaling[key], trained=trained[layer]) for layer in layers}
    plain, factors = _plain_config(saved, {layer: (module.r[key], module.scaling[key]) for layer, module in layers.items()})
    factors = {layer: factors[layer] * (1.0 if fits[layer].row.gain is None else fits[layer].row.gain) for layer in layers}
    own = adapter_state(peft_model, name)
    state = {entry: tensor for entry, tensor in own.items() if not set(GEOMETRY) & set(entry.split("."))}
    for layer in layers:
        _rewrite(state, f"base_model.model.{layer}", rank=plain.r, factor=factors[layer])
    fit = _over_all(tuple(fits.values()), adapter=name, variant=str(saved.variant), made_from=fingerprint_of(saved, own))
    return PlainLora(config=plain, state=state, base_name=base_name(peft_model, saved), fit=fit)


def _over_all(fits: Sequence[_Fit], *, adapter: str, variant: str, made_from: str) -> LoraOfHypLora:
    """What all layers miss together, and each of them."""
    missed, whole = sum(fit.missed for fit in fits), sum(fit.whole for fit in fits)
    by_token = np.concatenate([fit.by_token for fit in fits])
    return LoraOfHypLora(
        adapter=adapter,
        variant=variant,
        made_from=made_from,
        n_tokens=max(fit.row.n_tokens for fit in fits),
        error=float(np.sqrt(missed / whole)),
        median_error=float(np.median(by_token)),
        largest_error=float(by_token.max()),
        layers=tuple(fit.row for fit in fits),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """One layer: its row of the record, every token's error, and the squared lengths of what is missed and of the whole update."""

    row: LayerLora
    by_token: np.ndarray
    missed: float
    whole: float


def _hyplora_key(peft_model: PeftModel, adapter: str | None) -> str:
    """PEFT's key of the HypLoRA adapter meant."""
    if not isinstance(peft_model, PeftModel):
        raise AdapterError(f"{type(peft_model).__name__} has no adapter to export; load one with PEFT first.")
    if adapter is not None:
        key = require_adapter(peft_model, adapter)
        if not isinstance(peft_model.peft_config[key], HypLoraConfig):
            raise AdapterError(f"The adapter {adapter} is plain LoRA already; save it as it is.")
        return key
    keys = [key for key, config in peft_model.peft_config.items() if isinstance(config, HypLoraConfig)]
    if len(keys) != 1:
        found = f"has {len(keys)} HypLoRA adapters ({', '.join(map(shown_name, keys))})" if keys else "has no HypLoRA adapter"
        raise AdapterError(f"The model {found}, so which one to export is open; load one, or name it with adapter=.")
    return keys[0]


def _require_rows(peft_model: PeftModel, batches: Sequence[dict[str, Tensor]]) -> None:
    """`AdapterError` for a token id that the model has no row for."""
    table = peft_model.get_input_embeddings()
    rows = getattr(table, "num_embeddings", None)
    for ids in (batch["input_ids"] for batch in batches if "input_ids" in batch):
        if rows is not None and (int(ids.min()) < 0 or int(ids.max()) >= rows):
            stranger = int(ids.min()) if int(ids.min()) < 0 else int(ids.max())
            raise AdapterError(f"An export met the token id {stranger}, but the model has ids 0 to {rows - 1}; use its own tokenizer.")


def _watched(peft_model: PeftModel, name: str, batches: Sequence[dict[str, Tensor]], work: Work) -> Probe:
    """Every token of the batches, from one forward pass each without dropout."""
    was_training = peft_model.training
    peft_model.eval()
    try:
        with torch.no_grad(), use_adapter(peft_model, name), probe(peft_model) as seen:
            for done, batch in enumerate(batches, start=1):
                work.check()
                peft_model(**batch)
                work.report(done, len(batches))
    finally:
        peft_model.train(was_training)
    return seen


def _fit(seen: Probe, name: str, layer: str, *, scale: float, trained: bool) -> _Fit:
    """The least-squares gain of one layer and its error; both None where the update is 0 whatever the gain."""
    try:
        tokens = seen.tokens(name, layer)
    except AdapterError:
        size, gains = np.empty(0), np.empty(0)
    else:
        moved = tokens.ba_norm != 0.0  # a token whose B A x is 0 has no update, whatever its gain
        size, gains = tokens.ba_norm[moved], tokens.gain[moved]
    if not (np.isfinite(size).all() and np.isfinite(gains).all()):
        raise AdapterError(f"The adapter {name} is not finite on these tokens in {layer}; check the weights of the model and of {name}.")
    if not trained:
        row = LayerLora(layer=layer, gain=None, error=None, median_error=None, largest_error=None, n_tokens=0)
        return _Fit(row=row, by_token=np.empty(0), missed=0.0, whole=0.0)
    if not len(size):
        raise AdapterError(
            f"No visible token of the batch reached {layer} of the adapter {name} with an update other than 0; export at texts that use "
            "every layer."
        )
    unit = size.max()  # squares of the lengths themselves could leave the range of float64
    squares = (size / unit) ** 2
    gain = float(np.dot(gains, squares) / squares.sum())
    missed, whole = float(np.dot((gains - gain) ** 2, squares)), float(np.dot(gains**2, squares))
    by_token = np.abs(gains - gain) / gains
    row = LayerLora(
        layer=layer,
        gain=gain,
        error=float(np.sqrt(missed / whole)),
        median_error=float(np.median(by_token)),
        largest_error=float(by_token.max()),
        n_tokens=len(size),
    )
    return _Fit(row=row, by_token=by_token, missed=missed * (scale * unit) ** 2, whole=whole * (scale * unit) ** 2)


def _plain_config(config: HypLoraConfig, layers: Mapping[str, tuple[int, float]]) -> tuple[LoraConfig, dict[str, float]]:
    """A LoRA config of one rank and one alpha, and by layer what its B is multiplied by to keep the (rank, scaling) it had."""
    plain = config.plain()
    plain.r = max(rank for rank, _ in layers.values())
    plain.lora_alpha = config.lora_alpha or plain.r
    plain.rank_pattern, plain.alpha_pattern, plain.use_rslora, plain.inference_mode = {}, {}, False, True
    if isinstance(plain.target_modules, set):
        plain.target_modules = sorted(plain.target_modules)
    scaling = plain.lora_alpha / plain.r
    return plain, {layer: own / scaling for layer, (_, own) in layers.items()}


def _rewrite(state: dict[str, Tensor], layer: str, *, rank: int, factor: float) -> None:
    """A and B of one layer at `rank`, filled up with zeros, and B times `factor`; at least float32."""
    A, B = (state[f"{layer}.lora_{part}.weight"] for part in "AB")
    dtype = torch.promote_types(A.dtype, torch.float32)
    wide_a, wide_b = A.new_zeros(rank, A.shape[1], dtype=dtype), B.new_zeros(B.shape[0], rank, dtype=dtype)
    wide_a[: A.shape[0]] = A
    wide_b[:, : B.shape[1]] = B.double() * factor
    state[f"{layer}.lora_A.weight"], state[f"{layer}.lora_B.weight"] = wide_a, wide_b
