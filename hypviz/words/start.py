"""What a fine-tune found out about HypLoRA before its first step, in sentences.

In: the spec, and the probe of HypLoRA's layers at the start, when B = 0 and the gain of a vanishing update is sinh(u)/u
(arXiv 2410.04010v2, eqs. 5 to 8). Scaled LoRA takes its alphas from the median gains of this probe.
"""

from __future__ import annotations

import numpy as np

from hypviz.methods import METHODS
from hypviz.methods.comparison import CONTROL, SUBJECT
from hypviz.records.hyplora import AdapterProbe, LayerProbe, RadiusCalibration
from hypviz.records.runs import RunProbe, RunSpec
from hypviz.words.activations import calibrated, price
from hypviz.words.gain import massive_sentence, whole_sentence


def start_sentences(start: RunProbe | None, spec: RunSpec, calibration: RadiusCalibration | None = None) -> tuple[str, ...]:
    """The gain at first, Scaled LoRA's alphas, how long tokens are, the massive ones, what calibration made of them and those beyond the
    limit; () where not known.
    """
    entry = start.summary.of(SUBJECT) if start is not None else None
    if entry is None or not entry.layers:
        return ()
    said = (
        whole_sentence(entry, subject="Before the first step HypLoRA"),
        _capped(entry),
        _alphas(entry, spec),
        _lengths(entry),
        massive := massive_sentence(entry),
        None if calibration is None else price(calibration) if massive else calibrated(calibration),
        _beyond(entry, spec),
    )
    return tuple(sentence for sentence in said if sentence is not None)


def start_gain(start: RunProbe | None) -> float | None:
    """The median over the layers of HypLoRA's median gain at the start, which is what Scaled LoRA multiplies alpha by; None if unknown."""
    entry = start.summary.of(SUBJECT) if start is not None else None
    return float(np.median([layer.gain.median for layer in entry.layers])) if entry is not None and entry.layers else None


def _capped(entry: AdapterProbe) -> str | None:
    """A gain beyond what float32 gradients bear is taken as the largest that they do; the numbers of the gain are then those of the cap."""
    layers = [layer for layer in entry.layers if layer.n_capped]
    if not layers:
        return None
    most, n_tokens = max(layer.gain.maximum for layer in layers), sum(layer.n_tokens for layer in entry.layers)
    return (
        f"For {sum(layer.n_capped for layer in layers):,} of {n_tokens:,} token steps the gain is larger "
        f"than {most:.0e} and was taken as that."
    )


def _lengths(entry: AdapterProbe) -> str | None:
    known = [layer for layer in entry.layers if layer.u is not None]
    if not known:
        return None
    medians = [layer.u.median for layer in known if layer.u is not None]
    worst = max(known, key=_longest)
    ends = " to ".join(dict.fromkeys((_two(min(medians)), _two(max(medians)))))
    return (
        f"Tokens are u = |x|/R = {_two(float(np.median(medians)))} long at the median layer "
        f"({ends} by layer), the longest {_two(_longest(worst))} in {worst.layer}."
    )


def _alphas(entry: AdapterProbe, spec: RunSpec) -> str | None:
    if CONTROL not in spec.methods:
        return None
    alpha = METHODS[CONTROL].plan(spec).alpha
    alphas = [alpha * layer.gain.median for layer in entry.layers]
    ends = " to ".join(dict.fromkeys(f"{value:.3g}" for value in (min(alphas), max(alphas))))
    return f"Scaled LoRA's alpha is {alpha:g} times the median gain of each layer: {ends}, where LoRA has {spec.alpha:g}."


def _beyond(entry: AdapterProbe, spec: RunSpec) -> str | None:
    """Where there are such tokens `massive_sentence` counts them."""
    if spec.lora_beyond is None or any(layer.n_as_lora for layer in entry.layers):
        return None
    return f"No token is longer than {spec.lora_beyond:g} radii, beyond which it would be adapted as LoRA."


def _longest(layer: LayerProbe) -> float:
    return 0.0 if layer.u is None else layer.u.maximum


def _two(value: float) -> str:
    return f"{value:,.0f}" if 99.5 <= value < 1e6 else f"{value:.2g}"
