"""A probe: per layer and token u = |x|/R, |B A x|, the gain g and |Delta|/|W x|, while the model runs anyway.

Per layer also what of it LoRA could do: how far the gain varies within the layer, and the share of the update that LoRA at the layer's
median gain does not give; and how many tokens are massive, and where in their rows. The values are computed from the layer's input
without dropout. Plain LoRA layers have gain 1 and no u; the official variants have no u either, and their gain is the measured
|delta|/|B A x|. Costs nothing when off.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor

from hypviz.errors import AdapterError
from hypviz.gains import GAIN_CAP, RadialGain
from hypviz.gains.entry import LOG_RADIUS
from hypviz.hyplora.adapters import shown_name
from hypviz.hyplora.closed_form import curvature_from_log_radius
from hypviz.hyplora.layer import HypLoraVariant
from hypviz.hyplora.norms import gram_matrix, in_float64, norms, norms_through
from hypviz.hyplora.observing import Seen, observed, quantiles
from hypviz.records.hyplora import MASSIVE, AdapterProbe, LayerProbe, ProbeSummary, ProbeTokens, PromptProbe


@dataclass(slots=True)
class _Column:
    """Chunks of per-token values in the order they came; u stays empty where there is no radius."""

    hyperbolic: bool = False
    u: list[np.ndarray] = field(default_factory=list)
    ba_norm: list[np.ndarray] = field(default_factory=list)
    gain: list[np.ndarray] = field(default_factory=list)
    ratio: list[np.ndarray] = field(default_factory=list)
    size: list[np.ndarray] = field(default_factory=list)
    positions: list[np.ndarray | None] = field(default_factory=list)
    n_capped: int = 0
    n_as_lora: int = 0
    c: float | None = None
    lora_beyond: float | None = None

    def radial(self, gain: RadialGain, layer: LoraLayer, key: str, size: Tensor, ba_norm: Tensor, lora_beyond: float | None) -> Tensor:
        """The gain of every token of a layer that has a radius; notes u, c, and how many tokens are capped or adapted as LoRA."""
        log_radius = in_float64(getattr(layer, LOG_RADIUS)[key].weight)
        radius = log_radius.exp()
        u = size / radius
        self.c = curvature_from_log_radius(float(log_radius), d=layer.in_features, wide=gain.wide)
        self.lora_beyond = lora_beyond
        g = gain.gain(u, ba_norm / radius)
        if lora_beyond is not None:
            beyond = u > lora_beyond
            self.n_as_lora += int(beyond.sum())
            g = torch.where(beyond, 1.0, g)
        self.n_capped += int((g > GAIN_CAP).sum())
        self.u.append(u.cpu().numpy())
        return g.clamp(max=GAIN_CAP)

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

    def with_variation(self, layer: str) -> LayerProbe | None:
        """`layer_probe` and what is measured within one layer only."""
        plain = self.layer_probe(layer)
        if plain is None:
            return None
        told = {"c": self.c, "lora_beyond": self.lora_beyond, **_massive(_joined(self.size), self.positions)}
        if not self.hyperbolic:
            return replace(plain, **told)
        gains, ba_norm = _joined(self.gain), _joined(self.ba_norm)
        seen = np.isfinite(gains)
        low, high = (float(q) for q in np.quantile(gains[seen], [0.05, 0.95]))
        share = _unlike_lora(gains[seen], ba_norm[seen], plain.gain.median)
        return replace(plain, gain_p5=low, gain_p95=high, unlike_lora=share, **told)


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

    def not_finite(self, adapter: str) -> tuple[str, ...]:
        """The layers that some token reached with an |x| that is not finite, in the order they ran."""
        columns = next((found for key, found in self._columns.items() if shown_name(key) == adapter), {})
        return tuple(name for name, column in columns.items() if not all(np.isfinite(chunk).all() for chunk in column.size))

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
        ba_norm = norms_through(gram_matrix(b_weight), in_float64(x @ a_weight.T))
        column = self._columns.setdefault(key, {}).setdefault(seen.name, _Column())
        g, size = torch.ones_like(ba_norm), norms(x)
        variant = layer.lora_variant.get(key)
        if isinstance(variant, HypLoraVariant):
            column.hyperbolic = True
            if isinstance(variant.gain, RadialGain):
                g = column.radial(variant.gain, layer, key, size, ba_norm, variant.lora_beyond)
            else:
                g = norms(variant.update(layer, key, x)) / ba_norm
        column.size.append(size.cpu().numpy())
        column.positions.append(None if seen.positions is None else seen.positions.cpu().numpy())
        column.ba_norm.append(ba_norm.cpu().numpy())
        column.gain.append(g.cpu().numpy())
        column.ratio.append((abs(layer.scaling[key]) * g * ba_norm / seen.base_norm).cpu().numpy())


@contextmanager
def probe(peft_model: PeftModel) -> Generator[Probe]:
    """Record every adapted layer of the model while the context is open; `Probe.summary()` at any time."""
    watching = Probe()
    with observed(peft_model, watching.record):
        yield watching


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
    layers = tuple(filter(None, (column.with_variation(name) for name, column in columns.items())))
    overall = replace(overall, n_massive=sum(layer.n_massive or 0 for layer in layers))
    return AdapterProbe(adapter=shown_name(key), hyperbolic=whole.hyperbolic, overall=overall, layers=layers)


def _unlike_lora(gains: np.ndarray, ba_norm: np.ndarray, scale: float) -> float | None:
    """sum (g - m)^2 |BAx|^2 / sum g^2 |BAx|^2 for m = `scale`; None where the update is 0."""
    largest = float((gains * ba_norm).max(initial=0.0))
    if not largest > 0.0:
        return None
    weights = ba_norm / largest  # squares of capped gains stay within float64
    return float((((gains - scale) * weights) ** 2).sum() / ((gains * weights) ** 2).sum())


def _massive(size: np.ndarray, chunks: list[np.ndarray | None]) -> dict[str, object]:
    """The fields of a `LayerProbe` about massive tokens, from |x| of all tokens and their positions, chunk by chunk."""
    median = float(np.median(size))
    massive = size > MASSIVE * median if median > 0.0 else np.zeros(len(size), dtype=bool)
    told: dict[str, object] = {"n_massive": int(massive.sum()), "longest": float(size.max() / median) if median > 0.0 else None}
    known = [chunk for chunk in chunks if chunk is not None]
    if len(known) < len(chunks):
        return told
    positions = np.concatenate(known)
    where = positions[massive]
    return told | {
        "n_massive_first": int((where == 0).sum()),
        "massive_positions": tuple(int(at) for at in np.unique(where)),
        "n_rows": int((positions == 0).sum()),
    }


def _map(rows: list[np.ndarray]) -> np.ndarray:
    return np.stack(rows).astype(np.float32)


def _joined(chunks: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(chunks) if chunks else np.empty(0)
