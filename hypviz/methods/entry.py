"""What an entry of the methods' registry says: `Method`, and the `AdapterPlan` that it makes of a run's spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypviz.records.runs import RunSpec
from hypviz.registry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """What gives every token a gain of its own: the variant of the gain, the curvature -c, whether the radius is trained, and beyond how
    many radii a token is adapted as by LoRA (None: none is).
    """

    gain: str
    c: float
    learn_c: bool
    lora_beyond: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterPlan:
    """The adapter of a member: its rank, the alpha that its update is scaled by (over the rank), and what bends it, None for plain LoRA."""

    rank: int
    alpha: float
    geometry: Geometry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Entry):
    """One way to fine-tune beside the others, on the same batches.

    `plan` makes its adapter of a run's spec. `has_radius`: its plans have a geometry, whose radius is calibrated or typical, and whose
    gains are measured before the first step. `scaled_by` names the method, which must take part too, by whose median gain at the start
    alpha is multiplied layer by layer. `role` is said beside the label where a person chooses members.
    `pace` and `memory` are the seconds of a step and the bytes of an adapter against LoRA's, used until they are measured.
    `colour` is ``#RRGGBB`` and `dash` a line style of Plotly's (solid, dot, dash, dashdot, longdash).
    """

    plan: Callable[[RunSpec], AdapterPlan]
    colour: str
    dash: str
    role: str = ""
    has_radius: bool = False
    scaled_by: str | None = None
    pace: float = 1.0
    memory: float = 1.0
    by_default: bool = True

    @property
    def feels_long_tokens(self) -> bool:
        """Whether tokens with massive activations make its first updates long: through its own gain, or one that it was scaled by."""
        return self.has_radius or self.scaled_by is not None

    @property
    def shown(self) -> str:
        """Label and role: ``Scaled LoRA: LoRA at HypLoRA's scale, the control``."""
        return f"{self.label}: {self.role}" if self.role else self.label
