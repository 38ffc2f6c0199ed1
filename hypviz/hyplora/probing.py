"""A probe: per layer and token u = |x|/R, |B A x|, the gain g and |Delta|/|W x|, while the model runs anyway.

The values are computed from the layer's input without dropout. Plain LoRA layers have gain 1 and no u; the official variants have
no u either, and their gain is the measured |delta|/|B A x|. Costs nothing when off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from peft import PeftModel

from hypviz.errors import AdapterError
from hypviz.hyplora.adapters import shown_name
from hypviz.hyplora.gain import GAIN_CAP, true_gain
from hypviz.hyplora.layer import LOG_RADIUS, HypLoraVariant
from hypviz.hyplora.norms import gram_matrix, norms, norms_through
from hypviz.hyplora.observing import Seen, observed, quantiles
from hypviz.records.hyplora import AdapterProbe, LayerProbe, ProbeSummary, ProbeTokens, PromptProbe

ACTING_AS_LORA_WITHIN = 0.05


@dataclass(slots=True)
class _Column:
    """Chunks of per-token values in the order they came; u stays empty where there is no radius."""

    hyperbolic: bool = False
    u: list[np.ndarray] = field(default_factory=list)
    ba_norm: list[np.ndarray] = field(default_factory=list)
    gain: list[np.ndarray] = field(default_factory=list)
    ratio: list[np.ndarray] = field(default_factory=list)
    n_capped: int = 0
    n_as_lora: int = 0

    def layer_probe(self, layer: str) -> LayerProbe | None:
        ba_norm, gains = quantiles(_joined(self.ba_norm)), quantiles(_joined(self.gain))
        if ba_norm is None or gains is None:
            return None
        return LayerProbe(
            layer=layer,
            n_tokens=ba_norm.n,
            n_capped=self.n_capped,
            n_as_lora=self.n_as_lora,
            u=quantiles(_joined(self.u)),
            ba_norm=ba_norm,
            gain=gains,
            ratio=quantiles(_joined(self.ratio)),
        )


class Probe:
    """What was seen so far; usable while it runs and after it closed."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, _Column]] = {}

    def clear(self) -> None:
        """Forget everything seen so far."""
        self._columns.clear()

    def summary(self) -> ProbeSummary:
        """Medians, extremes and outer percentiles per layer and over all layers, for every adapter that ran."""
        return ProbeSummary(adapters=tuple(filter(None, (_summed(key, columns) for key, columns in self._columns.items()))))

    def tokens(self, adapter: str, layer: str) -> ProbeTokens:
        """The values of one adapter in one layer, token by token; `AdapterError` if it did not run."""
        column = next((columns.get(layer) for key, columns in self._columns.items() if shown_name(key) == adapter), None)
        if column is None:
            raise AdapterError(
                f"The adapter {adapter} did not run in layer {layer} while the probe was on; run the model inside the probe."
            )
        u = _joined(column.u) if column.u else None
        values = {"ba_norm": _joined(column.ba_norm), "gain": _joined(column.gain), "ratio": _joined(column.ratio)}
        return ProbeTokens(adapter=adapter, layer=layer, u=u, **values)

    def on_prompt(self, adapter: str, pieces: tuple[str, ...]) -> PromptProbe | None:
        """The values of one adapter after one run of one prompt, whose tokens as typed are `pieces`; None if no layer saw just these."""
        columns = next((found for key, found in self._columns.items() if shown_name(key) == adapter), {})
        whole = [name for name, column in columns.items() if sum(map(len, column.gain)) == len(pieces)]
        if not whole:
            return None
        tokens = [self.tokens(adapter, name) for name in whole]
        stretched = [t.u for t in tokens if t.u is not None]
        return PromptProbe(
            layers=tuple(whole),
            pieces=pieces,
            u=_map(stretched) if len(stretched) == len(whole) else None,
            ba_norm=_map([t.ba_norm for t in tokens]),
            gain=_map([t.gain for t in tokens]),
            ratio=_map([t.ratio for t in tokens]),
        )

    def record(self, seen: Seen) -> None:
        """Add the tokens that one layer has just processed."""
        layer, key = seen.layer, seen.adapter
        a_weight, b_weight = layer.lora_A[key].weight, layer.lora_B[key].weight
        x = seen.x.to(a_weight.dtype)
        ba_norm = norms_through(gram_matrix(b_weight), (x @ a_weight.T).double())
        column = self._columns.setdefault(key, {}).setdefault(seen.name, _Column())
        g = torch.ones_like(ba_norm)
        variant = layer.lora_variant.get(key)
        column.hyperbolic = isinstance(variant, HypLoraVariant)
        if column.hyperbolic and LOG_RADIUS not in variant.geometry:
            g = norms(variant.update(layer, key, x)) / ba_norm
        elif column.hyperbolic:
            radius = getattr(layer, LOG_RADIUS)[key].weight.double().exp()
            u = norms(x) / radius
            g = true_gain(u, ba_norm / radius)
            if variant.lora_beyond is not None:
                beyond = u > variant.lora_beyond
                column.n_as_lora += int(beyond.sum())
                g = torch.where(beyond, 1.0, g)
            column.n_capped += int((g > GAIN_CAP).sum())
            g = g.clamp(max=GAIN_CAP)
            column.u.append(u.cpu().numpy())
        column.ba_norm.append(ba_norm.cpu().numpy())
        column.gain.append(g.cpu().numpy())
        column.ratio.append((abs(layer.scaling[key]) * g * ba_norm / seen.base_norm).cpu().numpy())


@contextmanager
def probe(peft_model: PeftModel) -> Iterator[Probe]:
    """Record every adapted layer of the model while the context is open; `Probe.summary()` at any time."""
    watching = Probe()
    with observed(peft_model, watching.record):
        yield watching


def acting_as_lora(entry: AdapterProbe, *, tolerance: float = ACTING_AS_LORA_WITHIN) -> str | None:
    """The sentence for a HypLoRA adapter whose gain stayed within `tolerance` of 1 at every token, else None."""
    gains = entry.overall.gain
    if not entry.hyperbolic or gains.minimum < 1.0 - tolerance or gains.maximum > 1.0 + tolerance:
        return None
    return (
        f"HypLoRA is acting as LoRA: its gain stays between {gains.minimum:.3f} and {gains.maximum:.3f} "
        f"on all {gains.n} token steps seen; a smaller radius (calibrated) or a larger c makes it differ."
    )


def _summed(key: str, columns: dict[str, _Column]) -> AdapterProbe | None:
    parts = list(columns.values())
    whole = _Column(
        u=[chunk for part in parts for chunk in part.u],
        ba_norm=[chunk for part in parts for chunk in part.ba_norm],
        gain=[chunk for part in parts for chunk in part.gain],
        ratio=[chunk for part in parts for chunk in part.ratio],
        n_capped=sum(part.n_capped for part in parts),
        n_as_lora=sum(part.n_as_lora for part in parts),
        hyperbolic=any(part.hyperbolic for part in parts),
    )
    overall = whole.layer_probe("all layers")
    if overall is None:
        return None
    layers = tuple(filter(None, (column.layer_probe(name) for name, column in columns.items())))
    return AdapterProbe(adapter=shown_name(key), hyperbolic=whole.hyperbolic, overall=overall, layers=layers)


def _map(rows: list[np.ndarray]) -> np.ndarray:
    return np.stack(rows).astype(np.float32)


def _joined(chunks: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(chunks) if chunks else np.empty(0)
