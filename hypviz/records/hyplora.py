"""Records of HypLoRA: what an adapter folder says about itself, a radius calibration, and what a probe saw.

u = |x|/R, ba_norm = |B A x|, gain = g and ratio = |s g B A x|/|W x| are per token and layer; plain LoRA layers have gain 1 and no u.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hypviz.records.asking import Asking
from hypviz.records.base import Record

GAIN, U, RATIO, BA_NORM = "gain", "u", "ratio", "ba_norm"
MASSIVE = 10.0  # a token is massive from so many times the layer's median |x|
LARGEST_ALPHA = 1e9  # of an adapter that can be loaded: float32 overflows long before B A may be multiplied by more
LARGEST_CURVATURE = 1e100  # beyond it 1/R^2 overflows in the gradients
QUANTITIES = (GAIN, U, RATIO, BA_NORM)  # what a probe measures, by the names of the fields below


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerLora(Record):
    """One layer of a plain LoRA made from HypLoRA: the constant gain m* in place of each token's g, over `n_tokens` with an update.

    `error` is sqrt(sum (g - m*)^2 |B A x|^2 / sum g^2 |B A x|^2), `median_error` and `largest_error` are those of a token, |g - m*|/g.
    All are None where B = 0 and the gain changes nothing.
    """

    layer: str
    gain: float | None
    error: float | None
    median_error: float | None
    largest_error: float | None
    n_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraOfHypLora(Record):
    """How a plain LoRA was made from the HypLoRA adapter of fingerprint `made_from`, and what of its update it misses.

    The errors are those of `LayerLora` over all layers, each update with its scaling; `n_tokens` is the most that a layer saw.
    """

    adapter: str
    variant: str
    made_from: str
    n_tokens: int
    error: float
    median_error: float
    largest_error: float
    layers: tuple[LayerLora, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterCard(Record):
    """`hypviz.json` beside a PEFT adapter; the fingerprints are sha256 in hex, `base_name` is for people only.

    `fingerprint_rule` says what the adapter's fingerprint counts: 1 some of its settings, 2 all of its own. `made_from` is there for a
    plain LoRA that an export made of HypLoRA. `asking` says how it was asked in training; a card without a word is of a time when that was
    always the plain question.
    """

    method: str
    run_id: str | None
    base_fingerprint: str
    base_name: str
    adapter_fingerprint: str
    fingerprint_rule: int = 1
    versions: dict[str, str] = field(default_factory=dict)
    made_from: LoraOfHypLora | None = None
    asking: Asking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles(Record):
    """Of one scalar over all tokens seen; low and high are the 1st and 99th percentile."""

    minimum: float
    low: float
    median: float
    high: float
    maximum: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MassiveToken(Record):
    """A token with a massive activation: u is its |x|/R, `times_median` its |x| over the layer's median.

    `row` and `position` count from 0 in the batch, padding included; they are None in a layer that does not see the batch token by
    token, and `token_id` also where the batch held embeddings.
    """

    row: int | None
    position: int | None
    token_id: int | None
    u: float
    times_median: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRadius(Record):
    """One layer after calibration; c is the curvature of this radius, and `massive` lists the largest of `n_massive` tokens."""

    layer: str
    radius: float
    c: float
    u_before: Quantiles
    u: Quantiles
    n_massive: int
    massive: tuple[MassiveToken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusCalibration(Record):
    """What `calibrate_radius` set; `unchanged` names layers whose inputs were all zero."""

    adapter: str
    quantile: float
    target: float
    n_tokens: int
    layers: tuple[LayerRadius, ...]
    unchanged: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerProbe(Record):
    """What one layer did under one adapter; u is None for plain LoRA, ratio is None where every |W x| was 0.

    `gain_p5` and `gain_p95` are percentiles of the gain over the layer's tokens, None for plain LoRA. `unlike_lora` is the share of
    the update's variance that LoRA with its alpha times the layer's median gain m does not give, sum (g - m)^2 |BAx|^2 over
    sum g^2 |BAx|^2: 0 where g is m everywhere, above 1 where that LoRA is farther from the update than no update is; None while
    B = 0. `c` is the curvature at the radius in use.

    `n_massive` tokens had an |x| of more than `MASSIVE` times the layer's median, the longest of all `longest` times; of them
    `n_massive_first` were the first visible token of their row, of which there were `n_rows`, and `massive_positions` names the
    positions in the row at which one was found (the first visible token has 0). The last three are None in a layer that does not see
    the batch token by token. `n_as_lora` tokens had a u above `lora_beyond`, where the adapter takes the gain as 1; an adapter
    without such a limit has None. Over all layers together only `n_massive`, `n_as_lora` and `n_capped` are given, as sums. What was
    not measured is None.
    """

    layer: str
    n_tokens: int
    n_capped: int
    n_as_lora: int = 0
    u: Quantiles | None
    ba_norm: Quantiles
    gain: Quantiles
    ratio: Quantiles | None
    gain_p5: float | None = None
    gain_p95: float | None = None
    unlike_lora: float | None = None
    c: float | None = None
    longest: float | None = None
    n_massive: int | None = None
    n_massive_first: int | None = None
    massive_positions: tuple[int, ...] | None = None
    n_rows: int | None = None
    lora_beyond: float | None = None

    @property
    def variation(self) -> float | None:
        """Give or take: half the distance between the 5th and the 95th percentile of the gain, in medians of the gain."""
        if self.gain_p5 is None or self.gain_p95 is None or not self.gain.median > 0.0:
            return None
        return (self.gain_p95 - self.gain_p5) / 2.0 / self.gain.median


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterProbe(Record):
    """All layers of one adapter, and `overall` over every token of every layer."""

    adapter: str
    hyperbolic: bool
    overall: LayerProbe
    layers: tuple[LayerProbe, ...]

    @property
    def variation(self) -> float | None:
        """The median over the layers of the gain's variation within the layer; None where no layer has one."""
        found = [layer.variation for layer in self.layers if layer.variation is not None]
        return float(np.median(found)) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSummary(Record):
    """One entry per adapter that ran while the probe was on."""

    adapters: tuple[AdapterProbe, ...]

    def of(self, adapter: str) -> AdapterProbe | None:
        """The entry of one adapter, or None if it did not run."""
        return next((entry for entry in self.adapters if entry.adapter == adapter), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeTokens(Record):
    """Per-token values of one adapter in one layer, in the order they ran; float64 arrays of shape (n,)."""

    adapter: str
    layer: str
    u: np.ndarray | None
    ba_norm: np.ndarray
    gain: np.ndarray
    ratio: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptProbe(Record):
    """One adapter on one prompt: float32 arrays (layers, prompt tokens); u is None for plain LoRA.

    `pieces` are the tokens as typed. Layers that did not see the prompt token by token are left out.
    """

    layers: tuple[str, ...]
    pieces: tuple[str, ...]
    u: np.ndarray | None
    ba_norm: np.ndarray
    gain: np.ndarray
    ratio: np.ndarray
