"""Time and memory of a fine-tune: what was expected before it started, and what its process has used and promised since.

`RunPlan` is written by whoever starts the run, `RunResources` by its worker; runs made elsewhere may have neither. Times are seconds
(`at` since the epoch), memory is bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypviz.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryPlan(Record):
    """What one training process needs at its largest, and what was free when that was asked.

    `process_bytes` are Python and its libraries, `model_bytes` the base model, `adapter_bytes` weights, gradients and moments of all
    members, `part_bytes` the largest of the `parts` that a step is worked off in: what its forward pass keeps, and room to go backward.
    `chosen` says that the number of parts was found here and not asked for; `whole_bytes` is the sum with a step in one part.
    """

    process_bytes: int
    model_bytes: int
    adapter_bytes: int
    part_bytes: int
    whole_bytes: int
    free_bytes: int
    parts: int
    chosen: bool

    @property
    def total_bytes(self) -> int:
        """All of it."""
        return self.process_bytes + self.model_bytes + self.adapter_bytes + self.part_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan(Record):
    """What was said before the start; `seconds` is from the start of its process to its end, None where nobody asked.

    `correction` is the factor in them that came from an earlier run, 1 without one.
    """

    memory: MemoryPlan
    seconds: float | None
    correction: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePromise(Record):
    """After `step` whole steps, at the time `at`, the training was said to take `seconds_left` more."""

    at: float
    step: int
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResources(Record):
    """What the worker's process has seen of itself and of the machine, at its last sign of life `at`.

    `peak_bytes` is its largest so far, measured as `peak_measured` says; `free_bytes` is what was free on the device or machine;
    `n_oom_kills` counts the processes of its container that the kernel has killed for memory, None where that is not told.
    `all_logits_because` says why logits of all tokens were computed, None where those of answers were enough. `promises` are in order.
    """

    at: float
    peak_bytes: int
    peak_measured: str
    free_bytes: int
    n_oom_kills: int | None
    all_logits_because: str | None
    promises: tuple[TimePromise, ...]
