"""`HypLoraConfig`: PEFT's `LoraConfig` with a curvature.

In memory it is a LORA config, so that LoRA and HypLoRA adapters share one base model; on disk its type is HYPLORA, so that a
PEFT without this package refuses the file instead of loading the wrong function.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from peft import LoraConfig

from hypviz.errors import AdapterError
from hypviz.gains import RadialGain
from hypviz.hyplora.closed_form import require_curvature, require_lora_beyond
from hypviz.hyplora.delta import gain_of

FILE_TYPE = "HYPLORA"
RAW_CURVATURE = 1.0  # the releases' starting value of k
# These options change what the plain layer computes, or the base weights under the assumption that the update is linear.
_FOREIGN_OPTIONS = (
    "use_dora",
    "use_qalora",
    "use_bdlora",
    "lora_bias",
    "arrow_config",
    "alora_invocation_tokens",
    "velora_config",
    "monteclora_config",
    "kasa_config",
    "target_parameters",
    "megatron_config",
    "layer_replication",
)
FOREIGN_MODEL = (
    "HypLoRA adapters live in the LoRA model that hypviz.hyplora registers, and this is another one: import hypviz.hyplora before the "
    "first adapter is attached, leave mixed=True away, and do not load HypLoRA adapters as experts of X-LoRA."
)
_INITIAL_WEIGHTS = (True, False, "gaussian", "orthogonal")


class _Variant(str):
    """The name of a variant. Only a LoRA model that is not ours asks for its truth, to see which of its own layers to build."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise AdapterError(FOREIGN_MODEL)


@dataclass
class HypLoraConfig(LoraConfig):
    """A LoRA adapter whose update is mapped through hyperbolic space of curvature -c (arXiv 2410.04010v2).

    `variant` "exact" puts the radius at sqrt(d_in/c), so that c = 1 suits activations of RMS 1; "paper" at 1/sqrt(c), as printed;
    "official" and "official-simplified" are the authors' releases with their defects, and take `official_k` in place of c.
    `learn_c` trains the geometry of every layer: one log-radius, or the releases' k and n; otherwise it is stored but frozen.
    `lora_beyond` sets the gain of tokens longer than so many radii to 1, those of massive activations; None is the formula as it is,
    whose first update of a token of u > 30 is as long as the token. Real models have such tokens: use 6.0, or calibrate the radius.
    Without `target_modules` the layers are those that `LoraConfig` adapts; in models of a type for which PEFT names none, and for which
    `LoraConfig` raises, they are all linear layers inside the repeated blocks (`default_target_modules`).
    """

    c: float = field(default=1.0, metadata={"help": "Curvature is -c; must be positive. c -> 0 is LoRA."})
    learn_c: bool = field(default=True, metadata={"help": "Train the geometry of every layer."})
    # By the mark, a PEFT model that is not ours looks whether it has a layer for the config, instead of running plain LoRA (`_Variant`).
    variant: str = field(default="exact", metadata={"help": "One of hypviz.gains.GAINS.", "is_lora_variant": True})
    lora_beyond: float | None = field(
        default=None, metadata={"help": "Tokens of u = |x|/R above it are adapted as by plain LoRA (gain 1); exact and paper only."}
    )
    official_k: float = field(default=RAW_CURVATURE, metadata={"help": "The releases' raw curvature parameter; official variants only."})

    def __post_init__(self) -> None:
        super().__post_init__()
        self.targets_left_open = self.target_modules is None
        self.variant = _Variant(gain_of(self.variant).name)
        require_curvature(self.c)
        self.c = float(self.c)
        if not isinstance(self.learn_c, bool):
            raise AdapterError(f"learn_c is True or False, but got {self.learn_c!r}.")
        _require_geometry(self)
        for name in _FOREIGN_OPTIONS:
            if getattr(self, name, None):
                raise AdapterError(f"HypLoRA cannot be combined with {name}={getattr(self, name)!r}; leave {name} at its default.")
        if self.init_lora_weights not in _INITIAL_WEIGHTS:
            raise AdapterError(
                f"HypLoRA cannot start from init_lora_weights={self.init_lora_weights!r}, which assumes a linear update; leave it at True."
            )

    def to_dict(self) -> dict[str, Any]:
        """The form PEFT writes to adapter_config.json."""
        return super().to_dict() | {"peft_type": FILE_TYPE}

    def plain(self) -> LoraConfig:
        """The LoRA config of the layer that PEFT builds and HypLoRA then bends."""
        lora = LoraConfig(**{f.name: getattr(self, f.name) for f in dataclasses.fields(LoraConfig) if f.init})
        lora._custom_modules = self._custom_modules
        return lora


def _require_geometry(config: HypLoraConfig) -> None:
    released = not isinstance(gain_of(str(config.variant)), RadialGain)
    if released and config.c != 1.0:
        raise AdapterError(f"The variant {config.variant} has no curvature c (got c={config.c!r}); set official_k instead.")
    if not released and config.official_k != RAW_CURVATURE:
        raise AdapterError(f"The variant {config.variant} has no official_k (got {config.official_k!r}); set c instead.")
    require_lora_beyond(config.lora_beyond)
    if released and config.lora_beyond is not None:
        raise AdapterError(
            f"The variant {config.variant} has no radius for lora_beyond={config.lora_beyond!r} to count in; leave it at None."
        )
    k = config.official_k
    if isinstance(k, bool) or not isinstance(k, (int, float)) or not math.isfinite(k):
        raise AdapterError(f"HypLoRA needs a finite official_k but got {config.official_k!r}.")
