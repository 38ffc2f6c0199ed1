"""What a person decides about a fine-tune, before a model's and a machine's own defaults are filled in."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypviz.records.asking import Asking
from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec
from hypviz.records.texts import ProblemSet

LORA_BEYOND = 6.0  # radii: twice what a calibrated layer's longest token has; the gain of a vanishing update is 34 there


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSpec(Spec):
    """A fine-tune of `model` on `problems`; None means the default for this model and machine, and for `accumulate` as many parts as
    memory asks for.

    `seeds` is how many runs are made of it, with `seed` and those that follow; what the other fields are a `RunSpec` says, which is made
    of this with every number decided.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    problems: ProblemSet = field(metadata=NOT_IN_ADDRESS)
    asking: Asking | None = field(default=None, metadata=NOT_IN_ADDRESS)
    methods: tuple[str, ...] | None = None
    steps: int = 150
    rank: int = 16
    alpha: float = 32.0
    hyplora_alpha: float | None = None
    lr: float | None = None
    targets: tuple[str, ...] | None = None
    gain: str = "exact"
    c: float = 1.0
    radius: str = "calibrated"
    quantile: float = 1.0
    lora_beyond: float | None = LORA_BEYOND
    learn_c: bool = True
    seed: int = 0
    seeds: int = 1
    batch: int = 8
    accumulate: int | None = None
    warmup: int | None = None
    max_tokens: int | None = None
    precision: str | None = None
    device: str | None = None
    processes: int = 1
    threads: int | None = None
