"""The curvature dial in words: its steps, what they are called, and the gain that an answer was written with."""

from __future__ import annotations

from hypviz.records.hyplora import AdapterProbe

FACTORS = (0.0, 0.0625, 0.25, 0.5, 1.0, 2.0, 4.0)  # R from infinite over 4 times to half the trained one
_NAMES = {0.0: "0 (LoRA)", 0.0625: "1/16", 0.25: "1/4", 0.5: "1/2", 1.0: "1 (trained)"}


def factor_label(factor: float) -> str:
    """``c × 1/4``, ``c × 0 (LoRA)``."""
    return f"c × {_NAMES.get(factor, f'{factor:g}')}"


def turned_name(name: str, factor: float) -> str:
    """The name of a column at another curvature."""
    return f"{name} at c × {factor:g}"


def gain_sentence(probe: AdapterProbe | None) -> str:
    """The gain on the prompt over all tokens and layers, in a sentence; that it is 1 of plain LoRA."""
    if probe is None or not probe.hyperbolic:
        return "The gain is 1 everywhere: plain LoRA."
    gain, capped = probe.overall.gain, probe.overall.n_capped
    spread = f"{gain.low:.3g} to {gain.high:.3g} from the 1st to the 99th percentile"
    told = f"On the prompt the gain is {gain.median:.3g} in the median ({spread})."
    return told + (f" At {capped:,} token steps it was capped." if capped else "")
