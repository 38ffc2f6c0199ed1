"""The variants of HypLoRA's gain, one file each: a number per token with its slopes, or an update as the authors' releases compute it.

Pure; torch is imported only where tensors come in, so that menus and help can name the variants without it.
"""

from __future__ import annotations

from hypviz.gains.entry import GAIN_CAP, Gain, GainSlopes, RadialGain, ReleasedUpdate
from hypviz.registry import Registry

GAINS: Registry[Gain] = Registry("hypviz.gains", Gain, noun="variant of the gain")

__all__ = ["GAINS", "GAIN_CAP", "Gain", "GainSlopes", "RadialGain", "ReleasedUpdate", "radial_gains"]


def radial_gains() -> dict[str, RadialGain]:
    """Those with a radius, which a fine-tune can have."""
    return {name: gain for name, gain in GAINS.items() if isinstance(gain, RadialGain)}
