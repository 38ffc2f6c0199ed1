"""What an entry of the gains' registry says.

With u = |x|/R and p = |B A x|/R a `RadialGain` is LoRA times g(u, p); a `ReleasedUpdate` is a whole update, for comparing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypviz.registry import Entry

if TYPE_CHECKING:
    from jaxtyping import Float64
    from torch import Tensor

GAIN_CAP = 1e16  # keeps float32 gradients finite; reached only for u > 40 at an update that is almost 0. Probes count such tokens
LOG_RADIUS = "lora_log_radius"
RAW_CURVATURE = "lora_official_k"
INPUT_SCALE = "lora_official_n"


@dataclass(frozen=True, slots=True, kw_only=True)
class GainSlopes:
    """d log g / d log of |B A x|, |x| and R, the first two divided by p^2 and u^2, which keeps them finite at 0.

    They add up to 0 because g has no unit.
    """

    by_output_over_p2: Float64[Tensor, " n"]
    by_input_over_u2: Float64[Tensor, " n"]
    by_radius: Float64[Tensor, " n"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain(Entry):
    """A variant; `parameters` are the numbers of its geometry that every layer has, by their names in models and files."""

    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RadialGain(Gain):
    """LoRA times g(u, p) for every token.

    `gain(u, p)` is g in float64 (n,), without a cap, inf where float64 ends, and right at u = 0 and p = 0; `slopes(u, p, g)` are its
    logarithmic slopes there. `formula(u, p, m)` is g as it is defined, for numbers of any kind above 0 whose functions (sinh, asinh,
    log) the module `m` has: what tests compare with at 60 digits. `number(u, p)` is `gain` for one token in plain Python, which decoding
    prefers to a dozen tensor operations; None where there is none. `wide` puts R at sqrt(d/c), else it is 1/sqrt(c).
    """

    gain: Callable[[Tensor, Tensor], Tensor]
    slopes: Callable[[Tensor, Tensor, Tensor], GainSlopes]
    formula: Callable[[Any, Any, Any], Any]
    wide: bool
    number: Callable[[float, float], float] | None = None
    parameters: tuple[str, ...] = (LOG_RADIUS,)

    def capped(self, u: Float64[Tensor, " n"], p: Float64[Tensor, " n"]) -> Float64[Tensor, " n"]:
        """g(u, p), at most `GAIN_CAP`."""
        return self.gain(u, p).clamp_(max=GAIN_CAP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedUpdate(Gain):
    """An update with the defects of a release, and no radius.

    `start(k, d)` gives the parameters' starting values from the raw curvature and the width of the layer; `update(x, A, B, parameters)`
    is the update of shape (..., k) without LoRA's factor.
    """

    start: Callable[[float, int], Mapping[str, float]]
    update: Callable[[Tensor, Tensor, Tensor, Mapping[str, Tensor]], Tensor]
