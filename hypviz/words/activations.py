"""Tokens that are very long against a layer's radius, in sentences: what they do to HypLoRA, and what calibration left of them.

In: the layers of a probe, and a `RadiusCalibration`. With B = 0 and u = |x|/R large the update that the first step of training makes is
about as long as the token, whatever B is (arXiv 2410.04010v2, eqs. 5 to 8: the logarithm undoes the exponential).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypviz.records.hyplora import MASSIVE, AdapterProbe, LayerProbe, LayerRadius, RadiusCalibration
from hypviz.words.numbers import factor, percent

LONG = 30.0  # from u of about 30 the first update of training is as long as the token, however small B is
SHORT = 0.3  # up to u = 0.3 the gain is at most sinh(u)/u = 1.015, whatever the update


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTokens:
    """`is_warning` where such tokens are adapted with their full gain."""

    sentence: str
    is_warning: bool


def long_tokens(adapters: Sequence[AdapterProbe]) -> LongTokens | None:
    """The layers of a probe in which tokens are more than `LONG` radii long; None if there are none."""
    long = [layer for entry in adapters for layer in entry.layers if _longest(layer) > LONG]
    bent = [layer for layer in long if layer.lora_beyond is None or layer.lora_beyond > LONG]
    if not long:
        return None
    worst = max(bent or long, key=_longest)
    found = f"some tokens are more than {LONG:.0f} radii long (u up to {factor(_longest(worst))} in {worst.layer})"
    if bent:
        return LongTokens(
            sentence=f"In {_count(len(bent))} {found}. The first update of training is there as long as the token itself, however small "
            "B is, and the loss can jump. Calibration at quantile 1 leaves no token of its own batch above its target; with a limit "
            "(lora_beyond) longer tokens of any batch are adapted as LoRA.",
            is_warning=True,
        )
    n = sum(layer.n_as_lora or 0 for layer in long)
    return LongTokens(
        sentence=f"In {_count(len(long))} {found}. Beyond u = {worst.lora_beyond:g} a token is adapted as LoRA: "
        f"{n:,} of {sum(layer.n_tokens for layer in long):,} there.",
        is_warning=False,
    )


def calibrated(calibration: RadiusCalibration) -> str | None:
    """The massive tokens that calibration found, and what its radii make of them and of the others; None if there were none."""
    found = _with_massive(calibration)
    if not found:
        return None
    worst = max(found, key=lambda layer: layer.massive[0].times_median)
    token = worst.massive[0]
    where = "" if token.position is None else f"position {token.position} of example {(token.row or 0) + 1}, "
    return (
        f"Massive activations in {_count(len(found))}: in {worst.layer} {worst.n_massive:,} of {worst.u.n:,} tokens "
        f"{'is' if worst.n_massive == 1 else 'are'} more than {MASSIVE:g} times as long as the median one, "
        f"the longest {factor(token.times_median)} times ({where}u = {token.u:.3g}). {price(calibration)}"
    )


def price(calibration: RadiusCalibration) -> str | None:
    """What the radii make of the massive tokens of the calibration batch, and of the others beside them; None if there were none."""
    found, target = _with_massive(calibration), calibration.target
    if not found:
        return None
    if calibration.quantile == 1.0:
        said = f"Calibration counted every token of its batch, so none of it is above u = {target:g}."
    else:
        left = percent(1.0 - calibration.quantile)
        said = f"Calibration left the longest {left} of each layer's tokens out: they may lie above u = {target:g}."
    short = [layer.u.median for layer in found if layer.u.median < SHORT]
    if not short:
        return said
    n, of = len(short), len(found)
    where = "the layer" if of == 1 else f"all {n} layers" if n == of else f"{n} of the {of} layers"
    u = f"u = {short[0]:.2g}" if n == 1 else f"u down to {min(short):.2g}"
    return f"{said} The price: in {where} with such tokens the median token has a gain of at most 1.015 ({u}), and HypLoRA is LoRA for it."


def _with_massive(calibration: RadiusCalibration) -> list[LayerRadius]:
    return [layer for layer in calibration.layers if layer.n_massive and layer.massive]


def _longest(layer: LayerProbe) -> float:
    return 0.0 if layer.u is None else layer.u.maximum


def _count(n: int) -> str:
    return f"{n} layer{'' if n == 1 else 's'}"
